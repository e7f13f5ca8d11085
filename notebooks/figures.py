#!/usr/bin/env python3
"""Draws the figures that the rows of a results folder allow, all in one style.

    python3 notebooks/figures.py RESULTS_DIR

reads RESULTS_DIR/results.csv, writes NAME.png and NAME.pdf beside it and prints their paths. In a notebook,
`figures.boot(figures.read(folder))`: each figure is a function from rows to a Figure, or to None when the rows hold
nothing for it.

The look of a number tells where it comes from: simulated is a bar, a line or a black dot; measured a grey square (or, on
a line's axes, a marker edged in black); published an open marker. A whisker runs from the 5th to the 95th percentile: of
the trials whose parameters were drawn from their ranges (trial 0, the bar itself, has every parameter at its stated
value), or of measured samples. The same rows give the same bytes.
"""

import pathlib
import sys
import textwrap

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

ALIKE = ["accel", "clock"]  # numbers that differ in one of these are not comparable
SETTING = ["workload", "machine", "era", *ALIKE]
LOAD = ["parallel", "burst", "instances"]
COLUMNS = ["scenario", "stack", *SETTING, *LOAD, "trial", "seed", "metric", "statistic", "value", "unit", "origin",
           "source", "outcome"]
ORIGINS = ["simulated", "measured", "published"]

# What a unit measures, and its size in seconds, bytes or ones.
UNITS = {"ns": ("time", 1e-9), "us": ("time", 1e-6), "ms": ("time", 1e-3), "s": ("time", 1.0),
         "B": ("memory", 1.0), "kB": ("memory", 1e3), "MB": ("memory", 1e6), "GB": ("memory", 1e9),
         "KiB": ("memory", 2.0**10), "MiB": ("memory", 2.0**20), "GiB": ("memory", 2.0**30), "TiB": ("memory", 2.0**40),
         "1": ("count", 1.0), "": ("count", 1.0), "count": ("count", 1.0), "instances": ("count", 1.0)}

# The statistics that state the middle of a distribution, the best first, and those that state another part of it.
MIDDLE = ["median", "p50", "mean", "value", ""]
TAIL = r"p(?!50$)\d+(?:\.\d+)?|min|max|sd|low|high"

