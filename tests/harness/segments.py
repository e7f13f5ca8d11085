"""Does strata_segments time every way it names, in its columns? With --speeds: does more between two sockets take
longer?"""

import csv
import io
import os
import pathlib
import shutil
import subprocess
import sys

SEGMENTS = pathlib.Path(os.environ.get("STRATA", "build/strata")).resolve().parent / "strata_segments"
COLUMNS = ["what", "median_ns", "p5_ns", "p95_ns", "n"]


def timed(*which):
    done = subprocess.run([SEGMENTS, *which], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0]) == COLUMNS, rows[0]
    for row in rows:
        assert 0 < float(row["p5_ns"]) <= float(row["median_ns"]) <= float(row["p95_ns"]) and int(row["n"]) > 0, row
    return {row["what"]: float(row["p5_ns"]) for row in rows}


def main():
    for words, said in [(["fast"], "unknown 'fast'; known: loopback devices"), ([], "say which: loopback devices")]:
        refused = subprocess.run([SEGMENTS, *words], capture_output=True, text=True)
        assert refused.returncode == 2 and said in refused.stderr and not refused.stdout, refused
    if os.getuid() != 0:
        print("it needs root")
        return 77
    took = timed("loopback")
    assert len(took) == 4, took
    missing = [tool for tool in ("ip", "nsenter", "iptables") if not shutil.which(tool)]
    if missing:
        print(f"beyond the loopback it needs {', '.join(missing)}")
        return 77
    took = timed("devices")
    assert len(took) == 10, took
    if "--speeds" in sys.argv:
        for size in ("1_1", "700_210", "110_900"):
            assert took["getppid"] < took[f"veth_{size}"] < took[f"veth_bridge_translated_{size}"], took
    return 0


sys.exit(main())
