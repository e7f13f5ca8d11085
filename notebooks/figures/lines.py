"""One line a place: a metric against a load."""

from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from .ink import canvas, example, log_axis, spelled, whiskers
from .rows import at_least_load, of, summary, wide, with_places
from .style import COLOURS, DASHES, FAR, GREY, INK, MARKERS


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
