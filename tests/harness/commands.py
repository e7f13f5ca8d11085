"""strata probe and strata measure as a person meets them: tables, files, and what they say to mistakes."""

import csv
import json
import os
import pathlib
import subprocess
import tempfile

STRATA = str(pathlib.Path(os.environ.get("STRATA", "build/strata")).resolve())


def strata(*words, status=0, **environment):
    done = subprocess.run([STRATA, *words], capture_output=True, text=True, env={**os.environ, **environment}, timeout=120)
    assert done.returncode == status, f"{words}: exit status {done.returncode}, not {status}\n{done.stdout}{done.stderr}"
    return done


def main():
    found = json.loads(strata("probe", "--json").stdout)
    by_stack = {row["stack"]: row for row in found}
    assert set(by_stack) == {"bare_linux", "runc", "crun"}, by_stack
    assert all(row["can_run"] != bool(row["why_not"]) for row in found), found
    print({row["stack"]: row["why_not"] or "can run" for row in found})

    # A runtime that is not there is said to be installable; measuring only that one is a failure of the run.
    missing = {row["stack"]: row for row in json.loads(strata("probe", "--json", PATH="/nowhere").stdout)}["crun"]
    if not any(os.access(f"{folder}/crun", os.X_OK) for folder in ("/usr/local/sbin", "/usr/sbin", "/sbin")):
        assert missing["why_not"] == "crun is not installed; on Debian: apt-get install crun", missing
        done = strata("measure", "--stack", "crun", status=1, PATH="/nowhere")
        assert "crun is left out" in done.stderr, done.stderr

    said = strata("measure", "--stack", "runcc", status=2).stderr
    assert "did you mean 'runc'?" in said and "known: bare_linux, runc, crun" in said, said
    said = strata("measure", "--metric", "boot", status=2).stderr
    assert "known: boot.total, syscall.latency" in said, said
    strata("measure", "--machine-name", "../up", status=2)

    if not by_stack["bare_linux"]["can_run"]:
        return
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "file").touch()
        strata("measure", "--stack", "bare_linux", "--out", str(pathlib.Path(folder, "file", "out")), status=1)
        out = pathlib.Path(folder, "out")
        done = strata("measure", "--quick", "--trials", "4", "--stack", "bare_linux", "--metric", "boot.total",
                      "--metric", "memory.private", "--machine-name", "here", "--out", str(out))
        assert "95 % interval" in done.stdout and "boot.total" in done.stdout, done.stdout
        rows = list(csv.DictReader(out.joinpath("rows.csv").open()))
        ok = [row for row in rows if row["outcome"] == "ok"]
        assert len([row for row in ok if row["metric"] == "boot.total"]) == 4, rows
        assert {row["metric"] for row in rows} == {"boot.total", "memory.private", "memory.pss", "memory.rss"}, rows
        for row in rows:
            assert (row["origin"], row["accel"], row["clock"], row["machine"]) == ("measured", "native", "wall", "here"), row
            assert float(row["value"]) > 0, row
        host = json.loads(out.joinpath("host.json").read_text())
        assert host["facts"]["kernel"].startswith("Linux "), host
        assert {"before", "after", "steal_share", "cells"} <= set(host), host
        assert len(host["cells"]) == 2, host


main()
