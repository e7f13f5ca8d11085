"""Fixed against histogram keep-alive as Shahrad et al. (ATC 2020) count them: why does idle memory differ from what Strata's fleet finds?

    /usr/bin/python3 workloads/keep_alive_2020.py DIR      # DIR holds invocations.csv, durations.csv and memory.csv of a sample

Counts as they do: an application has one instance and calls take no time, so that every gap between two calls is idle. One reason
for a difference is changed in each row; the first rows are the fixed 10 minutes that it is held against.
"""

import csv
import pathlib
import sys

import numpy

MINUTE = 60.0


def applications(folder):
    """Of each application: MiB, and of each of its functions the calls in each minute and their mean time, s."""
    with open(folder / "durations.csv", newline="") as file:
        mean = {row["HashApp"] + row["HashFunction"]: float(row["Average"]) / 1e3 for row in csv.DictReader(file)}
    with open(folder / "memory.csv", newline="") as file:
        mib = {row["HashApp"] + row["HashFunction"]: float(row["AverageAllocatedMb"]) for row in csv.DictReader(file)}
    apps = {}
    with open(folder / "invocations.csv", newline="") as file:
        rows = csv.reader(file)
        head = next(rows)
        first = next(i for i, name in enumerate(head) if name.isdigit())
        app, function = head.index("HashApp"), head.index("HashFunction")
        for row in rows:
            held, minutes = apps.setdefault(row[app], [0.0, []])
            apps[row[app]] = [held + mib[row[app] + row[function]], minutes + [(numpy.array(row[first:], int), mean[row[app] + row[function]])]]
    return list(apps.values())


def moments(functions, draw, times, busy):
    """When calls come and until when any has run, s: uniformly in their minute; the trace `times` times over, moments drawn anew."""
    span = len(functions[0][0])
    at, ends = [], []
    for again in range(times):
        for calls, mean in functions:
            minute = numpy.repeat(numpy.arange(span) + again * span, calls)
            at.append((minute + draw.random(len(minute))) * MINUTE)
            ends.append(at[-1] + busy * mean)
    order = numpy.argsort(numpy.concatenate(at), kind="stable")
    return numpy.concatenate(at)[order], numpy.maximum.accumulate(numpy.concatenate(ends)[order])


def fixed(gaps, keep):
    return gaps > keep, numpy.minimum(gaps, keep)


def histogram(gaps, bins=240, fallback=240 * MINUTE, prewarm=True):
    """Section 4.2 of the paper without ARIMA: cold?, and idle seconds, of each gap. `fallback` is kept where no pattern shows."""
    counts = numpy.zeros(bins)
    inside = beyond = 0
    squares = 0.0
    cold, idle = numpy.zeros(len(gaps), bool), numpy.zeros(len(gaps))
    start, keep = 0.0, fallback
    fresh = 0
    for i, gap in enumerate(gaps):
        cold[i] = gap < start or gap > start + keep
        idle[i] = 0 if gap < start else min(gap - start, keep)
        bin_ = int(gap // MINUTE)
        if bin_ >= bins:
            beyond += 1
        else:
            squares += 2 * counts[bin_] + 1
            counts[bin_] += 1
            inside += 1
        if inside + beyond < fresh:  # a hundredth more gaps moves no percentile of many
            continue
        fresh = (inside + beyond) * 1.01
        start, keep = 0.0, fallback
        mean = inside / bins
        if inside and beyond <= inside and squares / bins - mean * mean >= 4 * mean * mean:
            below = numpy.cumsum(counts)
            head, tail = numpy.searchsorted(below, [0.05 * inside, 0.99 * inside])
            head = head if prewarm else 0
            start = 0.9 * head * MINUTE
            keep = 1.1 * (tail + 1) * MINUTE - start
    return cold, idle


def play(apps, policy, times=1, hours=None, busy=0):
    """GiB h of idle memory, and the share of cold calls of the application at the 50th and 75th percentile."""
    draw = numpy.random.default_rng(1)
    held, shares = 0.0, []
    for mib, functions in apps:
        at, ends = moments(functions, draw, times, busy)
        end = len(functions[0][0]) * times * MINUTE
        if not len(at):
            continue
        gaps = numpy.append(at[1:], end) - ends
        idle_first = gaps > 0  # what comes while another runs finds it loaded
        cold, idle = numpy.zeros(len(gaps), bool), numpy.zeros(len(gaps))
        cold[idle_first], idle[idle_first] = policy(gaps[idle_first])
        counted = at >= (end - hours * 3600 if hours else 0)
        held += mib * idle[counted].sum()
        calls = numpy.insert(cold[:-1], 0, True)[counted]
        if len(calls):
            shares.append(calls.mean())
    return held / 1024 / 3600, 100 * numpy.percentile(shares, 50), 100 * numpy.percentile(shares, 75)


def main():
    if len(sys.argv) != 2 or not (pathlib.Path(sys.argv[1]) / "invocations.csv").is_file():
        sys.exit(f"{sys.argv[0]}: expected a folder with invocations.csv, durations.csv and memory.csv\n{__doc__}")
    apps = applications(pathlib.Path(sys.argv[1]))
    ten = lambda gaps: fixed(gaps, 10 * MINUTE)
    rows = [
        ("fixed 10 min", ten, {}),
        ("histogram of 4 h", histogram, {}),
        ("  of 2 h", lambda g: histogram(g, 120, 120 * MINUTE), {}),
        ("  of 1 h", lambda g: histogram(g, 60, 60 * MINUTE), {}),
        ("  without pre-warming", lambda g: histogram(g, prewarm=False), {}),
        ("  10 min where no pattern shows", lambda g: histogram(g, fallback=10 * MINUTE), {}),
        ("  nothing kept where none shows", lambda g: histogram(g, fallback=0), {}),
        ("fixed 10 min, calls take their time", ten, {"busy": 1}),
        ("histogram, calls take their time", histogram, {"busy": 1}),
        ("fixed 10 min, last 4 h", ten, {"hours": 4}),
        ("histogram, last 4 h", histogram, {"hours": 4}),
        ("fixed 10 min, trace 6 times, last 8 h", ten, {"times": 6, "hours": 8}),
        ("histogram, trace 6 times, last 8 h", histogram, {"times": 6, "hours": 8}),
    ]
    print(f"{'':40} {'idle GiB h':>10} {'cold, 50th app %':>17} {'75th app %':>11}")
    for name, policy, how in rows:
        held, middle, upper = play(apps, policy, **how)
        print(f"{name:40} {held:10.1f} {middle:17.1f} {upper:11.1f}", flush=True)


main()
