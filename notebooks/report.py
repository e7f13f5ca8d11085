#!/usr/bin/env python3
"""Writes the page of a run: one HTML file that needs no network.

    python3 notebooks/report.py RESULTS_DIR ABOUT_JSON PAGE

`strata report` calls it, with what the rows do not say (the stacks' layers, graphs, numbers and walks) in ABOUT_JSON. Values
are those of trial 0, at stated parameters; intervals run from the 5th to the 95th percentile of the other trials.
"""

import json
import pathlib
import subprocess
import sys

import jinja2
import pandas as pd
import plotly.graph_objects as go
import plotly.offline

import figures

AXES = ["workload", "machine", "era", "accel", "clock", *figures.LOAD]
LAYOUT = {"template": "plotly_white", "margin": {"l": 10, "r": 10, "t": 30, "b": 10}, "font": {"size": 13},
          "legend": {"orientation": "h", "y": -0.25}, "hoverlabel": {"align": "left"}}
MOST_STEPS = 16  # of a waterfall; the others become one bar


# --- Numbers ----------------------------------------------------------------------------------------------------------


def cells_of(rows):
    """One line a cell and metric: the best statement of its middle, with its interval and its p99, in the rows' units."""
    rank = rows.statistic.map({name: rank for rank, name in enumerate(figures.MIDDLE)})
    keys = ["stack", *AXES, "metric", "unit"]
    middle = rows[rank.notna() & (rank == rank.groupby([rows.metric, rows.origin]).transform("min"))]
    cells = figures.summary(middle, keys)
    cells.index = pd.MultiIndex.from_tuples(cells.index, names=keys)
    tails = rows[(rows.statistic == "p99") & (rows.trial == 0)].groupby(keys).value.first()
    return cells.assign(p99=tails.reindex(cells.index)).reset_index()


def varying(cells):
    """The axes along which cells differ, apart from the stack."""
    return [axis for axis in AXES if cells[axis].nunique() > 1]


# --- Charts -----------------------------------------------------------------------------------------------------------


def html(figure, height):
    figure.update_layout(height=height, **LAYOUT)
    return figure.to_html(full_html=False, include_plotlyjs=False, config={"responsive": True, "displayModeBar": False})


def colours(stacks):
    inks = [figures.GREY if ink == "#000000" else ink for ink in figures.COLOURS]  # a whisker over black would not be seen
    return {stack: inks[i % len(inks)] for i, stack in enumerate(dict.fromkeys(stacks))}


def whiskers(cells, width=1.5):
    return {"type": "data", "array": cells.high - cells.value, "arrayminus": cells.value - cells.low, "thickness": width,
            "color": figures.INK}


def said(row):
    interval = "" if pd.isna(row.low) else f"<br>5 % to 95 %: {figures.three(row.low)} to {figures.three(row.high)}"
    tail = "" if pd.isna(row.p99) else f"<br>p99: {figures.three(row.p99)}"
    return (f"{row['stack']} on {row.machine} ({row.era}, {row.accel}, {row.clock})<br>"
            f"{row.metric}: {figures.three(row.value)} {row.unit}{interval}{tail}")


def told_apart(cells):
    """The axes along which cells of one stack differ."""
    return [axis for axis in AXES if (cells.groupby("stack")[axis].nunique() > 1).any()]


def logarithmic(values):
    """A logarithmic axis, with 2 and 5 between the powers of ten where there is room."""
    return {"type": "log", "dtick": "D2" if values.max() < 100 * values.min() else 1}


def bars(cells, colour):
    """A bar a cell, or a point where they span decades; settings in which a stack's cells differ stand in its name."""
    places = [", ".join([row["stack"], *(str(row[axis]) for axis in told_apart(cells))]) for _, row in cells.iterrows()]
    ink = [colour[stack] for stack in cells["stack"]]
    shared = {"y": places, "x": cells.value, "error_x": whiskers(cells), "hoverinfo": "text",
              "hovertext": [said(row) for _, row in cells.iterrows()]}
    log = figures.wide(cells.value)  # where a bar would have no foot to stand on
    figure = go.Figure(go.Scatter(mode="markers", marker={"color": ink, "size": 11}, **shared) if log else
                       go.Bar(orientation="h", marker_color=ink, **shared))
    figure.update_xaxes(title=f"{cells.metric.iloc[0]} ({cells.unit.iloc[0]})", **(logarithmic(cells.value) if log else {}))
    figure.update_yaxes(autorange="reversed", automargin=True)
    return html(figure, 120 + 34 * len(cells))