# Okabe and Ito's colours without the yellow, which white paper swallows; hatches and markers say the same in grey.
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#000000"]
HATCHES = ["", "/////", ".....", "\\\\\\\\\\", "xxxxx", "-----", "ooo"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
DASHES = ["-", (0, (6, 2)), (0, (6, 2, 1, 2))]
# What a section of a bar is called has one look in every figure.
SECTIONS = {"VMM": 0, "guest": 1, "host kernel": 2, "dom0": 3, "other": 6}
INK, GREY = "#222222", "#666666"
POINTS = {"measured": {"marker": "s", "markerfacecolor": "#BBBBBB"},
          "published": {"marker": "D", "markerfacecolor": "white"}}
STYLE = {"font.family": "DejaVu Sans", "font.size": 8, "axes.labelsize": 8, "axes.spines.top": False,
         "axes.spines.right": False, "axes.linewidth": 0.6, "axes.axisbelow": True, "grid.color": "#DDDDDD",
         "grid.linewidth": 0.5, "hatch.linewidth": 0.6, "legend.frameon": False, "legend.fontsize": 7.5,
         "legend.handlelength": 2.4, "xtick.major.width": 0.6, "ytick.major.width": 0.6, "pdf.fonttype": 42,
         "figure.constrained_layout.use": True, "savefig.dpi": 200}
WIDTH = 6.5  # inches, the text width of a page


class BadResults(Exception):
    """The results cannot be read; the message says where and why."""


# --- Rows -------------------------------------------------------------------------------------------------------------


def read(folder):
    """The rows of a results folder that hold a number, checked, their values in seconds, bytes or ones."""
    path = pathlib.Path(folder) / "results.csv"
    try:
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
    numbers = rows[rows.outcome.isin(["ok", ""])].copy()  # any other outcome is a run that gave no number
    for column, if_blank in [("value", None), ("trial", 0), *((load, 1) for load in LOAD)]:
        parsed = pd.to_numeric(numbers[column], errors="coerce")
        if if_blank is not None:
            parsed[numbers[column] == ""] = if_blank
        refuse(parsed.isna(), column, "a number")
        numbers[column] = parsed
    numbers["value"] *= numbers.unit.map(lambda unit: UNITS.get(unit, (unit, 1.0))[1])
    return numbers.reset_index(drop=True)


def of(rows, dimension, *metrics, tail=None):
    """The rows of these metrics, all of one dimension: the best statement of the middle for each origin and metric, and
    the rows of the statistic `tail`. The column `ours` marks what bars and lines show: the simulated rows or, where
    there are none, the measured."""
    rows = rows[rows.metric.isin(metrics)]
    for metric, unit in rows[["metric", "unit"]].drop_duplicates().itertuples(index=False):
        if UNITS.get(unit, (unit,))[0] != dimension:
            raise BadResults(f"{metric} is in '{unit}', which is no unit of {dimension}")
    tails, rows = rows[rows.statistic == tail], rows[~rows.statistic.str.fullmatch(TAIL)]
    rank = rows.statistic.map({name: rank for rank, name in enumerate(MIDDLE)}).fillna(len(MIDDLE))
    best = rank.groupby([rows.origin, rows.metric]).transform("min")
    rows = pd.concat([rows[(rank == best) | (rows.origin == "published")], tails])
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


def at_least_load(rows):
    """The rows at the smallest load that was run, for a figure in which load is no axis."""
    for column in LOAD:
        rows = rows[rows[column] == rows[column][rows.ours].min()]
    return rows


def with_places(rows):
    """Adds `place`, where in the figure a row stands: its stack, and the settings in which the rows differ.

    A paper's machine or workload is never quite ours, so a marker stands with the bar or line of its stack, unless it
    has another acceleration or clock: then it stands alone."""
    differ = [column for column in SETTING
              if rows[column][rows.ours | (column in ALIKE)].replace("", pd.NA).nunique() > 1]
    place = [stack + "\n" + ", ".join(filter(None, more)) if any(more) else stack
             for stack, *more in rows[["stack", *differ]].itertuples(index=False)]
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
    """A number in exactly three digits: 0.0120, 1.20, 45.6, 12,300."""
    return f"{value:#.3g}".rstrip(".") if 0 < abs(float(f"{value:.3g}")) < 100 else spelled(value)


def canvas(height, title, rows, *remarks):
    """A figure with its title above and, in small grey below, what holds for everything in it."""
    ours = rows[rows.ours]
    one = [column for column in [*SETTING, *LOAD] if ours[column].nunique() == 1]
    held = [f"{column} {ours[column].iloc[0]:g}" if column in LOAD else f"{column} {ours[column].iloc[0]}"
            for column in one if ours[column].iloc[0] not in ("", 0, 1)]
    samples = [f"{trials:g} trials" for trials in [rows.trial[rows.origin == "simulated"].max()] if trials > 1]
    samples += ["measured samples"] if (rows.origin == "measured").any() else []
    if samples:
        remarks = (*remarks, "whiskers: 5th to 95th percentile of " + " or ".join(samples))
    figure, axes = plt.subplots(figsize=(WIDTH, height))
    figure.suptitle(title, x=0.006, ha="left", fontsize=9.5, fontweight="bold", color=INK)
    notes = textwrap.fill("; ".join(filter(None, [", ".join(held), *remarks])), 125)
    figure.supxlabel(notes, x=0.006, ha="left", fontsize=6.5, color=GREY)
    return figure, axes


def whiskers(axes, along, at, low, high, colour=INK):
    """A whisker from low to high, wherever the value itself may be."""
    if low < high:
        middle = (high + low) / 2
        x, y = (middle, at) if along == "x" else (at, middle)
        bar = axes.errorbar(x, y, **{along + "err": (high - low) / 2}, fmt="none", ecolor=colour, elinewidth=0.9,
                            capsize=2.2, capthick=0.9, zorder=4)
        for artist in bar.get_children():
            artist.set_path_effects([withStroke(linewidth=2, foreground="white")])


def log_axis(axis, values):
    """Makes an axis logarithmic, with plain numbers at the values themselves if they are few, else at 1, 2 and 5."""
    axis.axes.set(**{axis.axis_name + "scale": "log"})
    decades = max(values) / min(values)
    if len(set(values)) <= 8 and axis.axis_name == "x":
        axis.set_ticks(sorted(set(values)))
    else:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if decades < 300 else (1,)))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


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
    total = summary(wholes, "place")
    sections = {name: summary(ours[ours.metric == metric], "place").value.reindex(total.index, fill_value=0)
                for metric, name in parts.items() if (ours.metric == metric).any()}
    rest = total.value - sum(sections.values())
    if (rest > 0.005 * total.value).any():
        sections["other" if sections else whole] = rest.clip(lower=0)

    alone = list(dict.fromkeys(place for place in others.place if place not in total.index))
    places = {place: y for y, place in enumerate([*total.sort_values("value", kind="stable").index, *alone])}
    lines = sum(1 + 0.45 * place.count("\n") for place in places)
    figure, axes = canvas(1.25 + 0.27 * lines, title, rows, "" if log else f"bars: {ours.origin.iloc[0]}")
    if log:
        log_axis(axes.xaxis, [*total.value, *total.low.dropna(), *total.high.dropna(), *others.value])
        axes.plot(total.value, [places[place] for place in total.index], "o", color=INK, markersize=4.5, zorder=5)
        key = [Line2D([], [], linestyle="none", marker="o", color=INK, markersize=4.5, label=ours.origin.iloc[0])]
    else:
        left, key = 0, []
        free = iter([look for look in range(len(COLOURS)) if look not in SECTIONS.values()] * len(sections))
        for name, values in sections.items():
            look = SECTIONS[name] if name in SECTIONS else 0 if len(sections) == 1 else next(free)
            key.append(axes.barh([places[place] for place in total.index], values, 0.66, left, color=COLOURS[look],
                                 hatch=HATCHES[look], edgecolor="white", linewidth=0.4, label=name))
            left = left + values

    reach = total[["value", "high"]].max(axis=1).to_dict()
    for place, interval in total.iterrows():
        whiskers(axes, "x", places[place], interval.low, interval.high)
    for (place, origin), group in others.groupby(["place", "origin"]):
        y = places[place] + (0 if place in alone or log else 0.2 if origin == "published" else -0.2)
        values = group.value
        if origin == "measured":
            values, low, high = ([each] for each in summary(group, "place").iloc[0])
            whiskers(axes, "x", y, low[0], high[0], GREY)
        axes.plot(values, [y] * len(values), linestyle="none", markersize=4.2, markeredgecolor=INK, zorder=6,
                  **POINTS[origin])
        reach[place] = max(reach.get(place, 0), *values)
    for place in total.index:
        axes.annotate(three(total.value[place]), (reach[place], places[place]), (5, 0), va="center", fontsize=7,
                      textcoords="offset points", color=INK)

    for origin in POINTS:
        if (others.origin == origin).any():
            key.append(Line2D([], [], linestyle="none", markersize=4.2, markeredgecolor=INK, label=origin,
                              **POINTS[origin]))
    if len(key) > 1:
        axes.legend(handles=key, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, borderpad=0, ncol=5,
                    columnspacing=1.4)
    low, high = axes.get_xlim()
    axes.set_xlim(*((low / 1.1, high * 1.6) if log else (0, 1.12 * max(reach.values()))))
    axes.set_ylim(len(places) - 0.5, -0.5)
    axes.set_yticks([])
    for place, y in places.items():
        for text, up, look in zip(place.split("\n"), (5, -5) if "\n" in place else (0,),
                                  ({"color": INK}, {"color": GREY, "fontsize": 6.5})):
            axes.annotate(text, (0, y), (-5, up), xycoords=axes.get_yaxis_transform(), textcoords="offset points",
                          ha="right", va="center", **look)
    axes.grid(axis="x")
    axes.xaxis.set_major_formatter(FuncFormatter(spelled))
    axes.set_xlabel(label)
    return figure


