#!/usr/bin/env python3
"""Draws the figures that the rows of a results folder allow, all in one style.

    python3 notebooks/figures.py RESULTS_DIR

reads RESULTS_DIR/results.csv, writes NAME.png and NAME.pdf beside it and prints their paths. A folder that `strata
measure` wrote (rows.csv and host.json) becomes one figure, with every sample in it. In a notebook,
`figures.boot(figures.read(folder))`: each figure is a function from rows to a Figure, or to None when the rows hold
nothing for it.

The look of a number tells where it comes from: simulated is a bar, a line or a black dot; measured a grey square or, on
a line, a marker edged in black; published an open marker. A whisker runs from the 5th to the 95th percentile: of the
trials whose parameters were drawn from their ranges (trial 0, the bar itself, has every parameter at its stated value),
or of measured samples. The same rows give the same bytes.
"""

import json
import logging
import math
import pathlib
import sys
import textwrap

logging.getLogger("matplotlib").setLevel(logging.ERROR)  # or the first run ever says that it builds a font cache

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

ALIKE = ["accel", "clock"]  # numbers that differ in one of these are not comparable
SETTING = ["workload", "machine", "era", *ALIKE]
LOAD = ["parallel", "burst", "instances"]
COLUMNS = ["scenario", "stack", *SETTING, *LOAD, "trial", "seed", "metric", "statistic", "value", "unit", "origin",
           "source", "outcome"]
ORIGINS = ["simulated", "measured", "published"]

# What a unit measures, and its size in seconds, bytes or ones.
UNITS = {"ns": ("time", 1e-9), "us": ("time", 1e-6), "ms": ("time", 1e-3), "s": ("time", 1.0),
         "B": ("memory", 1.0), "kB": ("memory", 1e3), "MB": ("memory", 1e6), "GB": ("memory", 1e9),
         "KiB": ("memory", 2.0**10), "MiB": ("memory", 2.0**20), "GiB": ("memory", 2.0**30),
         "1": ("count", 1.0), "": ("count", 1.0)}

# The statistics that state the middle of a distribution, the best first, and those that state another part of it.
MIDDLE = ["median", "p50", "mean", "value", ""]
TAIL = r"p(?!50$)\d+(?:\.\d+)?|min|max|sd|low|high"

