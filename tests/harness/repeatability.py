"""Five separate runs of the same measurement agree: every median, over runs, within 10 % by two one-sided tests at 5 %.

    python3 tests/harness/repeatability.py [RUNS [WORDS OF strata measure...]]

`strata repeatability` decides. A cell that the tool itself marked as disturbed is excused; where more than a fifth are, the
machine cannot answer, and the test says so and is skipped.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

STRATA = str(pathlib.Path(os.environ.get("STRATA", "build/strata")).resolve())
SHORT = ["--stack", "bare_linux", "--stack", "runc", "--stack", "crun", "--metric", "boot.total", "--metric", "syscall.latency",
         "--quick", "--trials", "20", "--minutes", "0.15"]


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    words = sys.argv[2:] or SHORT
    if not any(row["can_run"] for row in json.loads(subprocess.check_output([STRATA, "probe", "--json"]))):
        print("no stack can run here; strata probe says why")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        runs = [str(pathlib.Path(folder, f"run-{run + 1}")) for run in range(count)]
        for run in runs:
            subprocess.run([STRATA, "measure", *words, "--no-figures", "--out", run], check=True, stdout=subprocess.DEVNULL)
        done = subprocess.run([STRATA, "repeatability", *runs], capture_output=True, text=True)
    print(done.stdout + done.stderr, end="")
    if done.returncode == 1 and "the machine is disturbed" in done.stderr:
        return 77
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
