#!/usr/bin/env python3
"""Do the figures come from the rows alone? The same rows give the same bytes, and rows that are wrong give a message."""

import contextlib
import csv
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).parents[1] / "notebooks" / "figures"
sys.path.insert(0, str(SCRIPT.parent))
import figures as drawing  # noqa: E402
ROW = {"scenario": "s", "stack": "firecracker_linux", "workload": "hello", "machine": "m5d_metal", "era": "2026",
       "accel": "kvm-vmx", "clock": "wall", "parallel": 1, "burst": 0, "instances": 0, "trial": 0, "seed": 1,
       "metric": "boot.total", "statistic": "median", "value": 100, "unit": "ms", "origin": "simulated", "source": "",
       "outcome": "ok"}


def rows(*changes):
    return [{**ROW, **change} for change in changes]


def figures(rows, columns=tuple(ROW), **environment):
    """What the command does with these rows: its exit status, what it says, and the files it wrote by name.

    In a process of its own if an environment is given."""
    with tempfile.TemporaryDirectory() as folder:
        with open(pathlib.Path(folder) / "results.csv", "w", newline="") as file:
            table = csv.DictWriter(file, columns, extrasaction="ignore")
            table.writeheader()
            table.writerows(rows)
        if environment:
            ran = subprocess.run([sys.executable, "-B", SCRIPT, folder], capture_output=True, text=True,
                                 env={**os.environ, **environment})
            status, out, says = ran.returncode, ran.stdout, ran.stderr
        else:
            with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as says:
                status = drawing.main([folder])
            out, says = out.getvalue(), says.getvalue()
        written = {pathlib.Path(line).name: pathlib.Path(line).read_bytes() for line in out.splitlines()}
        return status, says, written


def measured(rows, host):
    """The same for a folder that strata measure wrote."""
    with tempfile.TemporaryDirectory() as folder:
        with open(pathlib.Path(folder) / "rows.csv", "w", newline="") as file:
            table = csv.DictWriter(file, ROW)
            table.writeheader()
            table.writerows(rows)
        pathlib.Path(folder, "host.json").write_text(json.dumps(host))
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as says:
            status = drawing.main([folder])
        written = {pathlib.Path(line).name: pathlib.Path(line).read_bytes() for line in out.getvalue().splitlines()}
        return status, says.getvalue(), written


class Figures(unittest.TestCase):
    def test_rows_decide_which_figures_are_drawn(self):
        alone = rows({}, {"metric": "boot.vmm", "value": 20}, {"metric": "syscall.latency", "unit": "ns"},
                     {"metric": "request.cpu.guest", "unit": "us"}, {"metric": "memory.private", "unit": "MiB"})
        self.assertEqual(sorted(figures(alone)[2]),
                         [name + end for name in ("boot", "memory", "request", "syscall") for end in (".pdf", ".png")])
        storm = rows({}, {"parallel": 10}, {"parallel": 10, "statistic": "p99"}, {"parallel": 5, "origin": "published"})
        self.assertEqual(sorted(figures(storm)[2]), ["boot-storm.pdf", "boot-storm.png"])
        density = rows(*({"instances": n, "metric": "memory.host", "unit": "MiB", "value": n} for n in (10, 20)))
        self.assertEqual(sorted(figures(density)[2]), ["density.pdf", "density.png"])

    def test_the_same_rows_give_the_same_bytes(self):
        drawn = rows(*({"trial": trial, "value": 100 + trial} for trial in range(20)),
                     {"origin": "published", "value": 120, "machine": "elsewhere"})
        self.assertEqual(figures(drawn, TZ="UTC"), figures(drawn, TZ="Asia/Tokyo", PYTHONHASHSEED="7"))

    def test_another_acceleration_changes_the_figure_even_at_the_same_value(self):
        one, other = (figures(rows({}, {"origin": "published", "accel": accel}))[2]["boot.png"]
                      for accel in ("kvm-vmx", "kvm-pvm"))
        self.assertNotEqual(one, other)

    def test_a_run_that_gave_no_number_is_left_out(self):
        failed = {"stack": "osv", "value": "", "outcome": "timeout"}
        self.assertEqual(figures(rows({}, failed)), figures(rows({})))

    def test_wrong_input_is_named_with_its_line(self):
        for bad, words in [({"value": "ten"}, "results.csv:3: value is 'ten', not a number"),
                           ({"origin": "guessed"}, "results.csv:3: origin is 'guessed'"),
                           ({"unit": "MiB"}, "boot.total is in 'MiB', which is no unit of time")]:
            status, says, written = figures(rows({}, bad))
            self.assertEqual((status, written), (2, {}))
            self.assertIn(words, says)
        self.assertIn("no column unit, outcome", figures(rows({}), list(ROW)[:15] + ["origin", "source"])[1])
        self.assertEqual(figures([])[0], 2)

    def test_a_measured_folder_is_one_figure_of_its_samples(self):
        samples = rows(*({"origin": "measured", "statistic": "value", "stack": stack, "accel": accel, "trial": trial,
                          "value": 10 + trial, "outcome": outcome}
                         for stack, accel in [("runc", "native"), ("qemu", "tcg")]
                         for trial, outcome in enumerate(["ok", "disturbed", "ok", "timeout"])))
        cell = {"metric": "boot.total", "stopped": "cap", "median": 11, "low": 10, "high": 12}
        host = {"machine": "here", "cells": [{**cell, "stack": stack} for stack in ("runc", "qemu")]}
        drawn = measured(samples, host)
        self.assertEqual((drawn[0], sorted(drawn[2])), (0, ["measured.pdf", "measured.png"]), drawn[1])
        self.assertEqual(drawn, measured(samples, host))
        host["cells"][0]["disturbed"] = True
        self.assertNotEqual(drawn[2]["measured.png"], measured(samples, host)[2]["measured.png"])
        alike = [{**sample, "accel": "native"} for sample in samples]
        self.assertNotEqual(measured(samples, host)[2]["measured.png"], measured(alike, host)[2]["measured.png"])
        self.assertIn("host.json: is not what strata measure writes", measured(samples, {})[1])

    def test_what_a_command_answers_is_drawn_the_same_each_time(self):
        results = SCRIPT.parents[1] / "results"
        for name in ("flavours", "image-storm", "patch-spread"):
            told = json.loads((results / name / f"{name}.json").read_text())
            with tempfile.TemporaryDirectory() as folder:
                once, twice = ([path.read_bytes() for path in drawing.save(drawing.ANSWERS[name](told), pathlib.Path(folder) / turn)]
                               for turn in ("one", "two"))
                self.assertEqual(once, twice)

    def test_sold_memory_has_no_other_part_than_those_drawn(self):
        told = json.loads((SCRIPT.parents[1] / "results" / "flavours" / "flavours.json").read_text())
        for bill in told["bills"]:
            self.assertAlmostEqual(1, sum(bill[part] for part in drawing.PARTS) / bill["sold_gib_hours"], 9, bill)

    def test_a_missing_file_is_named(self):
        ran = subprocess.run([sys.executable, "-B", SCRIPT, "nowhere"], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 2)
        self.assertIn("nowhere/results.csv: No such file", ran.stderr)


if __name__ == "__main__":
    unittest.main()
