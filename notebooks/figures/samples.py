"""Every sample of a measured folder."""

import math

import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

from .ink import example, log_axis, name_places, spelled
from .rows import ALIKE, wide
from .style import DISTURBED, GREY, INK, SAMPLE, SAMPLE_DISTURBED, WIDTH


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
