"""boot-storm holds every T04 row that results/published/mapping.toml maps to its stacks and machine against the model, with its error; none falls
out for want of a statistic or a load."""

import csv
import json
import os
import subprocess
import sys
import tempfile
import tomllib

strata = os.environ.get("STRATA", "build/strata")
with open("results/published/T04.csv", newline="") as file:
    values = {row["id"]: float(row["value"]) for row in csv.DictReader(file)}
with open("results/published/mapping.toml", "rb") as file:
    rows = tomllib.load(file)["row"]
with open("workloads/scenarios/boot-storm.toml", "rb") as file:
    axes = tomllib.load(file)["axes"]
mapped = {row["id"] for row in rows if row["id"] in values and row["stack"] in axes["stack"] and row["machine"] in axes["machine"]}
with tempfile.TemporaryDirectory() as out:
    printed = subprocess.run([strata, "run", "boot-storm", "--trials", "0", "--no-figures", "--json", "--out", out],
                             check=True, capture_output=True, text=True).stdout
run = json.loads(printed)
wrong = sorted(mapped ^ {row["row"] for row in run["against"]}) + run["not_compared"]
for row in run["against"]:
    if row["published"] != values[row["row"]] or abs(row["error"] - (row["model"] / row["published"] - 1)) > 1e-12:
        wrong.append(row["row"])
print(f"{len(run['against'])} of {len(mapped)} mapped rows held; wrong: {wrong or 'none'}")
sys.exit(bool(wrong) or not mapped)
