"""The errors of every table and metric are what tests/golden/validate/figures.json says: a change that moves one says so in
CHANGELOG.md, and writes the file anew: python3 tests/golden/validate.py --write. The page opens without a network."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

STRATA = os.environ.get("STRATA", "build/strata")
GOLDEN = pathlib.Path("tests/golden/validate/figures.json")
QUICK = ["--draws", "20"]  # the values are those at stated parameters, whatever the draws; intervals come out coarse


def rounded(value):
    """Figures as a person would quote them; what a compiler may change in the last digits is not held."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return round(value, 3) if isinstance(value, float) else value


with tempfile.TemporaryDirectory() as folder:
    page = pathlib.Path(folder) / "page.html"
    done = subprocess.run([STRATA, "validate", "--json", *QUICK, "--html", str(page)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    text = page.read_text()
    assert "Predicted against observed" in text and "src=\"http" not in text
said = json.loads(done.stdout)
figures = {key: rounded(said[key]) for key in
           ["error", "validation_rows", "asked", "predicted", "dropped", "all", "macro", "tables", "metrics", "dropped_tables"]}
figures["laboratories"] = {kind: rounded(each) for kind, each in said["laboratories"].items()}
figures["across_machines"] = rounded({key: each for key, each in said["across_machines"].items() if key != "rows"})
figures["not_expressed"] = {each["why"]: len(each["rows"]) for each in said["not_expressed"]}
if "--write" in sys.argv:
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(json.dumps(figures, indent=1) + "\n")
kept = json.loads(GOLDEN.read_text())
moved = [f"{key}: {kept.get(key)} -> {figures[key]}" for key in figures if kept.get(key) != figures[key]]
for key in ("tables", "metrics"):
    for name in sorted(set(kept[key]) | set(figures[key])):
        if kept[key].get(name) != figures[key].get(name):
            moved.append(f"{name}: {kept[key].get(name)} -> {figures[key].get(name)}")
assert not moved, "\n".join(moved)

# A row is counted once: predicted, dropped, or not expressed for a reason; nothing predicted rests on its own experiment.
assert said["predicted"] + said["dropped"] + sum(figures["not_expressed"].values()) == said["validation_rows"]
assert all(not row["rests_on"] for row in said["rows"]) and all(row["rests_on"] for row in said["dropped_rows"])
assert "no reason is given" not in figures["not_expressed"]
print(f"{said['predicted']} rows predicted as before: median error {said['all']['median_error']:.0%}")