def lines(cells, load, colour):
    """A line a stack along a load axis, its p99 dotted."""
    figure = go.Figure()
    others = [axis for axis in told_apart(cells) if axis != load]
    for i, (name, group) in enumerate(cells.groupby(["stack", *others], sort=False)):
        words = [str(word) for word in (name if isinstance(name, tuple) else (name,))]
        group = group.sort_values(load)
        ink = {"color": colour[words[0]]}
        hover = {"hovertext": [f"{load} {row[load]:g}: {said(row)}" for _, row in group.iterrows()], "hoverinfo": "text"}
        figure.add_scatter(x=group[load], y=group.value, error_y=whiskers(group, 1), name=" ".join(words), line=ink, **hover,
                           marker_symbol=["circle", "square", "triangle-up", "diamond", "x"][i % 5], mode="lines+markers")
        if group.p99.notna().any():
            figure.add_scatter(x=group[load], y=group.p99, name=" ".join(words) + " p99", line={**ink, "dash": "dot"},
                               mode="lines", showlegend=False, **hover)
    figure.update_xaxes(title=load, type="log" if figures.wide(cells[load]) else "linear")
    figure.update_yaxes(title=f"{cells.metric.iloc[0]} ({cells.unit.iloc[0]})",
                        type="log" if figures.wide(cells.value) else "linear")
    return html(figure, 460)


def charts(cells):
    """A chart for each metric that is an answer; parts and shares are in the table."""
    colour = colours(cells["stack"])
    for metric, group in cells.groupby("metric", sort=False):
        if metric.startswith("assumed.") or (group.value <= 0).all():
            continue
        load = next((axis for axis in figures.LOAD if group[axis].nunique() > 1), None)
        yield {"metric": metric, "html": lines(group, load, colour) if load else bars(group, colour)}


def waterfall(steps, unit):
    """Where a total goes: (name, amount) pairs in their order, the smallest ones as one."""
    large = sorted(steps, key=lambda step: -step[1])[:MOST_STEPS]
    rest = sum(amount for _, amount in steps) - sum(amount for _, amount in large)
    shown = [step for step in steps if step in large] + ([("the rest", rest)] if rest > 0 else [])
    names = [*(name for name, _ in shown), "total"]
    values = [*(amount for _, amount in shown), 0]
    total = sum(values)
    figure = go.Figure(go.Waterfall(
        y=names, x=values, orientation="h", measure=["relative"] * len(shown) + ["total"], hoverinfo="text",
        hovertext=[f"{name}: {figures.three(value or total)} {unit}" for name, value in zip(names, values)],
        increasing={"marker": {"color": figures.COLOURS[0]}}, totals={"marker": {"color": figures.INK}}))
    figure.update_xaxes(title=unit)
    figure.update_yaxes(autorange="reversed", automargin=True)
    return html(figure, 110 + 26 * len(names))


def request_waterfall(walk):
    """The time that one unit of the workload takes its caller, by layer and operation."""
    amounts = {}
    for step in walk["steps"]:
        name = f"-> {step['what']}" if step["crossing"] else f"{step['layer']}.{step['what']}"
        amounts[name] = amounts.get(name, 0) + step["latency_ns"]
    return waterfall([(name, amount) for name, amount in amounts.items() if amount > 0], "ns")


def boot_chart(events):
    """The phases of the first instance's start, one bar each where they lie in time."""
    figure = go.Figure(go.Bar(
        y=[event["name"] for event in events], x=[event["dur"] / 1e3 for event in events],
        base=[event["ts"] / 1e3 for event in events], orientation="h", marker_color=figures.COLOURS[2], hoverinfo="text",
        hovertext=[f"{event['name']}: {figures.three(event['dur'] / 1e3)} ms from {figures.three(event['ts'] / 1e3)} ms"
                   for event in events]))
    figure.update_xaxes(title="ms from the launcher's exec")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return html(figure, 110 + 26 * len({event["name"] for event in events}))


def first_starts(folder):
    """The events of the first instance of each stack's first cell in boot-timeline.json."""
    path = folder / "boot-timeline.json"
    if not path.exists():
        return {}
    events = json.loads(path.read_text())["traceEvents"]
    names = {event["pid"]: event["args"]["name"].split(" ")[0] for event in events if event["ph"] == "M"}
    firsts = {}
    for pid, stack in names.items():
        firsts.setdefault(stack, [event for event in events
                                  if event["ph"] == "X" and event["pid"] == pid and event["tid"] == 0])
    return firsts


