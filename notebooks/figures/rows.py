"""Reads rows, checks them, and sums up what a figure shows of them."""

import json
import pathlib

import pandas as pd

ALIKE = ["accel", "clock"]  # numbers that differ in one of these are not comparable
SETTING = ["workload", "machine", "era", *ALIKE]
LOAD = ["parallel", "burst", "instances"]
COLUMNS = ["scenario", "stack", *SETTING, *LOAD, "trial", "seed", "metric", "statistic", "value", "unit", "origin",
           "source", "outcome"]
ORIGINS = ["simulated", "measured", "published"]

# What a unit measures, and its size in seconds, bytes or ones.
UNITS = {"ns": ("time", 1e-9), "us": ("time", 1e-6), "ms": ("time", 1e-3), "s": ("time", 1.0),
         "B": ("memory", 1.0), "kB": ("memory", 1e3), "MB": ("memory", 1e6), "GB": ("memory", 1e9),
         "KiB": ("memory", 2.0**10), "MiB": ("memory", 2.0**20), "GiB": ("memory", 2.0**30),
         "1": ("count", 1.0), "": ("count", 1.0)}

# The statistics that state the middle of a distribution, the best first, and those that state another part of it.
MIDDLE = ["median", "p50", "mean", "value", ""]
TAIL = r"p(?!50$)\d+(?:\.\d+)?|min|max|sd|low|high"


class BadResults(Exception):
    """The results cannot be read; the message says where and why."""


def read_rows(path, spoken):
    """The rows of a CSV file, or of a data frame of strata.run, that hold a number, checked: those whose outcome is one of
    `spoken`."""
    try:
        if isinstance(path, pd.DataFrame):
            path, rows = "rows", path.astype(str)
        else:
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
    numbers = rows[rows.outcome.isin(spoken)].copy()  # any other outcome is a run that gave no number
    for column, if_blank in [("value", None), ("trial", 0), *((load, 1) for load in LOAD)]:
        parsed = pd.to_numeric(numbers[column], errors="coerce")
        if if_blank is not None:
            parsed[numbers[column] == ""] = if_blank
        refuse(parsed.isna(), column, "a number")
        numbers[column] = parsed.clip(lower=1) if column in LOAD else parsed  # a load of nothing said is one
    return numbers.reset_index(drop=True)


def read(folder):
    """The rows of a results folder, or of strata.run, that hold a number, checked, their values in seconds, bytes or ones."""
    path = folder if isinstance(folder, pd.DataFrame) else pathlib.Path(folder) / "results.csv"
    if isinstance(path, pathlib.Path) and not path.exists() and path.with_suffix(".csv.gz").exists():
        path = path.with_suffix(".csv.gz")  # committed rows are packed
    numbers = read_rows(path, ["ok", ""])
    numbers["value"] *= numbers.unit.map(lambda unit: UNITS.get(unit, (unit, 1.0))[1])
    numbers["paper"] = numbers.source.str.replace("-[^-]*$", "", regex=True)  # the ids of its rows differ after a dash
    return numbers


def read_measured(folder):
    """The samples of a measured folder, warm-ups left out, in their own units, and what host.json says of each stack's
    metric, by metric and stack. Totals of different numbers of instances, and bursts, are metrics of their own, named as there."""
    rows = read_rows(pathlib.Path(folder) / "rows.csv", ["ok", "disturbed"])
    totals = rows.metric.str.startswith("memory.total")
    rows["metric"] = rows.metric.where(~totals, rows.metric + " of " + rows.instances.astype(int).astype(str))
    bursts = (rows.metric == "boot.total") & (rows.statistic != "value")
    named = rows.metric + ", " + rows.statistic + " of " + rows.burst.astype(int).astype(str) + " at once"
    rows["metric"] = rows.metric.where(~bursts, named)
    path = pathlib.Path(folder) / "host.json"
    try:
        cells = {(cell["metric"], cell["stack"]): cell for cell in json.loads(path.read_text())["cells"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadResults(f"{path}: {getattr(error, 'strerror', None) or 'is not what strata measure writes'}") from None
    return rows, cells


def of(rows, dimension, *metrics, tail=None):
    """The rows of these metrics, all of one dimension: for each metric the best statement of the middle that its origin
    or its paper makes, and the rows of the statistic `tail`. The column `ours` marks what bars and lines show: the
    simulated rows or, where there are none, the measured."""
    rows = rows[rows.metric.isin(metrics)]
    for metric, unit in rows[["metric", "unit"]].drop_duplicates().itertuples(index=False):
        if UNITS.get(unit, (unit,))[0] != dimension:
            raise BadResults(f"{metric} is in '{unit}', which is no unit of {dimension}")
    tails, rows = rows[rows.statistic == tail], rows[~rows.statistic.str.fullmatch(TAIL)]
    rank = rows.statistic.map({name: rank for rank, name in enumerate(MIDDLE)}).fillna(len(MIDDLE))
    cell = rows.paper.str.cat([rows["stack"]] + [rows[load].astype(str) for load in LOAD], " ")
    said_by = [rows.origin, rows.metric, cell.where(rows.origin == "published", "")]
    rows = pd.concat([rows[rank == rank.groupby(said_by).transform("min")], tails])
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


def at_least_load(rows, but=None):
    """The rows at the smallest load that was run, except on the load axis `but`: a figure has one such axis at most."""
    for column in LOAD:
        least = rows[column] == rows[column][rows.ours].min()
        if column != but:
            rows = rows[least if but is None else least | ~rows.ours]
    return rows


def wide(values):
    """Whether values deserve a logarithmic axis."""
    return values.max() >= 20 * values.min() > 0


def told_apart(rows):
    """The settings that a place must name: those in which one stack's rows differ, and what is not comparable."""
    ours = rows[rows.ours]
    return [column for column in SETTING
            if (column in ALIKE and rows[column].replace("", pd.NA).nunique() > 1
                or (ours.groupby("stack")[column].nunique() > 1).any())]


def with_places(rows):
    """Adds `place`, where in the figure a row stands: its stack, and the settings that tell it apart.

    A paper's machine or workload is never quite ours, so a marker stands with the bar or line of its stack, unless it
    has another acceleration or clock: then it stands alone."""
    place = ["\n".join(filter(None, [stack, ", ".join(filter(None, more))]))
             for stack, *more in rows[["stack", *told_apart(rows)]].itertuples(index=False)]
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
