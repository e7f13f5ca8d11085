"""Predicted over observed: what `strata validate --json` prints, as one figure of small panels."""

import matplotlib.pyplot as plt
import pandas as pd

from .style import COLOURS, INK, MARKERS, WIDTH

# Panels, and the metrics that share one.
PANELS = {"boot": "boot.", "memory and images": ("memory.", "image."), "system calls": "syscall.",
          "requests": "request.", "network": "net.", "block devices": ("block.", "block_write.")}


def validation(told):
    """A panel a group of metrics: a point a row, its bar the stated 90 % interval, everything over the observed value. On
    the line at one the model is right; the band is 25 % off."""
    rows = pd.DataFrame(told["rows"])
    panels = {name: rows[rows.metric.str.startswith(heads)] for name, heads in PANELS.items()}
    panels = {name: part for name, part in panels.items() if len(part)}
    figure, grid = plt.subplots(2, (len(panels) + 1) // 2, figsize=(WIDTH, 4.2), squeeze=False, sharey=True)
    for axes in list(grid.flat)[len(panels):]:
        axes.set_axis_off()
    for axes, (name, part) in zip(grid.flat, panels.items()):
        part = part.assign(ratio=part.value / part.observed).sort_values("ratio", ignore_index=True)
        axes.axhspan(0.75, 1.25, color="#EEEEEE", zorder=0, linewidth=0)
        axes.axhline(1, color=INK, linewidth=0.8)
        axes.vlines(part.index, part.low / part.observed, part.high / part.observed, color="#9FC6E3", linewidth=0.9)
        for turn, (table, group) in enumerate(part.groupby("table")):
            axes.plot(group.index, group.ratio, linestyle="none", marker=MARKERS[turn % 7], markersize=3,
                      color=COLOURS[turn % 7], label=table)
        axes.set_yscale("log")
        axes.set_ylim(0.08, 12)
        axes.set_yticks([0.1, 0.25, 0.5, 1, 2, 4, 10], ["0.1", "¼", "½", "1", "2", "4", "10"])
        axes.minorticks_off()
        axes.set_xticks([])
        axes.set_title(f"{name}: {len(part)} rows", fontsize=7.5, loc="left", pad=4)
        axes.legend(fontsize=6, ncol=3, loc="lower right", handletextpad=0.2, columnspacing=0.8)
    for axes in grid[:, 0]:
        axes.set_ylabel("predicted / observed")
    return figure
