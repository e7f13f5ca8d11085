"""Does strata_filters print what it says, and are the instructions it counts those of a filter that compares numbers in a row and of one
that halves them?"""

import csv
import io
import os
import pathlib
import subprocess
import sys

FILTERS = pathlib.Path(os.environ.get("STRATA", "build/strata")).resolve().parent / "strata_filters"
PROFILE = "/usr/share/containers/seccomp.json"
# Linux's numbers of the calls on x86-64 (arch/x86/entry/syscalls/syscall_64.tbl).
NUMBERS = {"read": 0, "write": 1, "writev": 20, "getpid": 39, "sendto": 44, "recvfrom": 45, "gettimeofday": 96, "getppid": 110,
           "futex": 202, "epoll_wait": 232, "epoll_ctl": 233, "openat": 257, "accept4": 288}


def main():
    refused = subprocess.run([FILTERS, "--quick"], capture_output=True, text=True)
    assert refused.returncode == 2 and "strata_filters: --quick: " in refused.stderr and not refused.stdout, refused
    assert "known: none" in refused.stderr, refused
    if not os.path.exists(PROFILE):
        print(f"it needs {PROFILE}")
        return 77
    done = subprocess.run([FILTERS], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0]) == ["what", "unit", "median", "p5", "p95", "n"], rows[0]
    for row in rows:
        assert 0 < float(row["p5"]) <= float(row["median"]) <= float(row["p95"]) and int(row["n"]) > 0, row

    counted = {row["what"]: int(row["median"]) for row in rows if row["unit"] == "steps"}
    assert len(counted) == 2 * len(NUMBERS), counted
    row = [counted[f"docker.in_a_row.{name}"] for name in NUMBERS]
    tree = [counted[f"docker.tree.{name}"] for name in NUMBERS]
    # In a row: the first number is compared first, and each further one costs one comparison, if the profile names it at all.
    numbers = list(NUMBERS.values())
    for at in range(1, len(numbers)):
        assert 1 <= row[at] - row[at - 1] <= numbers[at] - numbers[at - 1], (list(NUMBERS)[at], row)
    # Architecture loaded and compared, number loaded and compared, the answer; 4 that the kernel adds.
    assert row[0] == 5 + 4, row
    # As a tree: some 400 numbers are halved to a leaf of a few, whatever the number.
    assert max(tree) <= 36 and max(tree) - min(tree) <= 12 and tree[-1] < row[-1] / 4, tree
    return 0


sys.exit(main())
