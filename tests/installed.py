#!/usr/bin/env python3
"""Does an installed Strata run without its sources? It is installed to a prefix, and started where STRATA_HOME and the checkout
are out of reach: in namespaces of its own in which an empty folder lies over the checkout."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ.get("STRATA", "build/strata")).resolve().parent
STACK = 'title = "From a folder of my own"\nbased_on = "unikraft"\n'
HIDE = 'mount -t tmpfs none "$0" && test ! -e "$0/CMakeLists.txt" && exec "$@"'


def hidden(words, folder):
    """Runs a command where the checkout, and the build in it, are an empty folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STRATA")}
    return subprocess.run(["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", HIDE, ROOT, *words],
                          cwd=folder, env=environment, capture_output=True, text=True)


def must(done):
    if done.returncode != 0:
        sys.exit(f"{done.args}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


with tempfile.TemporaryDirectory() as folder:
    if ROOT in pathlib.Path(folder).resolve().parents or hidden(["true"], "/").returncode != 0:
        print("no mount namespace of one's own here, so the checkout cannot be hidden: " + hidden(["true"], "/").stderr)
        sys.exit(77)
    prefix = pathlib.Path(folder) / "prefix"
    must(subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix], capture_output=True, text=True))
    mine = pathlib.Path(folder) / "my"
    mine.mkdir()
    (mine / "mine.toml").write_text(STACK)
    strata = prefix / "bin" / "strata"
    said = must(hidden([strata, "run", "first-run", "--stacks", "my", "--stack", "unikraft", "--stack", "mine"], folder))
    table = said.split("\n\n")[1].splitlines()
    lines = {line.split()[0]: line.split()[1:] for line in table}
    assert len(lines["mine"]) > 4 and lines["mine"] == lines["unikraft"], said  # it is the same but for its name
    results = pathlib.Path(folder) / "strata-results" / "first-run"
    for name in ["results.csv", "manifest.json", "boot.png", "boot.pdf", "request.png"]:
        assert (results / name).stat().st_size > 0, name
    must(hidden([strata, "report", results, "--stacks", "my"], folder))
    assert "From a folder of my own" in (results / "report.html").read_text()
    commit = json.loads((results / "manifest.json").read_text())["commit"]
    if shutil.which("git") and (ROOT / ".git").exists():
        assert commit == must(subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True)).strip(), commit
    probe = must(hidden([strata, "probe"], folder))
    assert "bare_linux" in probe and "strata-probe-guest" not in probe, probe
print("an installed Strata plays a scenario with a stack of one's own, draws, reports and finds its programs, without its sources")
