#!/usr/bin/env python3
"""The numbers of the paper's prose: what claims.toml says each one is, and what its query finds now.

    python3 paper/numbers_of_paper.py            # each text against its query; status 1 when they part
    python3 paper/numbers_of_paper.py --write    # puts what each query finds into claims.toml; then read the paper again

A number has a `text`, which the paper prints, and one query:

    rows = "results/first-run"           # a folder with results.csv or rows.csv
    where = { stack = "unikraft", metric = "request.cpu" }   # columns; a list: any of them
    take = "stated"                      # how the rows become a number, one of TAKES
    over = { stack = "docker_in_vm" }    # optional: divided by the same query with these columns changed

    json = "results/validation/validation.json"              # a value in a file of JSON
    at = "all.median_error"                                  # or a list, for keys that have dots in them

    json = "results/flavours/flavours.json"                  # or of the one entry of a list that says so
    entry = { tariff = "hour_8", stack = "docker_bare" }
    of = "bills"                                             # where the list is; without it, the file is the list
    at = "usd"
    over = { tariff = "hour_613" }                           # as for rows
    share = "sold_gib_hours"                                 # optional: divided by this of the same entry
    by = "used_gib_hours"                                    # optional: divided by this of the file

    csv = "workloads/tariffs.csv"                            # the same of a table that is no record
    entry = { id = "hour_8" }
    at = "step_mib"

    json = "results/claims/claims.json"                      # or how many entries of a list say so
    count = { verdict = "supported" }

    toml = "workloads/scenarios/first-run.toml"              # a setting, where it is set
    at = "run.trials"

`times` multiplies what was found (units), `form` is the Python format that must give the text.
"""

import json
import pathlib
import re
import sys
import tomllib

import pandas as pd

HOME = pathlib.Path(__file__).resolve().parent.parent

TAKES = {
    # Simulated rows: trial 0 has every parameter at its stated value, the others draw them.
    "stated": lambda rows: _one(rows[rows.trial == 0].value),
    "low": lambda rows: rows[rows.trial > 0].value.quantile(0.05),
    "high": lambda rows: rows[rows.trial > 0].value.quantile(0.95),
    # Samples, and rows that differ in what `where` leaves open.
    "median": lambda rows: rows.value.median(),
    "least": lambda rows: rows.value.min(),
    "most": lambda rows: rows.value.max(),
    "count": lambda rows: len(rows),
    # How far the stated value lies from the published one beside it, as a share of the published.
    "error": lambda rows: _errors(rows).iloc[0] if len(_errors(rows)) == 1 else _fail("more than one pair"),
    "least error": lambda rows: _errors(rows).abs().min(),
    "most error": lambda rows: _errors(rows).abs().max(),
    "median error": lambda rows: _errors(rows).abs().median(),
    "pairs": lambda rows: len(_errors(rows)),
}


class BadClaim(Exception):
    """A number whose query cannot be answered; the message says which and why."""


def _fail(why):
    raise BadClaim(why)


def _one(values):
    if len(values) != 1:
        _fail(f"{len(values)} rows where one is meant")
    return values.iloc[0]


def _errors(rows):
    """Simulated over published less one, for each published row that has a stated twin."""
    cell = ["stack", "machine", "metric", "statistic", "parallel"]
    ours = rows[(rows.origin == "simulated") & (rows.trial == 0)].set_index(cell).value
    said = rows[rows.origin == "published"].set_index(cell).value
    both = said.index.intersection(ours.index)
    return ours[both] / said[both] - 1


def read_rows(folder):
    for name in ("results.csv", "results.csv.gz", "rows.csv"):
        path = HOME / folder / name
        if path.exists():
            rows = pd.read_csv(path, keep_default_na=False, dtype={"value": str})
            rows = rows[rows.outcome.isin(["ok", ""])].copy()
            rows["value"] = pd.to_numeric(rows["value"])
            return rows
    _fail(f"{folder} has no results.csv, results.csv.gz or rows.csv")


def _select(rows, where):
    for column, wanted in where.items():
        if column not in rows:
            _fail(f"no column {column}; the columns are {', '.join(rows.columns)}")
        rows = rows[rows[column].isin(wanted if isinstance(wanted, list) else [wanted])]
    return rows if len(rows) else _fail(f"no row has {where}")


def _at(tree, path, whole=False):
    for key in path.split(".") if isinstance(path, str) else path:
        try:
            tree = tree[int(key)] if isinstance(tree, list) else tree[key]
        except (KeyError, IndexError, ValueError, TypeError):
            _fail(f"nothing at '{path}' ('{key}')")
    return len(tree) if isinstance(tree, list) and not whole else tree


