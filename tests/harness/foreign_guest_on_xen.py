"""strata measure --guest under Xen: are the instructions to a text on a stranger's console the same in two lives, more than none, and
does a text that never comes read as that? Minutes: each life is an emulated machine with Xen and its dom0 (make long)."""

import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

STRATA = str(pathlib.Path(os.environ.get("STRATA", "build/strata")).resolve())
PVH = pathlib.Path(STRATA).parent / "strata-unikernel-pvh"  # its marks are lines of its console


def measure(text, trials, status):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([STRATA, "measure", "--guest", PVH, "--stack", "guest_xen_icount", "--arguments", "tsc-khz 1000000 hello",
                               "--until", text, "--trials", str(trials), "--target", "0", "--quick", "--minutes", "30",
                               "--no-figures", "--out", folder], capture_output=True, text=True)
        assert done.returncode == status, done.stdout + done.stderr
        return list(csv.DictReader(pathlib.Path(folder, "rows.csv").open()))


def main():
    able = json.loads(subprocess.run([STRATA, "probe", "--json"], check=True, capture_output=True).stdout)
    why_not = {row["stack"]: row["why_not"] for row in able}["strata_unikernel_xen_icount"]
    if why_not:
        print(f"skipped: {why_not}")
        return 77
    rows = measure("mark M", 1, 0)  # and a warm-up
    assert [row["outcome"] for row in rows if row["outcome"] != "disturbed"] in (["warm-up", "ok"], ["warm-up"]), rows
    assert {(row["metric"], row["unit"], row["accel"], row["clock"]) for row in rows} == {
        ("boot.console", "instructions", "xen-in-tcg", "icount")}, rows
    first, second = (float(row["value"]) for row in rows)
    print(f"from xl create to the mark: {first:.0f} instructions")
    assert first == second > 1e6, rows
    rows = measure("good-bye", 1, 1)
    assert {row["outcome"] for row in rows} == {"failed: dom0: the guest ended without 'good-bye' on its console"}, rows
    return 0


sys.exit(main())
