#!/usr/bin/env python3
"""Does every notebook run from its first cell to its last, and draw? Do the examples of Python's module hold?

None has outputs in it: who opens one runs it.
"""

import doctest
import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
STRATA = pathlib.Path(os.environ.get("STRATA", "build/strata")).resolve()
BUILD = STRATA.parent
os.environ["STRATA"] = str(STRATA)  # notebooks run in a folder of their own
MODULE = BUILD / "python"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
os.environ["PYTHONPATH"] = os.pathsep.join([str(MODULE), str(ROOT / "notebooks"), os.environ.get("PYTHONPATH", "")])
sys.path.insert(0, str(MODULE))

if not list(MODULE.glob("strata/_core*.so")):
    print("Python's module is not in this build (sanitizers do not load into Python)")
    sys.exit(77)

import nbformat  # noqa: E402
from nbconvert.preprocessors import ExecutePreprocessor  # noqa: E402

import strata  # noqa: E402


class Notebooks(unittest.TestCase):
    def test_each_is_of_a_scenario(self):
        self.assertLess(9, len(NOTEBOOKS))
        for path in NOTEBOOKS:
            if path.stem not in strata.scenarios().index:  # then it is a question that a command of the fleet asks
                subprocess.run([STRATA, "fleet", path.stem, "--help"], check=True, capture_output=True)

    def test_each_runs_and_draws(self):
        for path in NOTEBOOKS:
            with self.subTest(path.name):
                notebook = nbformat.read(path, as_version=4)
                code = [cell for cell in notebook.cells if cell.cell_type == "code"]
                self.assertFalse(any(cell.outputs or cell.execution_count for cell in code), "has outputs in it")
                ExecutePreprocessor(timeout=120, kernel_name="python3").preprocess(
                    notebook, {"metadata": {"path": str(path.parent)}})
                drawn = [output for cell in code for output in cell.outputs if "image/png" in output.get("data", {})]
                self.assertLess(1, len(drawn))


class Examples(unittest.TestCase):
    def test_of_the_module_hold(self):
        failed, tried = doctest.testmod(strata, extraglobs={"strata": strata}, optionflags=doctest.ELLIPSIS)
        self.assertEqual(0, failed)
        self.assertLess(5, tried)


if __name__ == "__main__":
    unittest.main()