# Okabe and Ito's colours without the yellow, which white paper swallows; hatches and markers say the same in grey.
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#000000"]
HATCHES = ["", "/////", ".....", "\\\\\\\\\\", "xxxxx", "-----", "ooo"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
DASHES = ["-", (0, (6, 2)), (0, (6, 2, 1, 2))]
FAR = {"linestyle": (0, (1, 1.2)), "linewidth": 0.9}  # the line of a tail
# What a section of a bar is called has one look in every figure.
SECTIONS = {"VMM": 0, "guest": 1, "host": 2, "dom0": 3, "hypervisor": 4, "app": 5, "other": 6}
INK, GREY = "#222222", "#666666"
POINTS = {"measured": {"marker": "s", "markerfacecolor": "#BBBBBB"},
          "published": {"marker": "D", "markerfacecolor": "white"}}
STYLE = {"font.family": "DejaVu Sans", "font.size": 8, "text.color": INK, "axes.labelsize": 8, "axes.linewidth": 0.6,
         "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True, "grid.color": "#DDDDDD",
         "grid.linewidth": 0.5, "xtick.major.width": 0.6, "ytick.major.width": 0.6, "hatch.linewidth": 0.6,
         "legend.frameon": False, "legend.fontsize": 7.5, "legend.handlelength": 2.4, "pdf.fonttype": 42,
         "figure.constrained_layout.use": True, "savefig.dpi": 200}
SAMPLE = {"markersize": 3, "markerfacecolor": "#9FC6E3", "markeredgewidth": 0.4}
SAMPLE_DISTURBED = {**SAMPLE, "markerfacecolor": "none", "markeredgecolor": "#888888"}
DISTURBED = {"facecolor": "none", "edgecolor": "#CCCCCC", "hatch": "////", "linewidth": 0}
WIDTH = 6.5  # inches, the text width of a page

matplotlib.rcdefaults()  # not whatever this user's matplotlibrc says
matplotlib.rcParams.update(STYLE)


class BadResults(Exception):
    """The results cannot be read; the message says where and why."""


# --- Rows -------------------------------------------------------------------------------------------------------------


def read_rows(path, spoken):
    """The rows of a CSV file, or of a data frame of strata.run, that hold a number, checked: those whose outcome is one of
    `spoken`."""
    try:
        if isinstance(path, pd.DataFrame):
            path, rows = "rows", path.astype(str)
        else:
            rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BadResults(f"{path}: {getattr(error, 'strerror', None) or str(error).strip()}") from None

    missing = [column for column in COLUMNS if column not in rows]
    if missing:
        raise BadResults(f"{path}:1: no column {', '.join(missing)}; the columns are {','.join(COLUMNS)}")
    if rows.empty:
        raise BadResults(f"{path}: no row follows the header")

    def refuse(wrong, column, expected):
        if wrong.any():
            line = wrong.idxmax()
            raise BadResults(f"{path}:{line + 2}: {column} is '{rows[column][line]}', not {expected}")

    refuse(~rows.origin.isin(ORIGINS), "origin", " or ".join(ORIGINS))
    numbers = rows[rows.outcome.isin(spoken)].copy()  # any other outcome is a run that gave no number
    for column, if_blank in [("value", None), ("trial", 0), *((load, 1) for load in LOAD)]:
        parsed = pd.to_numeric(numbers[column], errors="coerce")
        if if_blank is not None:
            parsed[numbers[column] == ""] = if_blank
        refuse(parsed.isna(), column, "a number")
        numbers[column] = parsed.clip(lower=1) if column in LOAD else parsed  # a load of nothing said is one
    return numbers.reset_index(drop=True)


def read(folder):
    """The rows of a results folder, or of strata.run, that hold a number, checked, their values in seconds, bytes or ones."""
    path = folder if isinstance(folder, pd.DataFrame) else pathlib.Path(folder) / "results.csv"
    if isinstance(path, pathlib.Path) and not path.exists() and path.with_suffix(".csv.gz").exists():
        path = path.with_suffix(".csv.gz")  # committed rows are packed
    numbers = read_rows(path, ["ok", ""])
    numbers["value"] *= numbers.unit.map(lambda unit: UNITS.get(unit, (unit, 1.0))[1])
    numbers["paper"] = numbers.source.str.replace("-[^-]*$", "", regex=True)  # the ids of its rows differ after a dash
    return numbers


def read_measured(folder):
    """The samples of a measured folder, warm-ups left out, in their own units, and what host.json says of each stack's
    metric, by metric and stack. Totals of different numbers of instances, and bursts, are metrics of their own, named as there."""
    rows = read_rows(pathlib.Path(folder) / "rows.csv", ["ok", "disturbed"])
    totals = rows.metric.str.startswith("memory.total")
    rows["metric"] = rows.metric.where(~totals, rows.metric + " of " + rows.instances.astype(int).astype(str))
    bursts = (rows.metric == "boot.total") & (rows.statistic != "value")
    named = rows.metric + ", " + rows.statistic + " of " + rows.burst.astype(int).astype(str) + " at once"
    rows["metric"] = rows.metric.where(~bursts, named)
    path = pathlib.Path(folder) / "host.json"
    try:
        cells = {(cell["metric"], cell["stack"]): cell for cell in json.loads(path.read_text())["cells"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadResults(f"{path}: {getattr(error, 'strerror', None) or 'is not what strata measure writes'}") from None
    return rows, cells


def of(rows, dimension, *metrics, tail=None):
    """The rows of these metrics, all of one dimension: for each metric the best statement of the middle that its origin
    or its paper makes, and the rows of the statistic `tail`. The column `ours` marks what bars and lines show: the
    simulated rows or, where there are none, the measured."""
    rows = rows[rows.metric.isin(metrics)]
    for metric, unit in rows[["metric", "unit"]].drop_duplicates().itertuples(index=False):
        if UNITS.get(unit, (unit,))[0] != dimension:
            raise BadResults(f"{metric} is in '{unit}', which is no unit of {dimension}")
    tails, rows = rows[rows.statistic == tail], rows[~rows.statistic.str.fullmatch(TAIL)]
    rank = rows.statistic.map({name: rank for rank, name in enumerate(MIDDLE)}).fillna(len(MIDDLE))
    cell = rows.paper.str.cat([rows["stack"]] + [rows[load].astype(str) for load in LOAD], " ")
    said_by = [rows.origin, rows.metric, cell.where(rows.origin == "published", "")]
    rows = pd.concat([rows[rank == rank.groupby(said_by).transform("min")], tails])
    simulated = rows.origin == "simulated"
    return rows.assign(ours=simulated if simulated.any() else rows.origin == "measured", far=rows.statistic == tail)


def summary(rows, by):
    """Value, low and high for each group of rows, which are of one metric and one origin."""
    groups = {}
    for key, group in rows.groupby(by, sort=False):
        stated, varied = group.value[group.trial == 0], group.value[group.trial >= 1]
        if (group.origin == "measured").all():
            stated = varied = group.value
        interval = varied.quantile([0.05, 0.95]).tolist() if len(varied) > 1 else [float("nan")] * 2
        groups[key] = [(stated if len(stated) else varied).median(), *interval]
    return pd.DataFrame.from_dict(groups, orient="index", columns=["value", "low", "high"])


def at_least_load(rows, but=None):
    """The rows at the smallest load that was run, except on the load axis `but`: a figure has one such axis at most."""
    for column in LOAD:
        least = rows[column] == rows[column][rows.ours].min()
        if column != but:
            rows = rows[least if but is None else least | ~rows.ours]
    return rows


def wide(values):
    """Whether values deserve a logarithmic axis."""
    return values.max() >= 20 * values.min() > 0


def told_apart(rows):
    """The settings that a place must name: those in which one stack's rows differ, and what is not comparable."""
    ours = rows[rows.ours]
    return [column for column in SETTING
            if (column in ALIKE and rows[column].replace("", pd.NA).nunique() > 1
                or (ours.groupby("stack")[column].nunique() > 1).any())]


def with_places(rows):
    """Adds `place`, where in the figure a row stands: its stack, and the settings that tell it apart.

    A paper's machine or workload is never quite ours, so a marker stands with the bar or line of its stack, unless it
    has another acceleration or clock: then it stands alone."""
    place = ["\n".join(filter(None, [stack, ", ".join(filter(None, more))]))
             for stack, *more in rows[["stack", *told_apart(rows)]].itertuples(index=False)]
    rows = rows.assign(place=place)
    homes = rows[rows.ours].drop_duplicates("place")

    def settled(row):
        same = homes["stack"] == row["stack"]
        for column in ALIKE:
            same &= (homes[column] == row[column]) | (row[column] == "")
        return row.place if row.place in set(homes.place) or not same.any() else homes.place[same].iloc[0]

    others = rows[~rows.ours]
    rows.loc[others.index, "place"] = [settled(row) for _, row in others.iterrows()]
    return rows


# --- Ink --------------------------------------------------------------------------------------------------------------


def spelled(value, _=None):
    """A number in three digits and without an exponent: 0.012, 1.2, 45.6, 12,300."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:.10f}".rstrip("0").rstrip(".")


def three(value):
    """A number in at least three digits: 0.0120, 1.20, 45.6, 12,345."""
    return f"{value:#.3g}".rstrip(".") if 0 < abs(float(f"{value:.3g}")) < 100 else f"{value:,.0f}"


def canvas(height, title, rows, *remarks):
    """A figure with its title above and, in small grey below, what holds for everything in it."""
    ours = rows[rows.ours]
    held = [f"{column} {least:g}" for column in LOAD for least in [ours[column].min()]
            if 1 < least == ours[column].max()]
    held += [f"{column} {'/'.join(values)}" for column in SETTING if column not in told_apart(rows)
             for values in [sorted(set(ours[column]) - {"", "0"})] if values]
    samples = [f"{trials:g} trials" for trials in [rows.trial[rows.origin == "simulated"].max()] if trials > 1]
    samples += ["measured samples"] if (rows.origin == "measured").any() else []
    if samples:
        remarks = (*remarks, "whiskers: 5th–95th percentile of " + " or ".join(samples))
    figure, axes = plt.subplots(figsize=(WIDTH, height))
    figure.suptitle(title, x=0.006, ha="left", fontsize=9.5, fontweight="bold")
    notes = textwrap.fill("; ".join(filter(None, [", ".join(held), *remarks])), 128)
    figure.supxlabel(notes, x=0.006, ha="left", fontsize=6.5, color=GREY)
    return figure, axes


def whiskers(axes, along, at, low, high, colour=INK):
    """A whisker from low to high, wherever the value itself may be."""
    if low < high:
        middle = (high + low) / 2
        x, y = (middle, at) if along == "x" else (at, middle)
        bar = axes.errorbar(x, y, **{along + "err": (high - low) / 2}, fmt="none", ecolor=colour, elinewidth=0.9,
                            capsize=2.2, capthick=0.9, zorder=2.5)
        if along == "x":  # it runs over a bar's colours
            bar.lines[2][0].set_path_effects([withStroke(linewidth=2, foreground="white")])


def log_axis(axis, values, ticks=()):
    """Makes an axis logarithmic, with plain numbers at the ticks asked for if they have room, else at 1, 2 and 5."""
    axis.axes.set(**{axis.axis_name + "scale": "log"})
    span = max(values) / min(values)
    if ticks and len(ticks) <= 12 and all(b / a > span**0.07 for a, b in zip(ticks, ticks[1:])):
        axis.set_ticks(ticks)
    else:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if span < 300 else (1,)))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


def example(origin, **look):
    """A marker for a legend."""
    return Line2D([], [], linestyle="none", label=origin, **{"markersize": 4.2, "markeredgecolor": INK, **look})


def name_places(axes, places):
    """Writes each place left of its line: the stack and, smaller and grey below it, its settings."""
    axes.set_ylim(len(places) - 0.5, -0.5)
    axes.set_yticks([])
    for place, y in places.items():
        lift = 5 if "\n" in place else 0
        for text, up, look in zip(place.split("\n"), (lift, -lift), ({}, {"color": GREY, "fontsize": 6.5})):
            axes.annotate(text, (0, y), (-5, up), xycoords=axes.get_yaxis_transform(), textcoords="offset points",
                          ha="right", va="center", **look)


def stack_bars(axes, places, sections):
    """Bars of sections laid end to end; answers with what the legend shows."""
    left, key = 0, []
    for name, values in sections.items():
        look = SECTIONS.get(name, 0)
        key.append(axes.barh([places[place] for place in values.index], values, 0.66, left, color=COLOURS[look],
                             hatch=HATCHES[look], edgecolor="white", linewidth=0.4, label=name))
        left = left + values
    return key


def horizontal(rows, dimension, scale, whole, parts, title, label, log=False):
    """One line a place, the smallest value on top: bars stacked from `parts` (metric to name), or dots if `log`.

    The metric `whole` gives whiskers and markers, and what the parts leave of it is one more section; without rows of
    it, the whole is the sum of the parts."""
    rows = of(rows, dimension, whole, *parts)
    if not rows.ours.any():
        return None
    rows = with_places(at_least_load(rows))
    rows = rows.assign(value=rows.value / scale)
    ours, others = rows[rows.ours], rows[~rows.ours & (rows.metric == whole)]
    wholes = ours[ours.metric == whole]
    if wholes.empty:
        wholes = ours.groupby(["place", "origin", "trial", "seed"], as_index=False, sort=False).value.sum()
    total = summary(wholes, "place").sort_values("value", kind="stable")
    sections = {name: summary(ours[ours.metric == metric], "place").value.reindex(total.index, fill_value=0)
                for metric, name in parts.items() if (ours.metric == metric).any()}
    rest = total.value - sum(sections.values())
    if (rest > 0.02 * total.value).any():  # less is the difference between a median of sums and a sum of medians
        sections["other" if sections else whole] = rest.clip(lower=0)

    places = {place: y for y, place in enumerate(dict.fromkeys([*total.index, *others.place]))}
    lines = sum(1 + 0.45 * place.count("\n") for place in places)
    origin = ours.origin.iloc[0]
    figure, axes = canvas(1.25 + 0.27 * lines, title, rows, "" if log else f"bars: {origin}")
    if log:
        log_axis(axes.xaxis, [*total.value, *total.low.dropna(), *total.high.dropna(), *others.value])
        axes.plot(total.value, range(len(total)), "o", color=INK, markersize=4.5, zorder=5)
        key = [example(origin, marker="o", color=INK)]
    else:
        key = stack_bars(axes, places, sections)

    reach = total[["value", "high"]].max(axis=1)
    for place, interval in total.iterrows():
        whiskers(axes, "x", places[place], interval.low, interval.high)
    for (place, origin), group in others.groupby(["place", "origin"]):
        aside = 0 if log or place not in total.index else 0.2 if origin == "published" else -0.2
        values = group.value
        if origin == "measured":
            values = summary(group, "place")
            whiskers(axes, "x", places[place] + aside, values.low.iloc[0], values.high.iloc[0], GREY)
            values = values.value
        axes.plot(values, [places[place] + aside] * len(values), linestyle="none", markersize=4.2, markeredgecolor=INK,
                  zorder=6, **POINTS[origin])
        reach[place] = max(reach.get(place, 0), *values)
    for place, value in total.value.items():
        axes.annotate(three(value), (reach[place], places[place]), (5, 0), textcoords="offset points", va="center",
                      fontsize=7)

    key += [example(origin, **look) for origin, look in POINTS.items() if (others.origin == origin).any()]
    if len(key) > 1:
        axes.legend(handles=key, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, borderpad=0,
                    handlelength=1.8, columnspacing=1.2, ncol=len(key) if len(key) <= 6 else (len(key) + 1) // 2)
    name_places(axes, places)
    low, high = axes.get_xlim()
    axes.set_xlim(*((low / 1.1, high * 1.6) if log else (0, 1.12 * reach.max() or 1)))
    axes.grid(axis="x")
    axes.xaxis.set_major_formatter(FuncFormatter(spelled))
    axes.set_xlabel(label)
    return figure


def draw_line(axes, rows, x, look):
    """One place of `against`: its line with whiskers, its line of the tail without, and the markers upon them."""
    colour, marker = look["color"], look["marker"]
    for far, line in rows[rows.ours].groupby("far"):
        values = summary(line, x).sort_index()
        axes.plot(values.index, values.value, zorder=3, **({"color": colour, **FAR} if far else look))
        for at, interval in values.iterrows() if not far else ():
            whiskers(axes, "y", at, interval.low, interval.high, colour)
    for (origin, far), group in rows[~rows.ours].groupby(["origin", "far"]):
        at, values, fill, edge = group[x], group.value, "white", colour
        if origin == "measured":
            middle = summary(group, x)
            at, values, fill, edge = middle.index, middle.value, colour, INK
            for at_one, interval in middle.iterrows():
                whiskers(axes, "y", at_one, interval.low, interval.high, GREY)
        axes.plot(at, values, linestyle="none", marker=marker, markersize=4 if far else 6, markerfacecolor=fill,
                  markeredgecolor=edge, zorder=6)


def against(rows, dimension, scale, x, metric, title, xlabel, ylabel):
    """One line a place: the middle of a metric against a load axis, and its 99th percentile where there is one."""
    rows = of(rows, dimension, metric, tail="p99")
    if rows[x][rows.ours].nunique() < 2:
        return None
    rows = with_places(at_least_load(rows, but=x))
    rows = rows.assign(value=rows.value / scale)
    places = list(dict.fromkeys([*rows.place[rows.ours], *rows.place]))
    entries = sum(1 + place.count("\n") for place in places) + 6
    figure, axes = canvas(max(3.4, 0.7 + 0.17 * entries), title, rows, f"lines: {rows.origin[rows.ours].iloc[0]}")

    first, last, log = rows[x].min(), rows[x].max(), wide(rows[x])
    key = []
    for turn, place in enumerate(places):
        look = {"color": COLOURS[turn % 7], "marker": MARKERS[(turn + 3 * (turn // 7)) % 7], "markersize": 4,
                "linestyle": DASHES[turn // 7 % 3], "linewidth": 1.5}
        mine = rows[rows.place == place]
        aside = 0.06 * ((turn + 0.5) / len(places) - 0.5)  # of the axis, so that whiskers do not hide whiskers
        mine = mine.assign(**{x: mine[x] * (last / first) ** aside if log else mine[x] + (last - first) * aside})
        draw_line(axes, mine, x, look)
        key.append((mine.value[~mine.far].max(), Line2D([], [], label=place, **look)))

    handles = [handle for _, handle in sorted(key, key=lambda pair: -pair[0])]  # in the order of the lines' ends
    for statistic in sorted(set(rows.statistic[rows.ours & ~rows.far]) - {"", "value"}):
        handles.append(Line2D([], [], color=GREY, linewidth=1.5, label=statistic))
    if rows.far[rows.ours].any():
        handles.append(Line2D([], [], color=GREY, label="99th percentile", **FAR))
    for (origin, far), _ in rows[~rows.ours].groupby(["origin", "far"]):
        fill, edge = (GREY, INK) if origin == "measured" else ("white", GREY)
        handles.append(example(f"{origin}, 99th percentile" if far else origin, marker="o", markersize=4 if far else 6,
                               markerfacecolor=fill, markeredgecolor=edge))
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0, labelspacing=0.6)

    axes.grid()
    for axis, values, ticks in [(axes.xaxis, rows[x], sorted(set(rows[x][rows.ours]))), (axes.yaxis, rows.value, ())]:
        if wide(values):
            log_axis(axis, values, ticks)
        axis.set_major_formatter(FuncFormatter(spelled))
    if axes.get_yscale() == "linear":
        axes.set_ylim(bottom=0)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    return figure


# --- Figures ----------------------------------------------------------------------------------------------------------


def boot(rows):
    starts = of(rows, "time", "boot.total", "boot.vmm", "boot.guest")
    if any(starts[load][starts.ours].nunique() > 1 for load in LOAD):
        return None
    return horizontal(rows, "time", 1e-3, "boot.total", {"boot.vmm": "VMM", "boot.guest": "guest"},
                      "Boot time", "from the launcher's exec to the application's first mark (ms)")


def boot_storm(rows):
    loads = {"parallel": "starts kept in flight", "burst": "starts at the same instant",
             "instances": "instances already running"}
    figures = (against(rows, "time", 1e-3, load, "boot.total", "Boot time under load", label, "boot time (ms)")
               for load, label in loads.items())
    return next(filter(None, figures), None)


def memory(rows):
    return horizontal(rows, "memory", 2.0**20, "memory.private", {}, "Private memory of one instance",
                      "memory that one instance alone holds (MiB)")


def density(rows):
    return (against(rows, "memory", 2.0**30, "instances", "memory.host", "Memory of a host", "instances running",
                    "resident memory (GiB)")
            or against(rows, "count", 1, "instances", "density.instances", "Instances that fit on a host",
                       "instances asked for", "instances running")
            or horizontal(rows, "count", 1, "density.instances", {}, "Instances that fit on a host",
                          "instances running"))


def request(rows):
    accounts = dict.fromkeys(metric for metric in rows.metric if metric.startswith("request.cpu."))
    parts = {metric: metric.removeprefix("request.cpu.").replace("_", " ").replace("vmm", "VMM") for metric in accounts}
    return horizontal(rows, "time", 1e-6, "request.cpu", parts, "CPU time of one request, by who pays",
                      "CPU time per request (µs)")


def syscall(rows):
    return horizontal(rows, "time", 1e-9, "syscall.latency", {}, "Latency of a system call",
                      "latency seen by the caller (ns)", log=True)


def start(rows):
    return horizontal(rows, "time", 1e-3, "start.latency", {}, "Replayed arrivals: median wait for an instance",
                      "from the arrival to the application's first mark (ms)", log=True)


def fleet_cost(rows):
    """Of one way of reading the trace and keeping instances, the first: the others are in the rows."""
    costs = rows[rows.metric == "cost.million_calls"]
    return horizontal(costs[costs.workload == next(iter(costs.workload), "")], "USD", 1, "cost.million_calls", {},
                      "Cost of a million calls on a fleet of each stack", "servers and power (USD a million calls)")


def cold_starts(rows):
    """Of the first stack: whether a call finds an instance depends little on what that is."""
    cold = rows[rows.metric == "cold.rate"]
    return horizontal(cold[cold["stack"] == next(iter(cold["stack"]), "")], "count", 0.01, "cold.rate", {},
                      "Calls that wait for a start, by keep-alive and trace", "share of calls (%)")


def pulls(rows):
    """Of the largest image: the others are in the rows."""
    started = rows[rows.metric == "pull.started"]
    sizes = pd.to_numeric(started.workload.str.split(" MB/").str[0])
    return horizontal(started[sizes == sizes.max()], "time", 1, "pull.started", {},
                      "An image reaches many hosts: until half of them have started", "median over the hosts (s)", log=True)


def bills(rows):
    return horizontal(rows, "USD", 1, "bill", {}, "What a trace of calls is billed, by what is sold", "USD")


def restarts(rows):
    return horizontal(rows, "time", 1, "restart.back", {}, "A host fails: until an instance of it runs elsewhere",
                      "median over the instances lost (s)", log=True)


def measured(rows, cells):
    """Every sample of a measured folder: a panel a metric, a line a stack, the same lines in every panel. What differs in
    acceleration or clock stands below a line that says so. A stack that never gave a number is left to the table."""
    stacks = rows.drop_duplicates("stack").set_index("stack")
    stacks = stacks.loc[[stack for stack in dict.fromkeys(stack for _, stack in cells) if stack in stacks.index]]
    groups = stacks.groupby(ALIKE, sort=False).groups  # (accel, clock) to stacks
    apart = len(groups) > 1
    places, breaks = {}, []
    for kind, members in groups.items():
        breaks.append(len(places))
        for stack in members:
            places[stack] = len(places)
    names = {stack + ("\n" + ", ".join(filter(None, stacks.loc[stack, ALIKE])) if apart else ""): y
             for stack, y in places.items()}

    metrics = list(dict.fromkeys(rows.metric))
    across = min(3, len(metrics))
    down = math.ceil(len(metrics) / across)
    figure, grid = plt.subplots(down, across, squeeze=False,
                                figsize=(WIDTH, 0.75 + down * (0.62 + (0.3 if apart else 0.22) * len(places))))
    figure.suptitle(f"Measured on {', '.join(dict.fromkeys(rows.machine))}", x=0.006, ha="left", fontsize=9.5,
                    fontweight="bold")
    for axes in list(grid.flat)[len(metrics):]:
        axes.set_axis_off()
    for turn, (metric, axes) in enumerate(zip(metrics, grid.flat)):
        samples = rows[rows.metric == metric]
        if wide(samples.value):
            log_axis(axes.xaxis, list(samples.value))
            span = samples.value.max() / samples.value.min()  # fewer ticks than in a figure as wide as the page
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if span < 30 else (1, 3) if span < 1000 else (1,)))
        else:
            axes.xaxis.set_major_locator(MaxNLocator(4))
        for stack, y in places.items():
            draw_samples(axes, samples[samples["stack"] == stack], cells.get((metric, stack), {}), y)
        name_places(axes, names if turn % across == 0 else {"": y for y in [len(places) - 1]})
        axes.set_ylim(len(places) - 0.5, -0.5)
        for y in breaks[1:]:
            axes.axhline(y - 0.5, color=INK, linewidth=0.8, linestyle=(0, (4, 2)))
            if turn % across == 0:
                axes.annotate("not comparable", (0, y - 0.5), (-5, 0), xycoords=axes.get_yaxis_transform(),
                              textcoords="offset points", ha="right", va="center", fontsize=6, color=INK,
                              fontstyle="italic")
        if axes.get_xscale() == "linear":
            axes.set_xlim(0, 1.08 * samples.value.max() or 1)
        axes.xaxis.set_major_formatter(FuncFormatter(
            lambda value, _: f"{spelled(value / 1000)}k" if abs(value) >= 10000 else spelled(value)))
        axes.tick_params(axis="x", labelsize=6.5)
        axes.grid(axis="x")
        axes.set_title(metric, fontsize=7.5, loc="left", pad=4)
        axes.set_xlabel(" or ".join(dict.fromkeys(samples.unit)), fontsize=6.5, labelpad=1)
    key = [example("sample", marker="o", **SAMPLE), example("taken while disturbed", marker="o", **SAMPLE_DISTURBED),
           Line2D([], [], color=INK, linewidth=1.2, marker="|", markersize=7, markeredgewidth=1.6,
                  label="median and its 95 % interval")]
    if any(cell.get("disturbed") for cell in cells.values()):
        key.append(plt.Rectangle((0, 0), 1, 1, label="disturbed: all of them count", **DISTURBED))
    figure.supxlabel(" ", fontsize=9)  # holds the legend's place
    figure.legend(handles=key, loc="lower left", borderaxespad=0.2, ncol=len(key), fontsize=6.5, columnspacing=1.4)
    return figure


def draw_samples(axes, samples, cell, y):
    """One line of a panel of `measured`: the samples spread a little, so that equals are seen, and their median."""
    if cell.get("disturbed"):
        axes.axhspan(y - 0.42, y + 0.42, zorder=0, **DISTURBED)
    if samples.empty and cell:
        axes.annotate("failed" if cell.get("failed") else "no sample", (0, y), (4, 0), fontsize=6.5, color=GREY,
                      xycoords=axes.get_yaxis_transform(), textcoords="offset points", va="center")
    for outcome, look in [("ok", SAMPLE), ("disturbed", SAMPLE_DISTURBED)]:
        values = samples.value[samples.outcome == outcome]
        aside = [((0.5 + 0.618034 * turn) % 1 - 0.5) * 0.56 for turn in range(len(values))]
        axes.plot(values, [y + up for up in aside], "o", zorder=3, **{"markeredgecolor": INK, **look})
    if "median" in cell:
        axes.plot([cell["low"], cell["high"]], [y, y], color=INK, linewidth=1.2, zorder=4, solid_capstyle="butt",
                  path_effects=[withStroke(linewidth=2.6, foreground="white")])
        axes.plot(cell["median"], y, "|", color=INK, markersize=9, markeredgewidth=1.8, zorder=5)


FIGURES = {"boot": boot, "boot-storm": boot_storm, "memory": memory, "density": density, "request": request,
           "start": start, "syscall": syscall, "fleet-cost": fleet_cost, "cold-starts": cold_starts,
           "pulls": pulls, "bills": bills, "restarts": restarts}


def save(figure, stem):
    """Writes a figure as STEM.png and STEM.pdf, without what would differ from one time to the next, and closes it."""
    paths = []
    for suffix, metadata in [(".png", {"Software": None}),
                             (".pdf", {"CreationDate": None, "Creator": None, "Producer": None})]:
        paths.append(stem.with_name(stem.name + suffix))
        figure.savefig(paths[-1], metadata=metadata)
    plt.close(figure)
    return paths


def draw(folder):
    """Writes every figure the folder's rows allow, and returns the paths."""
    folder, written = pathlib.Path(folder), []

    def write(name, figure):
        written.extend(save(figure, folder / name))

    if (folder / "rows.csv").exists():
        rows, cells = read_measured(folder)
        if not rows.empty:
            write("measured", measured(rows, cells))
        return written
    rows = read(folder)
    for name, figure_of in FIGURES.items():
        figure = figure_of(rows)
        if figure:
            write(name, figure)
    return written


def main(arguments):
    if len(arguments) != 1:
        print("usage: figures.py RESULTS_DIR", file=sys.stderr)
        return 2
    matplotlib.use("Agg")
    try:
        written = draw(arguments[0])
    except BadResults as error:
        print(f"figures.py: {error}", file=sys.stderr)
        return 2
    if not written:
        print("figures.py: these rows hold nothing that a figure is known for", file=sys.stderr)
    for path in written:
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
