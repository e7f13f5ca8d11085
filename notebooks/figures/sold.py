"""Where the memory that somebody pays for goes: what `strata fleet flavours --json` prints, a panel a stack."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.ticker import PercentFormatter

from .ink import spelled, three
from .style import COLOURS, GREY, HATCHES, WIDTH

# What sold memory is spent on, in the order in which it is laid end to end.
PARTS = {"used_gib_hours": "used by calls", "stack_gib_hours": "the stack's own", "size_step_gib_hours": "rounded up in size",
         "time_step_gib_hours": "rounded up in time", "idle_gib_hours": "nobody calls"}


def flavours(told):
    """Shares of the memory sold under each tariff, and its bill. One trace at stated values: there is no interval."""
    bills = pd.DataFrame(told["bills"])
    stacks = list(dict.fromkeys(bills["stack"]))
    tariffs = list(dict.fromkeys(bills["tariff"]))
    down = (len(stacks) + 1) // 2
    figure, grid = plt.subplots(down, 2, figsize=(WIDTH, 0.9 + down * (0.5 + 0.21 * len(tariffs))), squeeze=False,
                                sharex=True, sharey=True)
    figure.suptitle("What becomes of the memory sold, and the bill\n ", x=0.006, ha="left", fontsize=9.5, fontweight="bold")
    for axes in list(grid.flat)[len(stacks):]:
        axes.set_axis_off()
    for axes, stack in zip(grid.flat, stacks):
        mine = bills[bills["stack"] == stack].set_index("tariff").loc[tariffs]
        left = 0
        for look, (column, name) in enumerate(PARTS.items()):
            share = mine[column] / mine.sold_gib_hours
            axes.barh(range(len(tariffs)), share, 0.7, left, color=COLOURS[look], hatch=HATCHES[look], edgecolor="white",
                      linewidth=0.4, label=name)
            left = left + share
        for y, usd in enumerate(mine.usd):
            axes.annotate(f"{three(usd)} USD", (1, y), (4, 0), textcoords="offset points", va="center", fontsize=7)
        axes.set_title(f"{stack}: {three(mine.stack_mib.iloc[0])} MiB an instance", fontsize=7.5, loc="left", pad=4)
        axes.set_yticks(range(len(tariffs)), tariffs, fontsize=7)
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(PercentFormatter(1))
    grid[0, 0].invert_yaxis()  # shared by all
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="upper left", bbox_to_anchor=(0, 0.95), borderaxespad=0.2,
                  ncol=len(PARTS), fontsize=6.5, columnspacing=1.2, handlelength=1.6)
    figure.supxlabel(f"share of the GiB-hours sold; simulated; {told['trace']}, {told['calls']:,} calls in {three(told['hours'])} h, "
                     f"{told['within']} within the minute,\nwhich compute for {spelled(told['cpu_share'])} of their time", x=0.006,
                     ha="left", fontsize=6.5, color=GREY)
    return figure
