#!/usr/bin/env python3
"""Do the tutorials of stacks/README.md work as they are written? Its files are written, its commands run.

A stack as one file is then in the table, the figures and the report of first-run. The C++ file is put into the stacks/ of a tree
of links to this one, where CMake must find it; to save the time of building everything, what it makes of stacks/ is linked with
the other parts of the program under test.
"""

import csv
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
STRATA = pathlib.Path(os.environ.get("STRATA", "build/strata")).resolve()
BUILD = STRATA.parent
README = (ROOT / "stacks" / "README.md").read_text()
CACHED = ["CMAKE_CXX_COMPILER", "CMAKE_CXX_FLAGS", "CMAKE_GENERATOR"]
sys.path.insert(0, str(ROOT / "notebooks"))
import figures  # noqa: E402


def section(title):
    """The file a section tells to write, what goes into it, and the commands after it."""
    text = README.split(f"## {title}\n")[1].split("\n## ")[0]
    path = re.search(r"Write `([^`]+)`:", text)[1]
    content = re.search(r"```(?:toml|cpp)\n(.*?)```", text, re.S)[1]
    commands = re.search(r"```sh\n(.*?)```", text, re.S)[1].splitlines()
    return path, content, commands


def run(words, folder):
    return subprocess.run(words, cwd=folder, capture_output=True, text=True)


def drawn(folder):
    """Every text in the figures of a run, by figure."""
    rows = figures.read(folder)
    made = {name: draw(rows) for name, draw in figures.FIGURES.items() if name != "measured"}
    return {name: " ".join(text.get_text() for text in figure.findobj(match=lambda a: hasattr(a, "get_text")))
            for name, figure in made.items() if figure is not None}


