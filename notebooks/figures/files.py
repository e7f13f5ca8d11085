"""Writes figures, the same bytes from the same rows."""

import pathlib
import sys

import matplotlib
import matplotlib.pyplot as plt

from .known import FIGURES
from .rows import BadResults, read, read_measured
from .samples import measured


def save(figure, stem):
    """Writes a figure as STEM.png and STEM.pdf, without what would differ from one time to the next, and closes it."""
    paths = []
    for suffix, metadata in [(".png", {"Software": None}),
                             (".pdf", {"CreationDate": None, "Creator": None, "Producer": None})]:
        paths.append(stem.with_name(stem.name + suffix))
        figure.savefig(paths[-1], metadata=metadata)
    plt.close(figure)
    return paths


def draw(folder):
    """Writes every figure the folder's rows allow, and returns the paths."""
    folder, written = pathlib.Path(folder), []

    def write(name, figure):
        written.extend(save(figure, folder / name))

    if (folder / "rows.csv").exists():
        rows, cells = read_measured(folder)
        if not rows.empty:
            write("measured", measured(rows, cells))
        return written
    rows = read(folder)
    for name, figure_of in FIGURES.items():
        figure = figure_of(rows)
        if figure:
            write(name, figure)
    return written


def main(arguments):
    if len(arguments) != 1:
        print("usage: figures RESULTS_DIR", file=sys.stderr)
        return 2
    matplotlib.use("Agg")
    try:
        written = draw(arguments[0])
    except BadResults as error:
        print(f"figures: {error}", file=sys.stderr)
        return 2
    if not written:
        print("figures: these rows hold nothing that a figure is known for", file=sys.stderr)
    for path in written:
        print(path)
    return 0
