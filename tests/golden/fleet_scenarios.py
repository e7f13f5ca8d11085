"""fleet image-storm, patch-spread and flavours: what they print is what their inputs imply, and twice the same bytes."""

import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

strata = os.environ.get("STRATA", "build/strata")


def fleet(*words):
    runs = [subprocess.run([strata, "fleet", *words, "--json"], capture_output=True, text=True) for _ in range(2)]
    if runs[0].returncode or runs[0].stdout != runs[1].stdout:
        print(f"fleet {' '.join(words)}: status {runs[0].returncode}, the same twice: {runs[0].stdout == runs[1].stdout}\n{runs[0].stderr}")
        sys.exit(1)
    return json.loads(runs[0].stdout)


def expect(what, holds, *seen):
    if not holds:
        print(f"{what}: {seen}")
        sys.exit(1)


def near(a, b):
    return abs(a - b) <= 1e-6 * abs(b)


# 20 hosts, links of 10 Gbit/s, a registry of 20: two at a time. 100 MB in 100 chunks.
rows = {row["way"]: row for row in fleet("image-storm", "--hosts", "20", "--registry", "20", "--megabytes", "100")}
whole = rows["whole"]
expect("all fetch 100 MB through 20 Gbit/s", near(whole["started_all_s"], 20 * 100e6 * 8 / 20e9), whole)
expect("the registry sends it to each", whole["registry_bytes"] == 20 * 100_000_000, whole)
expect("lazy: six of a hundred chunks first", near(rows["lazy"]["started_all_s"], 0.06 * whole["started_all_s"]), rows["lazy"])
expect("and all of it in the end", near(rows["lazy"]["last_byte_s"], whole["last_byte_s"]), rows["lazy"])
expect("peers take the same bytes", rows["peers"]["registry_bytes"] + rows["peers"]["peer_bytes"] == 2_000_000_000, rows["peers"])
expect("and less time", rows["peers"]["started_all_s"] < whole["started_all_s"] / 2, rows["peers"])
fresh = {row["way"]: row for row in fleet("image-storm", "--hosts", "20", "--fetched", "0", "--megabytes", "100")}
expect("a host that fetched nothing has no layers", fresh["layers"]["registry_bytes"] == fresh["whole"]["registry_bytes"], fresh["layers"])
warm = {row["way"]: row for row in fleet("image-storm", "--hosts", "20", "--bases", "1", "--megabytes", "100")}
expect("on one base each host has it", warm["layers"]["registry_bytes"] == 20 * 20_000_000, warm["layers"])

# One at a time: each fetches 100 MB at 10 Gbit/s and is away for 30 s.
patch = fleet("patch-spread", "--hosts", "5", "--at-once", "1", "--megabytes", "100")[0]
expect("one after the other", near(patch["started_all_s"], 5 * (30 + 0.08)) and patch["most_down"] == 1, patch)

with tempfile.TemporaryDirectory() as temporary:
    folder = pathlib.Path(temporary)
    (folder / "invocations.csv").write_text("HashApp,HashFunction,1,2\na,f,60,0\na,g,0,1\n")
    (folder / "durations.csv").write_text("HashApp,HashFunction,Average,Minimum,Maximum," + ",".join(f"percentile_Average_{p}" for p in (1, 25, 50, 75, 99)) +
                                          "\na,f,150,150,150,150,150,150,150,150\na,g,1000,1000,1000,1000,1000,1000,1000,1000\n")
    (folder / "memory.csv").write_text("HashApp,HashFunction,AverageAllocatedMb\na,f,100\na,g,50\n")
    out = fleet("flavours", "--traces", temporary)