class Tutorial(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def is_played(self, stack, out, table):
        """In the table with numbers, in each figure, in the report with its layers."""
        self.assertRegex(table, rf"(?m)^{stack} .*\d")
        with open(out / "results.csv", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["stack"] == stack and row["outcome"] == "ok"]
        self.assertLess(0, len([row for row in rows if row["metric"] == "boot.total"]))
        figure = drawn(out)
        self.assertEqual({"boot", "memory", "request", "syscall"}, set(figure))
        for name, text in figure.items():
            self.assertIn(stack, text, name)
            self.assertTrue((out / f"{name}.png").exists())
        page = (out / "report.html").read_text()
        self.assertRegex(page, f'id="{stack}"><summary>')

    def test_a_stack_as_data_is_played_from_any_folder(self):
        path, content, commands = section("Add yours as one file")
        self.assertLessEqual(len(content.splitlines()), 12)
        file = self.folder / path
        file.parent.mkdir()
        file.write_text(content)
        said = []
        for command in commands:
            words = shlex.split(command)
            self.assertEqual("strata", words[0])
            ran = run([STRATA, *words[1:]], self.folder)
            self.assertEqual(0, ran.returncode, ran.stderr)
            said.append(ran.stdout)
        self.is_played("tiny_linux", self.folder / "out", said[1])

    def tree(self):
        """A tree of links to this one, whose stacks/ and workloads/ can be written to."""
        tree = self.folder / "strata"
        tree.mkdir()
        for part in ["CMakeLists.txt", "models", "real-harness", "tests", "results", "notebooks"]:
            (tree / part).symlink_to(ROOT / part)
        for part in ["stacks", "workloads"]:
            shutil.copytree(ROOT / part, tree / part)
        (tree / "build").mkdir()
        if (BUILD / "lwip").exists():
            (tree / "build" / "lwip").symlink_to(BUILD / "lwip")  # else it would be fetched again
        return tree

    def configure(self, tree):
        kept = dict(re.findall(r"(?m)^(\w+):\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text()))
        words = [f"-D{name}={kept[name]}" for name in CACHED if name in kept and name != "CMAKE_GENERATOR"]
        # Compiled in a hurry, and the other libraries are not built for that of the plug-ins.
        words += ["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_OPTIMIZE_DEPENDENCIES=ON"]
        return run(["cmake", "-S", tree, "-B", tree / "build", "-G", kept["CMAKE_GENERATOR"], *words], tree)

    def link(self, tree):
        """Links the program of BUILD again, with the plug-ins of the tree."""
        if (BUILD / "build.ninja").exists():
            command = run(["ninja", "-t", "commands", "-s", "strata"], BUILD).stdout
        else:
            command = (BUILD / "CMakeFiles/strata.dir/link.txt").read_text()
        made = tree / "build" / "strata"
        command = command.replace("libstrata_plugins.a", str(tree / "build" / "libstrata_plugins.a"))
        command, found = re.subn(r" -o strata ", f" -o {made} ", command)
        self.assertEqual(1, found, command)
        return subprocess.run(command, shell=True, cwd=BUILD, capture_output=True, text=True)

    def test_a_stack_in_cpp_is_found_where_it_is_put(self):
        path, content, commands = section("Add yours in C++")
        self.assertLessEqual(len(content.splitlines()), 40)
        tree = self.tree()
        (tree / path).write_text(content)
        self.assertEqual(0, run([STRATA, "new", "policy", "my_own"], tree / "workloads").returncode)
        for done in [self.configure(tree), run(["cmake", "--build", tree / "build", "--target", "strata_plugins"], tree),
                     self.link(tree)]:
            self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertEqual("cmake --build build --target strata", commands[0])
        said = []
        for command in commands[1:]:
            words = shlex.split(command)
            ran = run([tree / "build" / "strata", *words[1:]], tree)
            self.assertEqual(0, ran.returncode, ran.stderr)
            said.append(ran.stdout)
        self.is_played("unpacked_linux", tree / "out", said[0])
        hashes = {}
        for policy in ["first-fit", "my-own"]:  # what strata new policy writes is first fit
            ran = run([tree / "build" / "strata", "fleet", "churn", "--hosts", "100", "--policy", policy, "--json"], tree)
            self.assertEqual(0, ran.returncode, ran.stderr)
            hashes[policy] = json.loads(ran.stdout)["placement_hash"]
        self.assertEqual(hashes["first-fit"], hashes["my-own"])

    def test_a_cpp_file_whose_name_is_no_identifier_is_refused(self):
        tree = self.tree()
        (tree / "stacks" / "9-lives.cpp").write_text("")
        done = self.configure(tree)
        self.assertNotEqual(0, done.returncode)
        said = " ".join(done.stderr.split())
        self.assertIn("stacks/9-lives.cpp: the file's name becomes that of the function stack_<name>, so it may hold letters, "
                      "digits and _ only, and not begin with a digit.", said)


class New(unittest.TestCase):
    def test_what_new_writes_works_as_it_stands(self):
        with tempfile.TemporaryDirectory() as folder:
            for kind in ["stack", "workload"]:
                self.assertEqual(0, run([STRATA, "new", kind, f"my_{kind}"], folder).returncode)
                checked = run([STRATA, "check", f"my_{kind}.toml"], folder)
                self.assertEqual((0, f"my_{kind}.toml: a {kind} without mistakes\n"), (checked.returncode, checked.stdout))
            ran = run([STRATA, "run", "first-run", "--stack", "my_stack.toml", "--set", "workload=my_workload.toml", "--trials",
                       "0", "--no-figures", "--json", "--out", "out"], folder)
            self.assertEqual(0, ran.returncode, ran.stderr)
            answers = {a["metric"]: a["value"] for a in json.loads(ran.stdout)["answers"]}
            self.assertLess(20_000, answers["request.cpu"])  # its 20 us of compute, and what is beneath

    def test_a_stack_that_new_writes_in_cpp_compiles(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(0, run([STRATA, "new", "stack", "mine", "--cpp"], folder).returncode)
            compiled = run(["c++", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{ROOT}", "mine.cpp"], folder)
            self.assertEqual("", compiled.stderr)


if __name__ == "__main__":
    unittest.main()
