#!/usr/bin/env python3
"""Counts in a trace what azure_vm_2017_like.cpp draws from, and prints the numbers that stand in it.

    python3 workloads/azure_vm_2017_like.py FOLDER

FOLDER holds v1.dev.txt, v1.dev.c2100000.txt, flav_map.txt and v1.interval_map.txt (workloads/traces/README.md). Lives still running
at the edge are counted by Kaplan and Meier's estimator, so that long lives are not missed.
"""

import collections
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
flavours = dict(reversed(line.split()) for line in (folder / "flav_map.txt").read_text().splitlines())
batches_by_hour, sizes, by_flavour = collections.Counter(), collections.Counter(), collections.Counter()
bins_of_hour = collections.Counter()
ended, censored = collections.Counter(), collections.Counter()
squares = batches = lines = 0
with open(folder / "v1.dev.txt") as arrivals, open(folder / "v1.dev.c2100000.txt") as lives:
    for a, b in zip(arrivals, lives):
        at, machines = a.split()
        hour = int(at) % 86400 // 3600
        bins_of_hour[hour] += 1
        lines += 1
        here, size = 0, 0
        for letter, life in zip(machines.split(","), b.split()[1].split(",")):
            if letter == "|":
                sizes[size] += 1
                here, size = here + 1, 0
            else:
                size += 1
                by_flavour[letter] += 1
                (ended if life[0] == "U" else censored)[int(life[1:])] += 1
        batches_by_hour[hour] += here
        batches += here
        squares += here * here

print("batches in five minutes by hour:", ", ".join(f"{batches_by_hour[h] / bins_of_hour[h]:.1f}" for h in range(24)))
# Index of dispersion around the mean of the hour: variance over mean of batches in five minutes.
mean = batches / lines
within = squares / lines - sum(bins_of_hour[h] * (batches_by_hour[h] / bins_of_hour[h]) ** 2 for h in range(24)) / lines
print(f"dispersion: {within / mean:.2f}")
EDGES = [1, 2, 3, 4, 5, 9, 17, 33, 65, 129, 257]
classes = collections.Counter()
for size, count in sizes.items():
    classes[max(edge for edge in EDGES if edge <= size)] += count
print("batches by size from:", ", ".join(f"{edge}: {classes[edge]}" for edge in EDGES), "largest:", max(sizes))
print("machines by flavour:", ", ".join(f"{flavours[letter]}: {by_flavour[letter]}" for letter in sorted(by_flavour)))
# Kaplan-Meier over bins: those censored in a bin are at risk up to it.
at_risk, alive, lives = sum(ended.values()) + sum(censored.values()), 1.0, []
for k in range(46):
    dies = ended[k] / at_risk if at_risk else 0
    lives.append(alive * dies)
    alive *= 1 - dies
    at_risk -= ended[k] + censored[k]
print("lives by bin:", ", ".join(f"{share:.5f}" for share in lives), f"longer: {alive:.5f}")
