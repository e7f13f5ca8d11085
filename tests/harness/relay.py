"""Does strata_relay time every call it names, in its columns? With --speeds: does what wakes a sleeper take longer
than what wakes nobody?"""

import csv
import io
import os
import pathlib
import subprocess
import sys

RELAY = pathlib.Path(os.environ.get("STRATA", "build/strata")).resolve().parent / "strata_relay"


def main():
    refused = subprocess.run([RELAY, "--quick"], capture_output=True, text=True)
    assert refused.returncode == 2 and "strata_relay: --quick: " in refused.stderr and not refused.stdout, refused
    if os.getuid() != 0 or not os.path.exists("/dev/net/tun") or not {0, 1} <= os.sched_getaffinity(0):
        print("it needs root, /dev/net/tun and two cores")
        return 77
    done = subprocess.run([RELAY], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0]) == ["what", "median_ns", "p5_ns", "p95_ns", "n"], rows[0]
    took = {row["what"]: float(row["median_ns"]) for row in rows}
    assert len(took) == len(rows) == 29, "a call is missing, or there twice"
    for row in rows:
        assert 0 < float(row["p5_ns"]) <= float(row["median_ns"]) <= float(row["p95_ns"]) and int(row["n"]) > 0, row
    if "--speeds" in sys.argv:  # who does more of the same takes longer
        for less, more in [("eventfd_write", "eventfd_write_read"), ("tap_read_empty_64", "tap_read_64"),
                           ("tap_write_to_socket_64", "tap_write_waking_64"), ("getppid", "ptrace_sysemu_same_core")]:
            assert took[less] < took[more], (less, more, took)
    return 0


sys.exit(main())
