"""What several kinds of figure draw with: numbers in words, the frame, whiskers, axes, markers, names of places."""

import textwrap

import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

from .rows import LOAD, SETTING, told_apart
from .style import GREY, INK, WIDTH


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
