"""Does the guest program's web server answer every request that h2load sends, as a process, in a container and as a unikernel? 20,000 of
them, or STRATA_REQUESTS; h2load counts those that failed, and one is a failed row."""

import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

STRATA = str(pathlib.Path(os.environ.get("STRATA", "build/strata")).resolve())
REQUESTS = int(os.environ.get("STRATA_REQUESTS", "20000"))
STACKS = ["bare_linux", "runc", "strata_unikernel_kvm", "strata_unikernel_kvm_lean"]
LOAD = f"h2load --h1 -n {REQUESTS} -c 50 http://{{host}}:{{port}}/"


def main():
    if os.geteuid() != 0 or not shutil.which("h2load"):
        print("skipped: it needs root, for networks, and h2load (nghttp2-client)")
        return 77
    probed = {row["stack"]: row for row in json.loads(subprocess.run([STRATA, "probe", "--json"], check=True, capture_output=True).stdout)}
    able = [stack for stack in STACKS if probed[stack]["can_run"]]
    for stack in set(STACKS) - set(able):
        print(f"without {stack}: {probed[stack]['why_not']}")
    with tempfile.TemporaryDirectory() as folder:
        command = [STRATA, "measure", "--page", "--load", LOAD, "--trials", "1", "--life", "600", "--no-figures", "--out", folder]
        subprocess.run(command + [word for stack in able for word in ("--stack", stack)], check=True)
        rows = list(csv.DictReader(pathlib.Path(folder, "rows.csv").open()))
        host = json.loads(pathlib.Path(folder, "host.json").read_text())
    assert host["application"]["command"] == ["/guest", "http", "80"], host["application"]
    for stack in able:
        its = [row for row in rows if row["stack"] == stack]
        assert its and all(row["outcome"] in ("ok", "disturbed", "warm-up") for row in its), its
        metrics = {row["metric"]: float(row["value"]) for row in its}
        assert metrics.keys() >= {"boot.first_answer", "memory.loaded.pss", "request.throughput", "request.latency"}, metrics
        # No request is answered in less than a send and a receive of both sides take, nor by a server that is not there.
        assert metrics["request.latency"] > 1 and metrics["request.throughput"] > 100, metrics
    return 0


sys.exit(main())
