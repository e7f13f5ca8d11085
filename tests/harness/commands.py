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

KSM = [pathlib.Path("/sys/kernel/mm/ksm", name) for name in ("run", "pages_to_scan") if pathlib.Path("/sys/kernel/mm/ksm").exists()]


def main():
    found = json.loads(strata("probe", "--json").stdout)
    by_stack = {row["stack"]: row for row in found}
    containers = {runtime + variant for runtime in ("runc", "crun") for variant in ("", "_seccomp", "_rootless")}
    assert set(by_stack) >= {"bare_linux", "uml", "qemu_microvm", "kvm_qemu_linux"} | containers, by_stack
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
    said = strata("measure", "--metric", "booot", status=2).stderr
    assert "known: boot.total, boot.guest, memory.private" in said, said
    strata("measure", "--machine-name", "../up", status=2)
    said = strata("measure", "--metric", "memory.marginal.merged", status=2).stderr
    assert "is measured with --ksm" in said, said
    said = strata("measure", "--stack", "bare_linux", "--metric", "memory.configured", status=2).stderr
    assert "none of these stacks has such a metric" in said, said
    before = [path.read_text() for path in KSM]
    said = strata("measure", "--ksm", "--stack", "bare_linux", status=2 if KSM and os.access(KSM[0], os.W_OK) else 1).stderr
    assert "--ksm: " in said, said
    assert [path.read_text() for path in KSM] == before

    committed()
    if not by_stack["bare_linux"]["can_run"]:
        return
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "file").touch()
        strata("measure", "--stack", "bare_linux", "--out", str(pathlib.Path(folder, "file", "out")), status=1)
        out = pathlib.Path(folder, "out")
        done = strata("measure", "--quick", "--trials", "4", "--target", "0", "--stack", "bare_linux", "--metric", "boot.total",
                      "--metric", "memory.private", "--machine-name", "here", "--no-figures", "--out", str(out))
        assert "95 % interval" in done.stdout and "boot.total (ms)" in done.stdout, done.stdout
        rows = list(csv.DictReader(out.joinpath("rows.csv").open()))
        numbers = [row for row in rows if row["outcome"] in ("ok", "disturbed")]
        assert len([row for row in numbers if row["metric"] == "boot.total"]) == 4, rows
        assert {row["metric"] for row in rows} == {"boot.total", "memory.private"}, rows
        at_once(pathlib.Path(folder, "at_once"))
        for row in rows:
            assert (row["origin"], row["accel"], row["clock"], row["machine"]) == ("measured", "native", "wall", "here"), row
            assert float(row["value"]) > 0, row
        host = json.loads(out.joinpath("host.json").read_text())
        assert host["facts"]["kernel"].startswith("Linux "), host
        assert {"before", "after", "steal_share", "sampling", "cells"} <= set(host), host
        assert len(host["cells"]) == 2, host
        assert {cell["stopped"] for cell in host["cells"]} <= {"target", "cap"}, host
        instances(out.parent / "instances")
        replay(out, done.stdout)


def instances(out):
    """Several instances at once: the totals, each at its number, and what one more takes."""
    done = strata("measure", "--quick", "--trials", "1", "--stack", "bare_linux", "--metric", "memory.total", "--metric",
                  "memory.marginal", "--no-figures", "--out", str(out))
    assert "memory.total of 16 (MiB)" in done.stdout and "memory.marginal (MiB)" in done.stdout, done.stdout
    rows = [row for row in csv.DictReader(out.joinpath("rows.csv").open()) if row["outcome"] in ("ok", "disturbed")]
    assert [(row["metric"], row["instances"]) for row in rows] == [
        ("memory.total", "1"), ("memory.total", "4"), ("memory.total", "16"), ("memory.marginal", "16")], rows
    totals = [float(row["value"]) for row in rows[:3]]
    assert totals == sorted(totals) and 0 < float(rows[3]["value"]) <= 1, rows
    assert json.loads(out.joinpath("host.json").read_text())["kernel_memory"], "what counts the kernel's memory is not said"
    strata("measure", "--recorded", str(out), "--out", str(out.parent / "drawn"))


def committed():
    """Every measured set that is kept shows itself without anything being started, and says what machine it is of."""
    kept = sorted(pathlib.Path("results/measured").glob("*/rows.csv"))
    assert kept, "no measured set is kept"
    with tempfile.TemporaryDirectory() as out:
        for rows in kept:
            done = strata("measure", "--recorded", str(rows.parent), "--no-figures", "--out", out, PATH="/nowhere")
            machine, = {row["machine"] for row in csv.DictReader(rows.open())}
            assert rows.parent.name.startswith(machine), (rows, machine)
            assert done.stdout.startswith(f"recorded on {machine}\n"), done.stdout
            stacks = {row["stack"] for row in csv.DictReader(rows.open())}
            assert all(f"  {stack} " in done.stdout for stack in stacks), (stacks, done.stdout)


