"""The finding in the README, number by number, from `strata compare docker_in_vm unikraft`."""

import json
import os
import pathlib
import re
import subprocess
import sys

strata = os.environ.get("STRATA", "build/strata")


def json_of(*words):
    return json.loads(subprocess.run([strata, *words, "--json"], check=True, capture_output=True, text=True).stdout)


compared = json_of("compare", "docker_in_vm", "unikraft", "--draws", "200")
a, b = compared["a"], compared["b"]
changes = {change["what"]: a["cpu_ns"] - change["cpu_ns"] for change in compared["ablation"]}
beneath = [sum(layer["cpu_ns"] for layer in side["layers"] if layer["layer"] in ("kvm", "host", "machine")) for side in (a, b)]


def entries(stack):
    """CPU time of a request's crossings into the first layer."""
    steps = json_of("explain", stack, "nginx_612")["steps"]
    return sum(step["cpu_ns"] for step in steps if step["crossing"] and step["depth"] == 0)


truth = [a["cpu_ns"] - b["cpu_ns"], changes["without container"], entries("docker_in_vm") - entries("unikraft"),
         changes["guest: unikraft for linux_guest"], beneath[0], beneath[1] - beneath[0]]
text = pathlib.Path("README.md").read_text().split("**One finding:**")[1].split("\n\n")[0]
stated = [float(n) for n in re.findall(r"(\d+\.\d) us", text)]
print("stated", stated, "found", [f"{ns / 1000:.1f}" for ns in truth])
agree = stated == [float(f"{ns / 1000:.1f}") for ns in truth]
cpu = compared["contests"][0]
sure = cpu["what"] == "CPU time" and cpu["determined"] and cpu["share_a_below_b"] < 0.05
sys.exit(not (agree and sure))
