"""`strata calibrate`: wrong input is refused; the overlay it writes is what other commands then show, names every record it rests
on, and is the same for any number of jobs."""

import json
import os
import pathlib
import re
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

    # Two numbers of which only the sum is known: the sum's interval is narrow, though each part's is wide.
    def parts(r):
        text = ""
        for number in "stacks/machines/m5d_metal.toml:crossings.syscall", "stacks/layers/linux_kernel.toml:parameters.syscall":
            text += f'[[number]]\nid = "{number}"\nvalue = "100 ns"\nlow = "80 ns"\nhigh = "125 ns"\nfrom = "cited: unikraft21-0296, fitted"\n'
        return text + f"""[[correlation]]
a = "stacks/layers/linux_kernel.toml:parameters.syscall"
b = "stacks/machines/m5d_metal.toml:crossings.syscall"
r = {r}
"""

    def width(r, *words):
        (folder / "two.toml").write_text(parts(r))
        answer = strata("--overlay", folder / "two.toml", "predict", "bare_linux", "syscall.null", "--json", *words).stdout
        return answer, json.loads(answer)["high"] - json.loads(answer)["low"]

    apart, together = width(0)[1], width(-0.97)[1]
    if not (50 < apart < 75 and together < 0.35 * apart):  # 2 x 22.5 ns x sqrt(2) apart, nearly nothing together
        wrong.append(f"a sum is drawn {apart:.1f} ns wide with its parts apart, {together:.1f} ns wide with them together")
    if width(-0.97, "--jobs", "1")[0] != width(-0.97, "--jobs", "2")[0]:
        wrong.append("numbers drawn together depend on --jobs")

    def run(r):
        (folder / "two.toml").write_text(parts(r))
        done = strata("--overlay", folder / "two.toml", "run", "first-run", "--stack", "bare_linux", "--no-figures", "--out", folder / "run")
        low, high = re.search(r"bare_linux.*?200(?:\.0)? \[([\d.]+) \.\. ([\d.]+)\]", done.stdout).groups()
        return float(high) - float(low)

    apart, together = run(0), run(-0.97)
    if not (50 < apart < 80 and together < 0.35 * apart):
        wrong.append(f"run draws a sum {apart} ns wide with its parts apart, {together} ns wide with them together")
    (folder / "far.toml").write_text(parts(3))
    expect(["--overlay", folder / "far.toml", "list", "stacks"], 2, "from -1 to 1")
    (folder / "unknown.toml").write_text(parts(0.5).replace('a = "stacks/layers/linux_kernel', 'a = "stacks/layers/linux_colonel'))
    expect(["--overlay", folder / "unknown.toml", "list", "stacks"], 2, "is no number of this overlay")
    (folder / "empty.toml").write_text("title = 'none'\n")
    expect(["--overlay", folder / "empty.toml", "list", "stacks"], 2, "[[number]]")

print("\n".join(wrong) or "calibrate refuses what is wrong and its overlay is what is shown")
sys.exit(bool(wrong))