kinds = {row["id"]: row["kind"] for row in csv.DictReader(open("workloads/tariffs.csv"))}
used = (100 * 60 * 0.15 + 50) / 1024 / 3600
expect("what the calls use", near(out["used_gib_hours"], used), out["used_gib_hours"], used)
for bill in out["bills"]:
    parts = sum(bill[key] for key in bill if key.endswith("_gib_hours") and key != "sold_gib_hours")
    expect("parts add up to what is sold", near(parts, bill["sold_gib_hours"]), bill)
    core = {"always": 4096, "call": 1769, "cpu": 0}[kinds[bill["tariff"]]]
    expect("a core costs what is held or more", (bill["usd_with_cores"] > bill["usd"]) == (core > 0), bill)
    if bill["tariff"] == "gbs_1ms":  # the minutes' calls of 150 ms and one of a second, each with 1769 MiB
        usd = (60 * 0.15 + 1) / 3600 * 1769 / 1024 * 0.06 + 61e-6 * 0.2
        expect("by the call, memory for a core", near(bill["usd_with_cores"], usd), bill, usd)
    if bill["tariff"] == "gbs_100ms":  # 150 ms are sold as 200
        expect("time steps", bill["time_step_gib_hours"] > 60 * 0.05 * 100 / 1024 / 3600, bill)
for stack in {bill["stack"] for bill in out["bills"]}:
    expect("with a core a call, too", sum(b["cheapest_for_with_cores"] for b in out["bills"] if b["stack"] == stack) == 2, stack)
    expect("every function has a cheapest tariff", sum(b["cheapest_for"] for b in out["bills"] if b["stack"] == stack) == 2, stack)
stranded = [r["stranded_gib_hours"] for r in out["resizing"]]
expect("the more often it is resized the less is stranded", stranded == sorted(stranded, reverse=True), stranded)

# One rack of two: when it fails its instances have nowhere to go and wait for it; hosts alone never do.
words = ["restarts", "--stack", "bare_linux", "--hosts", "2", "--per-host", "3", "--rack", "2", "--host-up", "0", "--rack-up", "1000",
         "--rack-down", "10", "--years", "5"]
at = {(row["metric"], row["statistic"]): row["value"] for row in fleet(*words)}
expect("five years have some 43 failures", 20 < at["outage.racks", "value"] < 70 and at["outage.hosts", "value"] == 0, at)
expect("six instances each", at["outage.instances", "value"] == 6 * at["outage.racks", "value"] == at["restart.waited", "value"], at)
expect("unavailable as hosts are", 0.9 < at["unavailable.instance", "value"] / at["unavailable.host", "value"] < 1.1, at)

# Mesos' offers: at once, of one framework, they are the policy itself; every second they take half a second on average.
churn = fleet("churn", "--hosts", "100", "--policy", "best-fit")
offers = fleet("offers", "--hosts", "100", "--policy", "best-fit", "--frameworks", "1", "--interval", "0", "--filter", "0", "--patience", "0")
expect("one framework that is offered all", offers["placement_hash"] == churn["placement_hash"], offers, churn)

with tempfile.TemporaryDirectory() as temporary:
    for words in (["image-storm", "--hosts", "5"], ["patch-spread", "--hosts", "5"], ["restarts", "--stack", "bare_linux", "--hosts", "4", "--rack", "2"]):
        folder = pathlib.Path(temporary, words[0])
        fleet(*words, "--out", str(folder))
        rows = list(csv.DictReader((folder / "results.csv").read_text().splitlines()))
        expect("rows and a manifest", rows and rows[0]["scenario"] == words[0] and (folder / "manifest.json").exists(), words)
        figure = {"restarts": "restarts.png"}.get(words[0], "pulls.png")
        expect("and its figure", (folder / figure).exists(), sorted(p.name for p in folder.iterdir()))
wrong = subprocess.run([strata, "fleet", "image-storm", "--out", "/proc/nowhere"], capture_output=True, text=True)
expect("a folder that cannot be is said first", wrong.returncode == 2 and "--out" in wrong.stderr, wrong)
print("storms, rolling updates, failures, offers and bills are what their inputs imply")
