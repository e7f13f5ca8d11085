"""Draws the figures that the rows of a results folder allow.

    python3 notebooks/figures RESULTS_DIR

reads RESULTS_DIR/results.csv, writes NAME.png and NAME.pdf beside it and prints their paths. A folder that `strata
measure` wrote (rows.csv and host.json) becomes one figure, with every sample in it.
"""

import pathlib
import sys

sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])  # started as a folder, its own name is not known

import figures  # noqa: E402

sys.exit(figures.main(sys.argv[1:]))
