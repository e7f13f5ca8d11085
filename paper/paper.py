#!/usr/bin/env python3
"""Makes the paper: rows, figures, numbers, PDF.

    strata paper                  # runs the scenarios again, then all of it
    strata paper --quick          # from the rows in results/, running nothing
    strata paper boot-storm       # one figure, and its rows

`strata paper` calls this file with the command in $STRATA. What it writes is in paper/generated/, and the rows in
results/<scenario>/.
"""

import argparse
import gzip
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tomllib

HOME = pathlib.Path(__file__).resolve().parent.parent
PAPER = HOME / "paper"
GENERATED = PAPER / "generated"

sys.path[:0] = [str(HOME / "notebooks"), str(PAPER)]

import figures  # noqa: E402
import numbers_of_paper  # noqa: E402


class CannotMake(Exception):
    """Why a part of the paper cannot be made."""


def run(words, **how):
    made = subprocess.run(words, capture_output=True, text=True, **how)
    if made.returncode != 0:
        raise CannotMake(f"{shlex.join(map(str, words))} ended with {made.returncode}:\n{made.stderr or made.stdout}")
    return made.stdout


def strata(*words):
    return run([os.environ.get("STRATA", str(HOME / "build" / "strata")), *words], cwd=HOME)


def make_rows(chosen):
    """Runs each command that the chosen figures need, once; what it prints goes to the file that `prints` names."""
    made = set()
    for figure in chosen.values():
        folder = HOME / figure["rows"]
        line = figure.get("make", "").format(out=shlex.quote(str(folder)))
        if not line or line in made:
            continue
        if figure.get("needs") and not os.environ.get(figure["needs"]):
            print(f"strata {line}: left out, {figure['needs']} is not set; drawn from the rows in {figure['rows']}", flush=True)
            continue
        made.add(line)
        print(f"strata {line}", flush=True)
        printed = strata(*shlex.split(line))
        if "prints" in figure:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / figure["prints"]).write_text(printed)
        else:
            pack(folder, figure.get("keep"))


def pack(folder, keep=None):
    """Leaves of a run what is committed: its rows (those in which `keep` finds something, a regular expression), packed
    to the same bytes each time, and its manifest."""
    rows = folder / "results.csv"
    header, *lines = rows.read_text().splitlines(keepends=True)
    lines = [line for line in lines if keep is None or re.search(keep, line)]
    rows.with_suffix(".csv.gz").write_bytes(gzip.compress("".join([header, *lines]).encode(), mtime=0))
    rows.unlink()
    (folder / "boot-timeline.json").unlink(missing_ok=True)


def escaped(text):
    return "".join({"_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#"}.get(c, c) for c in text)


def walk_table(stack, operation):
    """The walk of one operation through a stack, a row a step."""
    told = json.loads(strata("explain", stack, operation, "--json"))
    lines = []
    for step in told["steps"]:
        name = "$\\rightarrow$ " + step["what"] if step["crossing"] else f"{step['layer']}.{step['what']}"
        latency = "async" if step["async"] else f"{step['latency_ns']:.1f}"
        lines.append(f"{escaped(name).replace(chr(92) + '$', '$')} & {latency} & {step['cpu_ns']:.1f} & "
                     f"{step['account'] or '--'} & {step['evidence']} \\\\")
    return "\n".join(lines) + "\n"


def validation_table(told):
    """A row a published table, and one for all."""
    def share(value):
        return "--" if value is None else rf"{100 * value:.0f}\,\%"

    def line(name, score):
        tau = "--" if score["tau"] is None else f"{score['tau']:.2f}"
        return " & ".join([name, str(score["n"]), share(score["median_error"]), share(score["coverage"]), tau,
                           share(score["nearest"]["median_error"]), share(score["plain"]["median_error"])]) + r" \\"

    return "\n".join([*(line(name, score) for name, score in told["tables"].items()), r"\midrule",
                      line("all", told["all"])]) + "\n"


def artifact_table(all_figures):
    """The appendix's table: figure, time, tolerance."""
    return "".join(rf"\code{{{name}}} & {escaped(figure['takes'] + '; ' + figure['tolerance'])} \\" + "\n"
                   for name, figure in all_figures.items())


def short(number):
    """A number's id without its folders: stacks/layers/xen.toml:parameters.packet_send is xen packet_send."""
    file, _, what = number.split(" (")[0].rpartition(":")
    return f"{pathlib.PurePath(file).stem} {what.rpartition('.')[2]}"


