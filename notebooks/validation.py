#!/usr/bin/env python3
"""Writes the page of a validation: predicted against observed, one HTML file that needs no network.

    python3 notebooks/validation.py VALIDATION_JSON PAGE

`strata validate --html PAGE` calls it with what `strata validate --json` prints. A point on the diagonal is right; bars are the
stated 90 % intervals; the dotted lines are 25 % off.
"""

import json
import pathlib
import sys

import jinja2
import pandas as pd
import plotly.graph_objects as go
import plotly.offline

import figures
from report import html

TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Strata: predicted against observed</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; color: #222; margin: 0 auto; max-width: 68rem; padding: 0 1rem 4rem; }
  .scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 0.875rem; }
  th, td { padding: 0.2rem 0.6rem 0.2rem 0; text-align: right; border-bottom: 1px solid #ddd; } .dataframe th:first-child { text-align: left; }
</style>
<script>{{ plotly | safe }}</script>
</head>
<body>
<main>
<h1>Predicted against observed</h1>
<p>Development error: every published row was known while the models were written. {{ v.validation_rows }} validation rows,
{{ v.predicted }} predicted, {{ v.dropped }} dropped because their own experiment enters the answer. Median error
{{ '%.0f' % (100 * v.all.median_error) }} %, macro-averaged over {{ v.macro.papers }} papers {{ '%.0f' % (100 * v.macro.error) }} %;
{{ '%.0f' % (100 * v.all.coverage) }} % of the observations lie inside the stated 90 % intervals.</p>
{% for chart in charts %}<h2>{{ chart.metric }}</h2>{{ chart.html | safe }}{% endfor %}
<h2>By table</h2><div class="scroll" tabindex="0">{{ tables | safe }}</div>
<h2>By metric</h2><div class="scroll" tabindex="0">{{ metrics | safe }}</div>
<h2>Not expressed</h2><ul>{% for n in v.not_expressed %}<li>{{ n.rows | length }}: {{ n.why }}</li>{% endfor %}</ul>
</main>
</body>
</html>
"""


def chart(rows):
    """One metric's rows, a colour a stack, between lines 25 % off the diagonal."""
    figure = go.Figure()
    ends = [min(rows.observed.min(), rows.value.min()) / 1.5, max(rows.observed.max(), rows.value.max()) * 1.5]
    for factor, dash in [(1, "solid"), (1.25, "dot"), (0.75, "dot")]:
        figure.add_scatter(x=ends, y=[end * factor for end in ends], mode="lines", line={"color": "#999", "width": 1, "dash": dash},
                           showlegend=False, hoverinfo="skip")
    for i, (stack, group) in enumerate(rows.groupby("stack")):
        figure.add_scatter(
            x=group.observed, y=group.value, mode="markers", name=stack, hoverinfo="text",
            marker={"color": figures.COLOURS[i % len(figures.COLOURS)],
                    "symbol": ["circle", "square", "triangle-up", "diamond", "x"][i // len(figures.COLOURS) % 5]},
            error_y={"type": "data", "array": group.high - group.value, "arrayminus": group.value - group.low, "thickness": 1},
            hovertext=[f"{row.row}: {row.stack} {row.workload} {row.statistic}<br>observed {figures.three(row.observed)} {row.unit}, "
                       f"predicted {figures.three(row.value)} [{figures.three(row.low)} to {figures.three(row.high)}]"
                       for row in group.itertuples()])
    figure.update_xaxes(title=f"observed ({rows.unit.iloc[0]})", type="log")
    figure.update_yaxes(title="predicted", type="log")
    return html(figure, 480)


def scores(groups):
    frame = pd.DataFrame.from_dict(groups, orient="index").drop(columns=["rankings"])
    for baseline in ["nearest", "plain"]:
        frame[baseline] = [each["median_error"] for each in frame[baseline]]
    return frame.to_html(float_format=lambda number: f"{number:.2f}", na_rep="-", border=0)


def page(validation):
    rows = pd.DataFrame(validation["rows"])
    charts = [{"metric": metric, "html": chart(group)} for metric, group in rows.groupby("metric")]
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(TEMPLATE).render(
        v=validation, charts=charts, tables=scores(validation["tables"]), metrics=scores(validation["metrics"]),
        plotly=plotly.offline.get_plotlyjs())


if __name__ == "__main__":
    source, target = map(pathlib.Path, sys.argv[1:3])
    target.write_text(page(json.loads(source.read_text())))
    print(f"{target} written; it needs no network")
