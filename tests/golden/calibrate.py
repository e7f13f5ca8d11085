"""`strata calibrate`: wrong input is refused; the overlay it writes is what other commands then show, names every record it rests
on, and is the same for any number of jobs."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

STRATA = os.environ.get("STRATA", "build/strata")
wrong = []


def strata(*words):
    return subprocess.run([STRATA, *map(str, words)], capture_output=True, text=True)


def expect(words, status, *texts):
    found = strata(*words)
    for text in texts:
        if found.returncode != status or text not in found.stdout + found.stderr:
            wrong.append(f"strata {' '.join(map(str, words))}: {found.returncode}, no {text!r} in {found.stdout}{found.stderr}")


expect(["calibrate"], 2, "no record to fit to", "--published")
expect(["calibrate", "--published", "T99"], 2, "'T99' is no published table", "T09")
expect(["calibrate", "--row", "fc20-9999"], 2, "'fc20-9999' is no row")
expect(["calibrate", "--row", "fc20-0001", "--hold-out", "bare_linus"], 2, "did you mean 'bare_linux'")
# A validation row enters by its own name only.
expect(["calibrate", "--published", "T07"], 2, "role validation, not calibration")
expect(["calibrate", "nowhere"], 2, "nowhere")

with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    rows = ["unikraft21-0296", "unikraft21-0016", "unikraft21-0019"]
    for jobs in 1, 2:
        expect(["calibrate", *[w for r in rows for w in ("--row", r)], "--row", "fc20-0053", "--out", folder / f"{jobs}.toml", "--jobs", jobs], 0,
               "next: strata --overlay")
    if (folder / "1.toml").read_bytes() != (folder / "2.toml").read_bytes():
        wrong.append("the overlay depends on --jobs")
    shown = json.loads(strata("--overlay", folder / "1.toml", "show", "bare_linux", "--json").stdout)
    call = [n for n in shown["numbers"] if n["id"] == "stacks/layers/linux_kernel.toml:parameters.syscall"]
    if not call or "unikraft21-0296" not in json.dumps(call[0]) or "fitted" not in json.dumps(call[0]):
        wrong.append(f"the overlay's number is not shown: {call}")
    (folder / "other.toml").write_text((folder / "1.toml").read_text().replace("linux_kernel.toml:", "linux_colonel.toml:"))
    expect(["--overlay", folder / "other.toml", "list", "stacks"], 2, "linux_colonel.toml", "is no number of a file")
    (folder / "empty.toml").write_text("title = 'none'\n")
    expect(["--overlay", folder / "empty.toml", "list", "stacks"], 2, "[[number]]")

print("\n".join(wrong) or "calibrate refuses what is wrong and its overlay is what is shown")
sys.exit(bool(wrong))