def _entry(tree, claim, wanted):
    entries = _at(tree, claim["of"], whole=True) if "of" in claim else tree
    found = [entry for entry in entries if all(entry[key] == value for key, value in wanted.items())]
    if len(found) != 1:
        _fail(f"{len(found)} entries have {wanted}, where one is meant")
    return _at(found[0], claim["at"]) / (_at(found[0], claim["share"]) if "share" in claim else 1)


class Numbers:
    """The numbers of one claims file. Folders of rows are read once."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.claims = tomllib.loads(self.path.read_text())
        self._rows = {}

    def found(self, name):
        claim = self.claims[name]
        try:
            value = self._value(claim)
            return claim["form"].format(value * claim.get("times", 1))
        except BadClaim as why:
            raise BadClaim(f"{self.path.name}: {name}: {why}") from None
        except (KeyError, ValueError, OSError) as why:
            raise BadClaim(f"{self.path.name}: {name}: {why!r}") from None

    def _value(self, claim):
        if "rows" in claim:
            folder = claim["rows"]
            if folder not in self._rows:
                self._rows[folder] = read_rows(folder)
            take = TAKES.get(claim["take"]) or _fail(f"take is one of {', '.join(TAKES)}")
            value = take(_select(self._rows[folder], claim["where"]))
            if "over" in claim:
                value /= take(_select(self._rows[folder], {**claim["where"], **claim["over"]}))
            return value
        if "json" in claim:
            tree = json.loads((HOME / claim["json"]).read_text())
            if "count" in claim:
                return sum(all(entry[key] == wanted for key, wanted in claim["count"].items()) for entry in tree)
            if "entry" in claim:
                value = _entry(tree, claim, claim["entry"])
                if "over" in claim:
                    value /= _entry(tree, claim, {**claim["entry"], **claim["over"]})
                return value / (_at(tree, claim["by"]) if "by" in claim else 1)
            return _at(tree, claim["at"])
        if "toml" in claim:
            return _at(tomllib.loads((HOME / claim["toml"]).read_text()), claim["at"])
        if "csv" in claim:
            return _entry(pd.read_csv(HOME / claim["csv"]).to_dict("records"), claim, claim["entry"])
        return _fail("has none of rows, json, toml, csv")


def check(numbers):
    """The names whose text is not what their query finds, with both."""
    return {name: (claim["text"], found) for name, claim in numbers.claims.items()
            if (found := numbers.found(name)) != claim["text"]}


def write(claims, out):
    """Checks every number and writes the LaTeX that prints them. Raises BadClaim when one has parted from its query."""
    numbers = Numbers(claims)
    parted = check(numbers)
    if parted:
        raise BadClaim("\n".join(f"{name}: the paper says {text}, its query finds {found}"
                                 for name, (text, found) in parted.items()))
    lines = ["% Written from claims.toml; each text was found equal to what its query yields."]
    for name, claim in numbers.claims.items():
        text = claim["text"].replace("%", r"\%").replace("µ", r"\textmu{}").replace(" ", "~")
        lines.append(rf"\expandafter\def\csname val:{name}\endcsname{{{text}}}")
    pathlib.Path(out).write_text("\n".join(lines) + "\n")


def rewrite(numbers):
    """Puts what each query finds in place of its text; the rest of the file stays as it is."""
    lines, name = [], None
    for line in numbers.path.read_text().splitlines():
        if table := re.fullmatch(r"\[([^\]]+)\]", line):
            name = table.group(1)
        lines.append(f"text = {json.dumps(numbers.found(name), ensure_ascii=False)}" if line.startswith("text = ") else line)
    numbers.path.write_text("\n".join(lines) + "\n")


def main(arguments):
    if arguments not in ([], ["--write"]):
        print("usage: numbers_of_paper.py [--write]", file=sys.stderr)
        return 2
    try:
        numbers = Numbers(HOME / "paper" / "claims.toml")
        if arguments:
            rewrite(numbers)
            numbers = Numbers(numbers.path)
        parted = check(numbers)
    except (BadClaim, OSError, tomllib.TOMLDecodeError) as why:
        print(why, file=sys.stderr)
        return 2
    for name, (text, found) in parted.items():
        print(f"claims.toml: {name}: the paper says {text}, its query finds {found}", file=sys.stderr)
    if not parted:
        print(f"{len(numbers.claims)} numbers, each as its query finds it")
    return 1 if parted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
