"""The table that stacks/README.md works by hand is what `strata explain docker_in_vm packet_send` prints."""

import json
import os
import pathlib
import re
import subprocess
import sys

strata = os.environ.get("STRATA", "build/strata")
text = pathlib.Path("stacks/README.md").read_text()
table = text.split("<!-- explain docker_in_vm packet_send -->")[1].split("\n\n")[0]
rows = [[cell.strip().strip("*") for cell in line.strip("|").split("|")] for line in table.strip().splitlines()[2:]]
*steps, total = rows

printed = json.loads(subprocess.run([strata, "explain", "docker_in_vm", "packet_send", "--json"], check=True,
                                    capture_output=True, text=True).stdout)
errors = []


def expect(what, readme, command):
    if readme != command:
        errors.append(f"{what}: stacks/README.md says {readme}, the command {command}")


expect("number of steps", len(steps), len(printed["steps"]))
for (words, latency, cpu, paid), step in zip(steps, printed["steps"]):
    name = ("→ " + step["what"]) if step["crossing"] else step["layer"] + "." + step["what"]
    expect("step", re.split("[,:]", words)[0], name)
    expect(name + " latency", latency, "async" if step["async"] else f"{step['latency_ns']:.1f}")
    expect(name + " CPU", cpu, f"{step['cpu_ns']:.1f}")
    expect(name + " paid by", paid, step["account"] if step["cpu_ns"] > 0 else "-")

# The sums are the table's own, worked out here, and must be the command's totals too.
waited = sum(float(latency) for _, latency, _, _ in steps if latency != "async")
cpu = sum(float(c) for _, _, c, _ in steps)
expect("total latency", total[1], f"{waited:.1f}")
expect("total CPU", total[2], f"{cpu:.1f}")
expect("solved latency", total[1], f"{printed['latency_ns']:.1f}")
expect("solved CPU", total[2], f"{sum(printed['cpu_ns'].values()):.1f}")
crossings, copies = re.search(r"(\d+) crossings, (\d+) copies", text).groups()
expect("crossings", float(crossings), printed["crossings"])
expect("copies", float(copies), printed["copies"])

print("\n".join(errors) or f"{len(steps)} steps and their totals agree")
sys.exit(bool(errors))
