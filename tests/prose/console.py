"""Runs the console blocks of the READMEs and holds their output against what is printed there.

A block marked ```console holds commands after "$ " and, below each, the output it must print. Without arguments this is a
test; with --write it puts the present output in place of the old. `strata` is the command under test ($STRATA), every
block runs in a folder of its own, and results go there too.
"""

import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FILES = ["README.md"]
BLOCK = re.compile(r"```console\n(.*?)```", re.S)
STRATA = os.environ.get("STRATA", "build/strata")


def run(command, folder):
    words = command.split()
    assert words[0] == "strata", f"only strata is run here, not {words[0]}"
    words[0] = str(pathlib.Path(STRATA).resolve())
    if words[1] == "run":
        words += ["--out", "results"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    # Where results went differs from place to place; the rest must not.
    lines = [line for line in done.stdout.splitlines() if not line.startswith("written to ")]
    if done.returncode != 0:
        lines.append(f"(exit status {done.returncode}) {done.stderr.strip()}")
    return [line.rstrip() for line in lines]


def replayed(block):
    out = []
    with tempfile.TemporaryDirectory() as folder:
        for line in block.splitlines():
            if line.startswith("$ "):
                out += [line, *run(line[2:], folder)]
    return "\n".join(out) + "\n"


def main():
    failed = False
    for name in FILES:
        path = pathlib.Path(name)
        old = path.read_text()
        new = BLOCK.sub(lambda m: "```console\n" + replayed(m.group(1)) + "```", old)
        assert BLOCK.search(old), f"{name} shows no command"
        if new == old:
            continue
        if "--write" in sys.argv:
            path.write_text(new)
            continue
        failed = True
        sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), new.splitlines(True), name, "what the commands print"))
    if failed:
        print("The README shows what the commands no longer print; tests/prose/console.py --write refreshes it.")
    sys.exit(failed)


main()
