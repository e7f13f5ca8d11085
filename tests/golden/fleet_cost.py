#!/usr/bin/env python3
"""A generated trace in the form of Azure Functions 2019, played on fleets of two stacks: the same bytes on one thread and
on two, every call of it in the answer, and every mistake in the question said before anything is written."""

import csv
import os
import pathlib
import re
import subprocess
import sys
import tempfile

STRATA = os.environ["STRATA"]
MINUTES = 40
SCENARIO = """question = "What does a small trace cost?"
[axes]
stack = ["bare_linux", "docker_bare"]
machine = ["e5_1630v3"]
[run]
trials = 20
metrics = ["cold.rate", "cost.million_calls", "fleet.instances", "fleet.rejected", "call.stretch"]
[fleet]
trace = "azure_functions_2019"
hosts = 3
policy = "first-fit"
keep_alive = [{keep}]
arrivals = ["uniform", "bursty"]
calls = ["whole", "without_largest"]
costs = "{costs}"
"""
PERCENTILES = [0, 1, 25, 50, 75, 99, 100]


def generate(folder):
    """Four functions of three applications; how many calls in all, and without the one that is called most."""
    counts = [[m % 7 for m in range(MINUTES)], [3] * MINUTES, [40] * MINUTES, [1 if m % 10 == 0 else 0 for m in range(MINUTES)]]
    names = [("owner", "app%d" % min(f, 2), "f%d" % f) for f in range(4)]
    with open(folder / "invocations.csv", "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["HashOwner", "HashApp", "HashFunction", "Trigger", *range(480, 480 + MINUTES)])
        for name, row in zip(names, counts):
            out.writerow([*name, "timer", *row])
    with open(folder / "durations.csv", "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["HashOwner", "HashApp", "HashFunction", "Average", "Count", "Minimum", "Maximum",
                      *(f"percentile_Average_{p}" for p in PERCENTILES)])
        for f, name in enumerate(names):
            ms = [20 * (f + 1), 22 * (f + 1), 40 * (f + 1), 60 * (f + 1), 90 * (f + 1), 180 * (f + 1), 200 * (f + 1)]
            out.writerow([*name, 70 * (f + 1), sum(counts[f]), ms[0], ms[-1], *ms])
    with open(folder / "memory.csv", "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["HashOwner", "HashApp", "HashFunction", "SampleCount", "AverageAllocatedMb"])
        for f, name in enumerate(names):
            out.writerow([*name, 10, 30 + 20 * f])
    totals = [sum(row) for row in counts]
    return sum(totals), sum(totals) - max(totals)


def strata(*arguments):
    return subprocess.run([STRATA, "fleet", *map(str, arguments)], capture_output=True, text=True)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        whole, rest = generate(folder)
        question = folder / "small.toml"
        question.write_text(SCENARIO.format(keep='"fixed:2 min", "histogram", "none"', costs="cloud_2025"))
        said = []
        for jobs in (1, 2):
            run = strata(question, "--traces", folder, "--jobs", jobs, "--out", folder / f"out{jobs}", "--no-figures")
            assert run.returncode == 0, run.stderr
            said.append(run.stdout.replace(f"out{jobs}", "out"))
        assert said[0] == said[1], "what is printed depends on --jobs"
        rows = [(folder / f"out{jobs}" / "results.csv").read_bytes() for jobs in (1, 2)]
        assert rows[0] == rows[1], "the rows depend on --jobs"
        assert f"azure_functions_2019/whole/uniform/none: {whole} calls" in said[0], said[0]
        assert f"azure_functions_2019/without_largest/bursty/histogram: {rest} calls" in said[0], said[0]

        table = list(csv.DictReader(rows[0].decode().splitlines()))
        cell = {(r["stack"], r["workload"], r["metric"], r["statistic"], int(r["trial"])): float(r["value"]) for r in table}
        assert len(cell) == len(table) == 2 * 12 * 6 * 21, len(table)
        for stack in ("bare_linux", "docker_bare"):
            at = lambda keep, metric: cell[stack, f"azure_functions_2019/whole/uniform/{keep}", metric, "value", 0]
            assert at("none", "cold.rate") == 1, "without keep-alive every call is cold"
            assert 0 < at("fixed:2 min", "cold.rate") < 0.1, at("fixed:2 min", "cold.rate")
            assert at("none", "fleet.rejected") == 0

        # What is searched at the objective holds it, on no more hosts than there are; a key that is set is another question.
        run = strata(question, "--traces", folder, "--at-slo", "--set", "keep_alive=none", "--set", "calls=whole",
                     "--set", "arrivals=uniform", "--stack", "bare_linux", "--out", folder / "least", "--no-figures")
        assert run.returncode == 0 and "is held in 1 of 1 cells" in run.stdout, (run.stdout, run.stderr)
        least = {(r["metric"], r["statistic"]): float(r["value"]) for r in csv.DictReader(open(folder / "least" / "results.csv"))}
        assert 1 <= least["fleet.hosts_needed", "at objective"] <= 3, least
        for key, words in [("hots=3", "did you mean 'hosts'"), ("hosts=none", "a number of hosts"), ("calls=half", "whole")]:
            run = strata(question, "--traces", folder, "--set", key, "--out", folder / "wrong")
            assert run.returncode == 2 and words in run.stderr, (key, run.returncode, run.stderr)
        run = strata(question, "--traces", folder, "--eviction", "lur", "--out", folder / "wrong")
        assert run.returncode == 2 and "did you mean 'lru'" in run.stderr, run.stderr

        # Hourly carbon: a constant trace is the constant (332 g/kWh of cloud_2025) at stated values; mistakes are said.
        carbon = folder / "carbon.toml"
        carbon.write_text(SCENARIO.format(keep='"none"', costs="cloud_2025").replace('"cold.rate"', '"carbon.million_calls"'))
        hours = folder / "hours.csv"
        hours.write_text("unix_s,DE,FR\n0,332,0\n")
        seen = {}
        for words in ([], ["--carbon", hours, "--carbon-zone", "DE"], ["--carbon", hours, "--carbon-zone", "FR"]):
            run = strata(carbon, "--traces", folder, "--stack", "bare_linux", "--out", folder / "carbon", "--no-figures", *words)
            assert run.returncode == 0, run.stderr
            for r in csv.DictReader(open(folder / "carbon" / "results.csv")):
                if r["metric"] == "carbon.million_calls" and r["trial"] == "0":
                    seen[words[-1] if words else "", r["workload"], r["statistic"]] = float(r["value"])
        for workload in {key[1] for key in seen}:
            constant, traced = seen["", workload, "value"], seen["DE", workload, "value"]
            assert constant > 0 and abs(traced / constant - 1) < 1e-9, (workload, constant, traced)
            operational = seen["DE", workload, "operational"]
            made = traced - operational
            assert 0 < made < traced and seen["FR", workload, "operational"] == 0, seen
            assert abs(seen["FR", workload, "value"] / made - 1) < 1e-9, "what is left is making the servers"
        hours.write_text("unix_s,DE,FR\n0,332,x\n")
        for words, text in [(["--carbon-zone", "FR"], "hours.csv:2:1: FR: 'x' is no number"), (["--carbon-zone", "DF"], "did you mean 'DE'"),
                            ([], "known: DE, FR"), (["--carbon-zone", "DE", "--carbon-from", "1"], "from 0 to 0")]:
            run = strata(carbon, "--traces", folder, "--carbon", hours, *words, "--out", folder / "wrong")
            assert run.returncode == 2 and text in run.stderr, (words, run.returncode, run.stderr)

        # Hosts that fail: a host that is up and down for 3 minutes each fails every 6: three of them 20 times in 40 minutes.
        failing = ["--failures", "--host-up", "0.05", "--host-down", "0.05", "--rack-up", "0", "--stack", "bare_linux"]
        run = strata(question, "--traces", folder, *failing, "--out", folder / "failing", "--no-figures")
        assert run.returncode == 0, run.stderr
        cells = {}
        for r in csv.DictReader(open(folder / "failing" / "results.csv")):
            if r["trial"] == "0":
                cells.setdefault(r["workload"], {})[r["metric"], r["statistic"]] = float(r["value"])
        assert len(cells) == 12
        for workload, at in cells.items():
            # Five standard errors of as many exponential cycles; a cell may end a little after the last minute.
            assert 20 - 5 * 20**0.5 < at["outage.hosts", "value"] < 20 + 5 * 20**0.5 + 3 and at["outage.racks", "value"] == 0, (workload, at)
            assert at["restart.begun", "value"] <= at["outage.instances", "value"], (workload, at)
        books = re.search(r"(\d+) calls = (\d+) ended \+ (\d+) rejected \+ (\d+) lost; (\d+) instances .*, (\d+) were", run.stdout)
        arrived, ended, rejected, lost, failed, restarts = map(int, books.groups())
        assert arrived == ended + rejected + lost == 6 * (whole + rest), books[0]
        total = lambda metric: sum(at[metric, "value"] for at in cells.values())
        assert (total("fleet.rejected"), total("outage.calls")) == (rejected, lost) and lost > 0, books[0]
        assert (total("outage.instances"), total("restart.begun")) == (failed, restarts) and restarts > 0, books[0]
        run = strata(question, "--traces", folder, "--host-up", "5", "--out", folder / "wrong")
        assert run.returncode == 2 and "--failures" in run.stderr, (run.returncode, run.stderr)

        for broken, words in [('"fixd"', "did you mean 'fixed'"), ('"fixed:7"', "such as fixed:20 min"),
                              ('"none:1 s"', "takes no time")]:
            wrong = folder / "wrong.toml"
            wrong.write_text(SCENARIO.format(keep=broken, costs="cloud_2025"))
            run = strata(wrong, "--traces", folder, "--out", folder / "wrong")
            assert run.returncode == 2 and words in run.stderr, (broken, run.returncode, run.stderr)
        wrong.write_text(SCENARIO.format(keep='"none"', costs="cloud_1999"))
        run = strata(wrong, "--traces", folder, "--out", folder / "wrong")
        assert run.returncode == 2 and "cloud_2025" in run.stderr, run.stderr
        run = strata("first-run")
        assert run.returncode == 2 and "strata run first-run" in run.stderr, run.stderr
        os.environ.pop("STRATA_TRACES", None)
        run = strata(question, "--out", folder / "wrong")
        assert run.returncode == 2 and "STRATA_TRACES" in run.stderr, run.stderr
        assert not (folder / "wrong" / "results.csv").exists()
    print("a fleet's answers are whole, and the same on one thread and on two")


if __name__ == "__main__":
    sys.exit(main())