def claims_table(told):
    """A row a claim: what was said, by whom, what was expected, the verdict and what it depends on."""
    lines = []
    for claim in told:
        verdict = claim["verdict"]
        if claim["depends_on"]:
            verdict += f" on {claim['depends_on']}"
        hangs = list(dict.fromkeys(short(need) for part in claim["parts"] for need in part["hangs_on"]))
        if claim["verdict"] == "undetermined" and hangs:
            verdict += ": " + ", ".join(hangs[:2])
        cells = [claim["id"], claim["claim"], claim["by"].split(",")[0], claim["expected"], verdict]
        lines.append(" & ".join(escaped(cell).replace(r"\_", r"\_\allowbreak{}") for cell in cells) + r" \\")
    return "\n".join(lines) + "\n"


def bills_table(told):
    """A row a tariff: the bill, and the share used of what was sold, for a container and a Linux guest."""
    bills = {(bill["tariff"], bill["stack"]): bill for bill in told["bills"]}

    def cells(tariff, stack):
        bill = bills[tariff, stack]
        return rf"{bill['usd']:.2f} & {100 * bill['used_gib_hours'] / bill['sold_gib_hours']:.0f}\,\%"

    return "".join(rf"\code{{{escaped(tariff)}}} & {cells(tariff, 'docker_bare')} & {cells(tariff, 'firecracker_linux')} \\" + "\n"
                   for tariff in dict.fromkeys(bill["tariff"] for bill in told["bills"]))


TABLES = {"claims": claims_table, "scores": validation_table, "bills": bills_table}


def draw(name, figure):
    """Writes a figure, or the rows of a table, and returns what it wrote."""
    folder = HOME / figure["rows"]
    if figure["draw"] in TABLES:
        written = GENERATED / f"{name}.tex"
        written.write_text(TABLES[figure["draw"]](json.loads((folder / figure["prints"]).read_text())))
        return written
    if figure["draw"] in figures.ANSWERS:
        drawn = figures.ANSWERS[figure["draw"]](json.loads((folder / figure["prints"]).read_text()))
    elif figure["draw"] == "measured":
        rows, cells = figures.read_measured(folder)
        drawn = figures.measured(rows[rows.metric.isin(figure["metrics"])], cells)
    else:
        drawn = figures.FIGURES[figure["draw"]](figures.read(folder))
    if drawn is None:
        raise CannotMake(f"{figure['rows']}: its rows hold nothing that the figure {figure['draw']} shows")
    return figures.save(drawn, GENERATED / "figures" / name)[-1]


def make_pdf():
    if not shutil.which("latexmk"):
        raise CannotMake("the PDF needs latexmk (Debian: latexmk texlive-latex-recommended texlive-fonts-recommended "
                         "lmodern; `make deps-paper` installs them)")
    run(["latexmk", "-pdf", "-interaction=nonstopmode", "-halt-on-error", f"-outdir={GENERATED}", "strata.tex"],
        cwd=PAPER, env={**os.environ, "SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1"})


def main(arguments):
    parser = argparse.ArgumentParser(prog="strata paper", description="regenerates the paper, or one figure of it")
    parser.add_argument("figure", nargs="?", help="this figure alone")
    parser.add_argument("--quick", action="store_true", help="draw from the rows in results/, run nothing")
    parser.add_argument("--no-pdf", action="store_true", help="figures and numbers only")
    options = parser.parse_args(arguments)
    known = tomllib.loads((PAPER / "figures.toml").read_text())
    if options.figure and options.figure not in known:
        print(f"strata paper: '{options.figure}' is no figure of the paper; known: {', '.join(known)}", file=sys.stderr)
        return 2
    chosen = {options.figure: known[options.figure]} if options.figure else known
    try:
        (GENERATED / "figures").mkdir(parents=True, exist_ok=True)
        if not options.quick:
            make_rows(chosen)
        for name, figure in chosen.items():
            print(draw(name, figure).relative_to(HOME))
        if options.figure:
            return 0
        numbers_of_paper.write(PAPER / "claims.toml", GENERATED / "numbers.tex")
        (GENERATED / "artifact.tex").write_text(artifact_table(known))
        (GENERATED / "walk.tex").write_text(walk_table("docker_in_vm", "packet_send"))
        if not options.no_pdf:
            make_pdf()
            print(GENERATED.relative_to(HOME) / "strata.pdf")
    except (CannotMake, figures.BadResults, numbers_of_paper.BadClaim) as why:
        print(f"strata paper: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
