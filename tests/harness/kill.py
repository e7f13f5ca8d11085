"""kill -9 of a measurement at random moments leaves no process at once, and no folder, group or mount after probe --clean.
Every second measurement is of many instances at once."""

import ctypes
import glob
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

STRATA = os.environ.get("STRATA", "build/strata")
MOMENTS = 20
# What is measured when it is killed, in turn, and up to how many seconds after its start: all that can run (the tries
# come first), containers, several at once, user-mode Linux, a virtual machine, a container in one.
KINDS = [
    ([], [], 0.5),
    (["runc", "crun", "runc_rootless"], [], 2.0),
    (["bare_linux", "runc", "crun"], ["memory.marginal"], 2.0),
    (["uml"], [], 4.0),
    (["qemu_microvm"], [], 8.0),
    (["crun_in_qemu_microvm"], [], 8.0),
]
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


def in_groups(names):
    """Processes in control groups of these names, in whatever namespace they are."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cgroup"):
        try:
            text = pathlib.Path(path).read_text()
            found += [path for name in names if name in text]
        except OSError:
            pass
    return found


def groups(names):
    return [path for name in names for path in glob.glob(f"/sys/fs/cgroup/{name}") + glob.glob(f"/sys/fs/cgroup/*/{name}")]


def devices():
    """Network devices of the names that wires are made of, where none of ours may ever be."""
    return [name for name in ("wire", "port", "bridge", "tap0") if os.path.exists(f"/sys/class/net/{name}")]


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
    foreign_devices = devices()
    with tempfile.TemporaryDirectory() as folder:
        temporary = pathlib.Path(folder, "tmp")
        temporary.mkdir()
        environment = {**os.environ, "TMPDIR": str(temporary)}
        known = subprocess.run([STRATA, "probe", "--json"], env=environment, capture_output=True, text=True, check=True).stdout
        runs = {row["stack"]: row["can_run"] for row in json.loads(known)}
        print(runs)
        for moment in range(MOMENTS):
            stacks, metrics, most = KINDS[moment % len(KINDS)]
            can = [stack for stack in stacks if runs[stack]]
            if stacks and not can:
                can, most = ["bare_linux"], 1.0
            after = moments.uniform(0, most)
            command = [STRATA, "measure", "--quick", "--trials", "1000", "--out", str(pathlib.Path(folder, "out"))]
            command += [word for stack in can for word in ("--stack", stack)]
            command += [word for metric in metrics for word in ("--metric", metric)]
            harness = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            time.sleep(after)
            if harness.poll() is not None:
                wrong.append(f"it ended by itself: {harness.stderr.read().decode()}")
                break
            harness.kill()
            harness.wait()
            harness.stderr.close()
            names = [path.name for path in temporary.iterdir()]  # a group is gone before the folder it is named after
            alive = wait_for(lambda: [pid for pid in children() if not is_zombie(pid)])
            members = wait_for(lambda: in_groups(names))
            for pid in children():
                os.waitpid(pid, os.WNOHANG)
            left_folders += len(list(temporary.iterdir()))
            left_groups += len(groups(names))
            subprocess.run([STRATA, "probe", "--clean"], env=environment, stdout=subprocess.DEVNULL, check=True)
            rest = {
                "processes": alive,
                "processes in groups": members,
                "folders": [str(path) for path in temporary.iterdir()],
                "control groups": groups(names),
                "network devices": [name for name in devices() if name not in foreign_devices],
                "mounts": [line for line in open("/proc/self/mounts") if str(temporary) in line],
            }
            wrong += [f"killed after {after:.3f} s of {can} {metrics}, left {what}: {which}" for what, which in rest.items() if which]
    print("\n".join(wrong) or f"{MOMENTS} kills left no process; probe --clean removed {left_folders} folders and {left_groups} groups.")
    if wrong:
        print(f"The moments came from seed {seed}.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
