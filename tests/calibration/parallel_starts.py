"""Starts in parallel: is what starts share on the machine of the NSDI '20 experiments still what a fit to Firecracker's rows says, and
does it tell how Cloud Hypervisor and QEMU, from one start alone, slow down in company? Aimed at: every row within 20 %, and half the
mean error of saying that nothing changes; printed either way. What must hold: less than that error; where fifty and more start,
within 20 %; and with the same numbers a third more time on 48 cores, several times more on four."""

import csv
import json
import os
import subprocess
import sys

STRATA = os.environ.get("STRATA", "build/strata")
MACHINE = "m5d_metal_xargs"
WITHIN = 0.2


def strata(*words):
    return json.loads(subprocess.run([STRATA, *words, "--json"], capture_output=True, text=True, check=True).stdout)


with open("results/published/T04.csv", newline="") as file:
    seen = {row["id"]: float(row["value"]) for row in csv.DictReader(file)}
wrong = []

fit = strata("calibrate", "--published", "T04")
for each in fit["residuals"]:
    error = each["predicted"] / each["seen"] - 1
    print(f"fitted {each['record']}: {error:+.1%}")
    if abs(error) > 0.1:
        wrong.append(f"{each['record']}: the fit leaves {error:+.1%}")
for each in fit["parameters"]:
    if f"machines/{MACHINE}" in each["id"] and each["identified"] and not each["low"] <= each["stated"] <= each["high"]:
        wrong.append(f"{each['id']}: {each['stated']} is stated, a fit says {each['low']} to {each['high']}")

(held,) = strata("validate", "--draws", "20")["parallel_starts"]
ours, unchanged, misses = [], [], []
for row in held["rows"]:
    alone, observed = seen[row["alone_row"]], seen[row["row"]]
    error = row["value"] / observed - 1
    ours.append(abs(error))
    unchanged.append(abs(alone / observed - 1))
    print(f"held out {row['row']} {row['stack']} {row['statistic']}, {row['parallel']} in flight: {observed:.1f} ms seen, "
          f"{row['value']:.1f} predicted ({error:+.1%}); unchanged {alone / observed - 1:+.1%}")
    if abs(error) > WITHIN:
        misses.append(row["row"])
        if row["parallel"] >= 50:
            wrong.append(f"{row['row']} is {error:+.1%} off")
    if not row["low"] <= row["value"] <= row["high"]:
        print(f"  stated numbers lie outside the interval {row['low']:.1f} .. {row['high']:.1f}")
mean, before = sum(ours) / len(ours), sum(unchanged) / len(unchanged)
print(f"mean error {mean:.1%}, of saying that nothing changes {before:.1%}; more than {WITHIN:.0%} off: {misses or 'none'}")
print("aimed at, every row within 20 % and half the error:", "reached" if not misses and mean <= before / 2 else "missed")
if len(held["rows"]) != 12 or held["fitted_stack"] in {row["stack"] for row in held["rows"]}:
    wrong.append("not the twelve rows of the stacks that nothing was fitted to")
if mean >= before:
    wrong.append("what starts share tells nothing about those it was not fitted to")
for name, given in ("mean_error", mean), ("mean_error_if_unchanged", before):
    if abs(held[name] - given) > 1e-9:
        wrong.append(f"{name} is {held[name]}, its rows say {given}")
print(f"a hundred in flight take {held['growth']:.2f} times as long as one, {held['growth_on_four_cores']:.1f} times on four cores")
if not 1.2 < held["growth"] < 1.6 or held["growth_on_four_cores"] < 3:
    wrong.append("not both a third more on 48 cores and several times more on four")
print("\n".join(wrong))
sys.exit(bool(wrong))
