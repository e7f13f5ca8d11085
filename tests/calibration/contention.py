"""Parallel starts of T04: the host's shared resources are fitted on Firecracker (serial and parallel, both clocks) together with
the serial rows of Cloud Hypervisor and QEMU with qboot; their parallel rows are then predicted. Held against saying that nothing
changes in parallel. The rows are development rows: they were known when the model was made."""

import json
import os
import pathlib
import re
import subprocess
import sys

STRATA = os.environ.get("STRATA", "build/strata")


def ids(*numbers):
    return [f"fc20-{n:04d}" for n in numbers]


FIRECRACKER = ids(*range(1, 7), *range(53, 57), *range(65, 69), *range(77, 81))
SERIAL = ids(*range(13, 17), *range(21, 25))
HELD = ids(61, 62, 63, 64, 73, 74, 75, 76, 85, 86, 87, 88)

command = [STRATA, "calibrate", "--json"]
for row in FIRECRACKER + SERIAL:
    command += ["--row", row]
for row in HELD:
    command += ["--hold-out", row]
found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

table = {}
for block in re.split(r"\[\[row\]\]", pathlib.Path("results/published/mapping.toml").read_text())[1:]:
    row = dict(re.findall(r'^(\w+) = "?([^"\n]*)"?', block, re.M))
    table[row["id"]] = row
serial = {}
for r in found["residuals"]:
    row = table[r["record"]]
    if row["parallel"] == "1" and row["metric"] == "boot.total":
        serial[row["stack"], row["statistic"]] = r["seen"]

ours, unchanged, misses = [], [], []
for r in found["held_out"]:
    row = table[r["record"]]
    ours.append(abs(r["predicted"] / r["seen"] - 1))
    unchanged.append(abs(serial[row["stack"], row["statistic"]] / r["seen"] - 1))
    if ours[-1] > 0.2:
        misses.append(r["record"])
    print(f"{r['record']} {row['stack']} x{row['parallel']} {row['statistic']}: seen {r['seen']:.1f}, predicted {r['predicted']:.1f} ms "
          f"({r['predicted'] / r['seen'] - 1:+.1%}); serial unchanged {serial[row['stack'], row['statistic']] / r['seen'] - 1:+.1%}")
mean = lambda errors: sum(errors) / len(errors)
print(f"mean error {mean(ours):.1%} against {mean(unchanged):.1%} of serial unchanged; beyond 20 %: {misses or 'none'}")
for p in found["parameters"]:
    if "machines/m5d" in p["id"]:
        print(f"  {p['id']}: {p['value']:.4g} [{p['low']:.4g} .. {p['high']:.4g}], learned {p['learned']:.0%}")
if not mean(ours) < mean(unchanged):
    print("predicting from fitted resources is no better than saying that nothing changes")
    sys.exit(1)
print("aimed at: every row within 20 %, and half the error of serial unchanged" +
      ("" if not misses and mean(ours) <= mean(unchanged) / 2 else ": not reached"))