def against(rows, dimension, scale, x, metric, title, xlabel, ylabel):
    """One line a place: the middle of a metric against a load axis, and its 99th percentile where there is one."""
    rows = of(rows, dimension, metric, tail="p99")
    if rows[x][rows.ours].nunique() < 2:
        return None
    rows = with_places(rows)
    rows = rows.assign(value=rows.value / scale)
    places = list(dict.fromkeys(rows.place[rows.ours]))
    places += [place for place in dict.fromkeys(rows.place) if place not in places]

    figure, axes = canvas(3.4, title, rows, f"lines: {rows.origin[rows.ours].iloc[0]}")
    # Beside one another at each load, within a hundredth of the axis, so that whiskers do not hide whiskers.
    log = rows[x].max() >= 20 * rows[x].min() > 0
    ends = rows[x].max(), rows[x].min()
    step = (ends[0] / ends[1]) ** 0.008 if log else 0.008 * (ends[0] - ends[1])
    ticks = rows[x]
    key = []
    for turn, place in enumerate(places):
        colour, dash = COLOURS[turn % 7], DASHES[turn // 7 % 3]
        marker = MARKERS[(turn + 3 * (turn // 7)) % 7]
        mine = rows[rows.place == place]
        aside = turn - (len(places) - 1) / 2
        mine = mine.assign(**{x: mine[x] * step**aside if log else mine[x] + step * aside})
        for far, line in mine[mine.ours].groupby("far"):
            values = summary(line, x).sort_index()
            axes.plot(values.index, values.value, color=colour, linewidth=0.9 if far else 1.5,
                      linestyle=(0, (1, 1.2)) if far else dash, marker=None if far else marker, markersize=4, zorder=3)
            for at, interval in values.iterrows():
                whiskers(axes, "y", at, interval.low, interval.high, colour)
        for (origin, far), group in mine[~mine.ours].groupby(["origin", "far"]):
            if origin == "measured":
                values = summary(group, x)
                for at, interval in values.iterrows():
                    whiskers(axes, "y", at, interval.low, interval.high, GREY)
                group = values.value.rename_axis(x).reset_index()
            axes.plot(group[x], group.value, linestyle="none", marker=marker, markersize=4 if far else 6, zorder=6,
                      markerfacecolor=colour if origin == "measured" else "white",
                      markeredgecolor=INK if origin == "measured" else colour, markeredgewidth=1)
        last = mine.value[~mine.far & (mine[x] == mine[x].max())].median()
        key.append((last, Line2D([], [], color=colour, linestyle=dash, linewidth=1.5, marker=marker, markersize=4,
                                 label=place)))
    handles = [handle for _, handle in sorted(key, key=lambda pair: -pair[0])]
    statistics = rows.statistic[rows.ours & ~rows.far]
    if statistics.iloc[0] not in ("", "value"):
        handles.append(Line2D([], [], color=GREY, linewidth=1.5, label=statistics.iloc[0]))
    if rows.far[rows.ours].any():
        handles.append(Line2D([], [], color=GREY, linewidth=0.9, linestyle=(0, (1, 1.2)), label="99th percentile"))
    for origin, face, edge in [("measured", GREY, INK), ("published", "white", GREY)]:
        if (rows.origin[~rows.ours] == origin).any():
            handles.append(Line2D([], [], linestyle="none", marker="o", markersize=6, markerfacecolor=face,
                                  markeredgecolor=edge, label=origin))
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0, labelspacing=0.6)

    axes.grid()
    for axis, values in [(axes.xaxis, rows[x]), (axes.yaxis, rows.value)]:
        if values.min() > 0 and values.max() >= 20 * values.min():
            log_axis(axis, values)
        axis.set_major_formatter(FuncFormatter(spelled))
    if axes.get_yscale() == "linear":
        axes.set_ylim(bottom=0)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    return figure


# --- Figures ----------------------------------------------------------------------------------------------------------


def boot(rows):
    totals = of(rows, "time", "boot.total", "boot.vmm", "boot.guest")
    if totals.parallel[totals.ours].nunique() > 1 or totals.burst[totals.ours].nunique() > 1:
        return None
    return horizontal(rows, "time", 1e-3, "boot.total", {"boot.vmm": "VMM", "boot.guest": "guest"},
                      "Boot time", "from the launcher's exec to the application's first mark (ms)")


def boot_storm(rows):
    for x, xlabel in [("parallel", "instances starting at any time (parallel)"), ("burst", "instances started at the same instant (burst)")]:
        figure = against(rows, "time", 1e-3, x, "boot.total", "Boot time under parallel starts", xlabel, "boot time (ms)")
        if figure:
            return figure
    return None


def memory(rows):
    return horizontal(rows, "memory", 2.0**20, "memory.private", {}, "Private memory of one instance",
                      "memory that one instance alone holds (MiB)")


def density(rows):
    return (against(rows, "memory", 2.0**30, "instances", "memory.total", "Memory of a host", "instances on the host",
                    "memory in use (GiB)")
            or against(rows, "count", 1, "instances", "density.count", "Instances that fit on a host",
                       "instances asked for", "instances running")
            or horizontal(rows, "count", 1, "density.count", {}, "Instances that fit on a host", "instances running"))


def request(rows):
    accounts = dict.fromkeys(metric for metric in rows.metric if metric.startswith("request.cpu."))
    parts = {metric: metric.removeprefix("request.cpu.").replace("_", " ").replace("vmm", "VMM") for metric in accounts}
    return horizontal(rows, "time", 1e-6, "request.cpu", parts, "CPU time of one request, by who pays",
                      "CPU time per request (µs)")


def syscall(rows):
    return horizontal(rows, "time", 1e-9, "syscall.latency", {}, "Latency of a system call",
                      "latency seen by the caller (ns)", log=True)


FIGURES = {"boot": boot, "boot-storm": boot_storm, "memory": memory, "density": density, "request": request,
           "syscall": syscall}


def draw(folder):
    """Writes every figure the folder's rows allow, and returns the paths."""
    folder, written = pathlib.Path(folder), []
    rows = read(folder)
    with plt.rc_context({**matplotlib.rcParamsDefault, **STYLE, "backend": "Agg"}):
        for name, figure_of in FIGURES.items():
            figure = figure_of(rows)
            if figure:
                for suffix, metadata in [(".png", {"Software": None}),
                                         (".pdf", {"CreationDate": None, "Creator": None, "Producer": None})]:
                    written.append(folder / (name + suffix))
                    figure.savefig(written[-1], metadata=metadata)
                plt.close(figure)
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
