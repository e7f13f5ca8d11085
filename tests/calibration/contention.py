"""Parallel starts of T04: what starts share on the host was fitted to Firecracker's rows (10 to 100 in flight, both clocks) and stands in
the machine's file. It is still what the fit says; Cloud Hypervisor and QEMU with qboot are predicted from their serial rows, and held
against saying that nothing changes; and the same numbers on 48 cores and on 4. The rows are development rows: they were known."""

import csv
import json
import os
import subprocess
import sys

STRATA = os.environ.get("STRATA", "build/strata")
SERIAL = {("cloud_hypervisor_linux", 0.5): 13, ("cloud_hypervisor_linux", 0.99): 14, ("kvm_qboot_linux", 0.5): 21, ("kvm_qboot_linux", 0.99): 22}
HELD = {("cloud_hypervisor_linux", 10): (61, 62), ("cloud_hypervisor_linux", 50): (73, 74), ("cloud_hypervisor_linux", 100): (85, 86),
        ("kvm_qboot_linux", 10): (63, 64), ("kvm_qboot_linux", 50): (75, 76), ("kvm_qboot_linux", 100): (87, 88)}
# What is not within 20 %. Cloud Hypervisor is faster at ten than alone, which contention cannot make it; QEMU's starts, the ones with
# the most cpu in them, fill the modelled cores at a hundred and did not fill the real ones.
KNOWN = {61, 87, 88}
FOUR_CORES = "cores=4,ghz=2.5,memory=384GiB,year=2020,mitigations=on"


def strata(*words):
    return json.loads(subprocess.run([STRATA, *words, "--jobs", "2", "--json"], capture_output=True, text=True, check=True).stdout)


def start(stack, parallel, quantile=0.5, machine="m5d_metal"):
    return strata("predict", stack, "boot.total", "--machine", machine, "--parallel", str(parallel), "--quantile", str(quantile), "--draws", "20")["value"]


with open("results/published/T04.csv", newline="") as file:
    seen = {row["id"]: float(row["value"]) for row in csv.DictReader(file) if row["id"].startswith("fc20-")}
wrong = []

fit = strata("calibrate", "--published", "T04")
for each in fit["residuals"]:
    error = each["predicted"] / each["seen"] - 1
    print(f"fitted {each['record']}: {error:+.1%}")
    if abs(error) > 0.15:
        wrong.append(f"{each['record']}: the fit leaves {error:+.1%}")
for each in fit["parameters"]:
    if "machines/m5d_metal" in each["id"] and each["identified"] and not each["low"] <= each["stated"] <= each["high"]:
        wrong.append(f"{each['id']}: {each['stated']} is not what a fit says: {each['low']} to {each['high']}")

ours, unchanged, misses = [], [], set()
for (stack, parallel), rows in HELD.items():
    for row, quantile in zip(rows, (0.5, 0.99)):
        alone = seen[f"fc20-{SERIAL[stack, quantile]:04d}"]
        predicted = alone * start(stack, parallel, quantile) / start(stack, 1, quantile)  # the model says by how much it grows
        observed = seen[f"fc20-{row:04d}"]
        ours.append(abs(predicted / observed - 1))
        unchanged.append(abs(alone / observed - 1))
        if ours[-1] > 0.2:
            misses.add(row)
        print(f"held out fc20-{row:04d} {stack} x{parallel} p{quantile * 100:.0f}: seen {observed:.1f}, predicted {predicted:.1f} ms "
              f"({predicted / observed - 1:+.1%}); serial unchanged {alone / observed - 1:+.1%}")
mean, before = sum(ours) / len(ours), sum(unchanged) / len(unchanged)
print(f"mean error {mean:.1%}, of serial unchanged {before:.1%}; beyond 20 %: {sorted(misses)}")
print("aimed at: every row within 20 %, and half the error of serial unchanged: " + ("reached" if not misses and mean <= before / 2 else "not reached"))
if mean >= before:
    wrong.append("what starts share explains nothing of what changes")
if misses - KNOWN:
    wrong.append(f"beyond 20 %, and not known to be: {misses - KNOWN}")

growth = {machine: start("firecracker_linux", 100, machine=machine) / start("firecracker_linux", 1, machine=machine) for machine in ("m5d_metal", FOUR_CORES)}
for machine, times in growth.items():
    print(f"{machine}: a hundred in flight take {times:.2f} times as long as one")
if not 1.2 < growth["m5d_metal"] < 1.5 or not growth[FOUR_CORES] > 3:
    wrong.append("about a third more on 48 cores and several times more on 4: not both")
print("\n".join(wrong))
sys.exit(bool(wrong))
