"""kill -9 of a measurement at random moments leaves no process at once, and no folder, group or mount after probe --clean."""

import ctypes
import glob
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

STRATA = os.environ.get("STRATA", "build/strata")
MOMENTS = 20
PR_SET_CHILD_SUBREAPER = 36


def children():
    """Processes whose parent this is: as a subreaper it inherits every orphan of what it starts."""
    found = []
    for path in glob.glob("/proc/self/task/*/children"):
        found += [int(pid) for pid in pathlib.Path(path).read_text().split()]
    return found


def is_zombie(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def in_groups(name):
    """Processes in control groups of this name, in whatever namespace they are."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cgroup"):
        try:
            if name in pathlib.Path(path).read_text():
                found.append(path)
        except OSError:
            pass
    return found


def groups(name):
    return glob.glob(f"/sys/fs/cgroup/{name}*") + glob.glob(f"/sys/fs/cgroup/*/{name}*")


def wait_for(empty, seconds=3):
    until = time.monotonic() + seconds
    while (rest := empty()) and time.monotonic() < until:
        time.sleep(0.02)
    return rest


def main():
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        print("This kernel has no child subreaper, which this test needs to see orphans.")
        return 77
    seed = int.from_bytes(os.urandom(4), "little")
    moments = random.Random(seed)
    wrong = []
    left_folders = left_groups = 0
    with tempfile.TemporaryDirectory() as folder:
        temporary = pathlib.Path(folder, "tmp")
        temporary.mkdir()
        environment = {**os.environ, "TMPDIR": str(temporary)}
        known = subprocess.run([STRATA, "probe"], env=environment, capture_output=True, text=True, check=True).stdout
        print(known, end="")
        for moment in range(MOMENTS):
            # The first quarter also meets the tries before the first trial.
            after = moments.uniform(0, 0.3) if moment % 4 == 0 else moments.uniform(0.3, 1.0)
            command = [STRATA, "measure", "--quick", "--trials", "1000", "--out", str(pathlib.Path(folder, "out"))]
            harness = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            time.sleep(after)
            if harness.poll() is not None:
                wrong.append(f"it ended by itself: {harness.stderr.read().decode()}")
                break
            harness.kill()
            harness.wait()
            harness.stderr.close()
            name = f"strata-harness-{harness.pid}-"
            alive = wait_for(lambda: [pid for pid in children() if not is_zombie(pid)])
            members = wait_for(lambda: in_groups(name))
            for pid in children():
                os.waitpid(pid, os.WNOHANG)
            left_folders += len(list(temporary.iterdir()))
            left_groups += len(groups(name))
            subprocess.run([STRATA, "probe", "--clean"], env=environment, stdout=subprocess.DEVNULL, check=True)
            rest = {
                "processes": alive,
                "processes in groups": members,
                "folders": [str(path) for path in temporary.iterdir()],
                "control groups": groups(name),
                "mounts": [line for line in open("/proc/self/mounts") if str(temporary) in line],
            }
            wrong += [f"killed after {after:.3f} s, left {what}: {which}" for what, which in rest.items() if which]
    print("\n".join(wrong) or f"{MOMENTS} kills left no process; probe --clean removed {left_folders} folders and {left_groups} groups.")
    if wrong:
        print(f"The moments came from seed {seed}.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
