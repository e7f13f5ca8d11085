"""One line a place: bars laid end to end, or dots on a logarithmic axis."""

from matplotlib.ticker import FuncFormatter

from .ink import canvas, example, log_axis, name_places, spelled, three, whiskers
from .rows import at_least_load, of, summary, with_places
from .style import COLOURS, GREY, HATCHES, INK, POINTS, SECTIONS


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
