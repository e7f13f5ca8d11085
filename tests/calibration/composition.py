"""A container in a Linux guest from its parts: a process, a container and a guest alone are fitted to what was measured on one
machine; the composition, measured there under the same accel, is then predicted within 20 %."""

import json
import os
import subprocess
import sys

STRATA = os.environ.get("STRATA", "build/strata")
WITHIN = 0.2

command = [STRATA, "calibrate", "results/measured/shared_2core_vm", "--json", "--hold-out", "crun_in_qemu_microvm"]
for stack in "bare_linux", "crun", "qemu_microvm":
    command += ["--only", stack]
for metric in "boot.total", "syscall.latency", "page_fault.latency", "memory.marginal":
    command += ["--metric", metric]
found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

wrong = []
for r in found["residuals"]:
    print(f"fitted: {r['record']}: seen {r['seen']:.4g}, fitted {r['predicted']:.4g} ({r['predicted'] / r['seen'] - 1:+.1%})")
for p in found["parameters"]:
    if p["identified"] and any("crun_in" in record for record in p["records"]):
        wrong.append(f"{p['id']} rests on what it is to predict")
for r in found["held_out"]:
    error = r["predicted"] / r["seen"] - 1
    print(f"held out: {r['record']}: seen {r['seen']:.4g}, predicted {r['predicted']:.4g} ({error:+.1%})")
    if abs(error) > WITHIN:
        wrong.append(f"{r['record']} is predicted {error:+.1%} off")
if len(found["held_out"]) != 4:
    wrong.append(f"{len(found['held_out'])} metrics held out, not 4")
for line in found["contradictions"]:
    print("contradicted:", line)
print("\n".join(wrong) or "the composition is within 20 %")
sys.exit(bool(wrong))