def replay(recorded, said):
    """What was measured comes out the same again, without anything being started, and wrong input is named."""
    again = recorded.parent / "again"
    done = strata("measure", "--recorded", str(recorded), "--out", str(again), PATH="/nowhere")
    table = said[:said.index("written to")]
    assert done.stdout.startswith("recorded on here\n\n" + table), f"{done.stdout}\n---\n{said}"
    assert again.joinpath("rows.csv").read_bytes() == recorded.joinpath("rows.csv").read_bytes()
    assert again.joinpath("host.json").read_bytes() == recorded.joinpath("host.json").read_bytes()
    assert {"measured.png", "measured.pdf"} <= {path.name for path in again.iterdir()}, list(again.iterdir())
    strata("measure", "--recorded", str(recorded), "--metric", "boot", "--no-figures", "--out", str(again))
    assert {row["metric"] for row in csv.DictReader(again.joinpath("rows.csv").open())} == {"boot.total"}

    for words, answer in [(["--recorded", "nowhere"], "nowhere/rows.csv: cannot be read"),
                          (["--recorded", str(recorded), "--stack", "runc"], "known: bare_linux"),
                          (["--recorded", str(recorded), "--metric", "booot"], "known: boot.total, memory.private"),
                          (["--recorded", str(recorded), "--burst", "2"], "--recorded starts nothing"),
                          (["--recorded", str(recorded), "--against", "runc"], "known: bare_linux"),
                          (["--recorded", str(recorded), "--quick"], "--recorded starts nothing"),
                          (["--recorded", str(recorded), "--out", str(recorded)], "stays as it is")]:
        answered = strata("measure", *words, status=2).stderr
        assert answer in answered, answered
    repeatability(recorded, again)
    rows = recorded.joinpath("rows.csv")
    rows.write_text(rows.read_text().replace("measured", "guessed", 1))
    assert "rows.csv:2:1: origin: is 'guessed'" in strata("measure", "--recorded", str(recorded), status=2).stderr


def at_once(out):
    """Starts at the same instant and a budget of memory: rows and cells of their own, and nothing else."""
    strata("measure", "--burst", "2", "--density", "1", "--instances", "3", "--trials", "1", "--stack", "bare_linux", "--no-figures",
           "--out", str(out))
    rows = [row for row in csv.DictReader(out.joinpath("rows.csv").open()) if row["outcome"] in ("ok", "disturbed")]
    assert {(r["metric"], r["statistic"], r["burst"]) for r in rows} == {
        ("boot.total", "median", "2"), ("boot.total", "p99", "2"), ("density.instances", "value", "0"),
        ("density.memory", "value", "0")}, rows
    of = {(r["metric"], r["statistic"]): r for r in rows}
    assert float(of["boot.total", "median"]["value"]) <= float(of["boot.total", "p99"]["value"]), rows
    held = float(of["density.instances", "value"]["value"])
    assert held >= 2 and held * float(of["density.memory", "value"]["value"]) <= 1, rows
    cells = {cell["metric"] for cell in json.loads(out.joinpath("host.json").read_text())["cells"]}
    assert {"boot.total, median of 2 at once", "boot.total, p99 of 2 at once"} < cells, cells


def repeatability(one, other):
    """Two sets of the same samples agree, whatever they are; a cell that one lacks does not repeat."""
    strata("measure", "--recorded", str(one), "--no-figures", "--out", str(other))
    host = json.loads(one.joinpath("host.json").read_text())
    marked = sum(cell["disturbed"] for cell in host["cells"])
    done = strata("repeatability", str(one), str(other), status=1 if marked else 0)
    assert f"2 runs repeat: {'machine disturbed' if marked else 'yes'}; disturbed: {marked} of 2 cells" in done.stdout, done
    found = json.loads(strata("repeatability", "--json", str(one), str(other), status=1 if marked else 0).stdout)
    assert [cell["equivalent"] for cell in found["cells"]] == [True, True], found

    strata("measure", "--recorded", str(one), "--metric", "boot.total", "--no-figures", "--out", str(other))
    strata("repeatability", str(one), str(other), status=1)
    strata("repeatability", str(one), status=2)
    assert "nowhere/host.json: cannot be read" in strata("repeatability", str(one), "nowhere", status=2).stderr
    host["machine"] = "elsewhere"
    other.joinpath("host.json").write_text(json.dumps(host))
    said = strata("repeatability", str(one), str(other), status=2).stderr
    assert "machine: is elsewhere, not here as in the others" in said, said


main()