def memory_waterfall(numbers):
    """The sizes a stack states, one instance alone: fixed, shared and private."""
    sizes = [(number["layer"] + ": " + number["what"].removeprefix("memory."), number["value"] / 2**20)
             for number in numbers if number["what"].startswith("memory.") and number["dimension"] == "size"]
    return waterfall(sizes, "MiB") if sizes else ""


def graph(dot):
    """The layers as SVG, or nothing where Graphviz is not installed."""
    try:
        svg = subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
    return svg[svg.index("<svg"):]


# --- Measured sets ----------------------------------------------------------------------------------------------------


def measured_cells(rows, said):
    """One line a stack and metric that host.json says a median of, with its 95 % confidence interval."""
    setting = rows.groupby(["metric", "stack"])[["machine", *figures.ALIKE]].first()
    lines = [{"stack": stack, "metric": metric, **setting.loc[(metric, stack)], "value": cell["median"], "low": cell["low"],
              "high": cell["high"], "p99": None, "unit": cell["unit"]}
             for (metric, stack), cell in said.items() if cell.get("median") is not None and (metric, stack) in setting.index]
    return pd.DataFrame(lines)


def samples_chart(rows, unit):
    """Every sample of a metric, a line a stack; how it ran is in its name, for what differs in it is not comparable."""
    figure = go.Figure()
    for i, ((stack, accel, clock), group) in enumerate(rows.groupby(["stack", *figures.ALIKE], sort=False)):
        figure.add_box(x=group.value, name=f"{stack}, {accel}" + (f", {clock}" if clock != "wall" else ""), boxpoints="all",
                       pointpos=0, jitter=0.6, showlegend=False, marker={"size": 3, "color": figures.COLOURS[i % len(figures.COLOURS)]},
                       hovertext=[f"{stack}: {figures.three(v)} {unit}" for v in group.value], hoverinfo="text")
    figure.update_xaxes(title=unit, type="log" if (rows.value > 0).all() and figures.wide(rows.value) else "linear")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return html(figure, 120 + 34 * rows["stack"].nunique())


# --- The page ---------------------------------------------------------------------------------------------------------


def rendered(**values):
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(pathlib.Path(__file__).parent), autoescape=True,
                                     trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters["three"] = lambda value: "" if pd.isna(value) else figures.three(value)
    return environment.get_template("report.html").render(plotly=plotly.offline.get_plotlyjs(), **values)


def measured_page(folder, about):
    rows, said = figures.read_measured(folder)
    host = json.loads((folder / "host.json").read_text())
    cells = measured_cells(rows, said)
    charts_of = [{"metric": metric, "html": samples_chart(group, group.unit.iloc[0])}
                 for metric, group in rows.groupby("metric", sort=False)]
    return rendered(about=about, cells=cells.to_dict("records"), axes=["accel", "clock"], charts=charts_of, origin="measured",
                    manifest={**{key: host[key] for key in host if key != "cells"}, "command": "strata measure"},
                    scenario=f"Measured on {host['machine']}", trials=0)


def page(folder, about):
    rows = figures.read_rows(folder / "results.csv", ["ok", ""])
    cells = cells_of(rows)
    manifest = json.loads((folder / "manifest.json").read_text()) if (folder / "manifest.json").exists() else {}
    starts = first_starts(folder)
    for stack in about["stacks"]:
        stack["svg"] = graph(stack["dot"])
        stack["request"] = request_waterfall(stack["walk"]) if "walk" in stack else ""
        stack["boot"] = boot_chart(starts[stack["id"]]) if starts.get(stack["id"]) else ""
        stack["memory"] = memory_waterfall(stack["numbers"])
    return rendered(about=about, cells=cells.to_dict("records"), axes=varying(cells), charts=list(charts(cells)), manifest=manifest,
                    scenario=rows.scenario.iloc[0], trials=int(rows.trial.max()), origin="simulated")


def main(arguments):
    if len(arguments) != 3:
        print("usage: report.py RESULTS_DIR ABOUT_JSON PAGE", file=sys.stderr)
        return 2
    folder, about, out = map(pathlib.Path, arguments)
    try:
        make = measured_page if (folder / "rows.csv").exists() else page
        text = make(folder, json.loads(about.read_text()))
    except figures.BadResults as error:
        print(f"report.py: {error}", file=sys.stderr)
        return 2
    beside = out.with_name(out.name + ".new")
    beside.write_text(text, encoding="utf-8")
    beside.rename(out)
    print(f"written: {out} (opens in any browser, offline)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
