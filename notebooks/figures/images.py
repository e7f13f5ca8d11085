"""Many hosts fetch one image: what `strata fleet image-storm --json` and `patch-spread --json` print, a line a way."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.ticker import FuncFormatter

from .ink import log_axis, spelled
from .rows import wide
from .style import COLOURS, DASHES, GREY, MARKERS, WIDTH


def panels(told, title, columns):
    """A panel a column (column to factor and label) against the size of the image. Nothing is drawn at random but which
    images a host has fetched before, so there is no interval."""
    rows = pd.DataFrame(told)
    figure, grid = plt.subplots(1, len(columns), figsize=(WIDTH, 2.9), squeeze=False)
    figure.suptitle(f"{title} ({rows.hosts.iloc[0]:,} hosts)", x=0.006, ha="left", fontsize=9.5, fontweight="bold")
    for axes, (column, (factor, label)) in zip(grid.flat, columns.items()):
        for turn, (way, mine) in enumerate(rows.groupby("way", sort=False)):
            axes.plot(mine.megabytes, mine[column] * factor, color=COLOURS[turn % 7], marker=MARKERS[turn % 7], markersize=3 + turn,
                      markerfacecolor="none", linestyle=DASHES[turn % 3], linewidth=1, label=way)  # one over the other shows
        for axis, values in [(axes.xaxis, rows.megabytes), (axes.yaxis, rows[column] * factor)]:
            if wide(values):
                log_axis(axis, values)
            axis.set_major_formatter(FuncFormatter(spelled))
        axes.set_xlabel("size of the image (MB)")
        axes.set_ylabel(label)
        axes.grid()
    if axes.get_yscale() == "linear":
        axes.set_ylim(bottom=0)
    grid[0, -1].legend(loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0, labelspacing=0.6)
    figure.supxlabel("simulated: transfers only, on links and a registry of assumed rates", x=0.006, ha="left", fontsize=6.5,
                     color=GREY)
    return figure


def image_storm(told):
    return panels(told, "A new image everywhere at once",
                  {"started_all_s": (1, "until all have started (s)"), "registry_bytes": (1e-9, "sent by the registry (GB)")})


def patch_spread(told):
    return panels(told, "A rolling update", {"started_p99_s": (1, "until 99 % of hosts run it (s)")})
