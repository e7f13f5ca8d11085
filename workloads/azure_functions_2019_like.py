#!/usr/bin/env python3
"""Fits to a sample of Azure Functions 2019 what azure_functions_2019_like.cpp draws from, and prints the numbers that stand in it.

    python3 workloads/azure_functions_2019_like.py FOLDER

FOLDER holds invocations.csv, durations.csv and memory.csv (workloads/traces/README.md). Beside each log-normal stands how far the
sample is from it (Kolmogorov and Smirnov's distance).
"""

import csv
import math
import pathlib
import statistics
import sys

folder = pathlib.Path(sys.argv[1])


def rows(name):
    with open(folder / name) as file:
        return list(csv.DictReader(file))


def fit(what, values):
    """Mean and deviation of the logarithms of positive values, and the distance of a normal with them."""
    logs = sorted(math.log(v) for v in values if v > 0)
    normal = statistics.NormalDist(statistics.fmean(logs), statistics.stdev(logs))
    distance = max(max(abs((i + 1) / len(logs) - normal.cdf(x)), abs(i / len(logs) - normal.cdf(x))) for i, x in enumerate(logs))
    print(f"{what}: log-normal, mean of logarithms {normal.mean:.3f}, deviation {normal.stdev:.3f}; n = {len(logs)}, distance {distance:.3f}")


calls = rows("invocations.csv")
minutes = [column for column in calls[0] if column.isdigit()]
timers = [row for row in calls if row["Trigger"] == "timer"]
print(f"timers: {len(timers)} of {len(calls)}")
total = {row["HashFunction"]: sum(int(row[m]) for m in minutes) for row in calls}
print("functions without a call:", sum(n == 0 for n in total.values()))
largest = max(total.values())
print(f"calls: {sum(total.values())}, the largest function has {largest / sum(total.values()):.3f} of them")
fit("calls a minute of timers", [total[row["HashFunction"]] / len(minutes) for row in timers])
fit("calls a minute of others", [total[row["HashFunction"]] / len(minutes) for row in calls if row["Trigger"] != "timer"])
durations = rows("durations.csv")
fit("average duration, ms", [float(row["Average"]) for row in durations])
spread = [math.log(float(r["percentile_Average_75"]) / float(r["percentile_Average_25"])) / 1.349 for r in durations if float(r["percentile_Average_25"]) > 0]
print(f"deviation of the logarithm within a function (quartiles): median {statistics.median(spread):.3f}")
fit("memory, MB", [float(row["AverageAllocatedMb"]) for row in rows("memory.csv")])
