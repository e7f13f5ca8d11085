"""`strata predict`: a value inside its interval, with sources; a null call is what `strata explain` says; wrong input is refused."""

import json
import os
import subprocess

STRATA = os.environ.get("STRATA", "build/strata")


def predict(*words):
    return subprocess.run([STRATA, "predict", *words], capture_output=True, text=True)


for stack, metric in [("docker_bare", "boot.total"), ("bare_linux", "syscall.null"), ("firecracker_linux", "memory.marginal")]:
    done = predict(stack, metric, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["low"] < said["value"] < said["high"], said
    assert said["sources"] and all(source["from"] for source in said["sources"]), said["sources"]
    assert 0 <= said["assumed_share"] <= 1 and said["envelope"] in ("inside", "outside"), said
    assert predict(stack, metric, "--json", "--jobs", "1").stdout == done.stdout, "the number of jobs changes the answer"

# The null call is the walk's own sum: an independent way through the model.
explained = subprocess.run([STRATA, "explain", "bare_linux", "syscall"], capture_output=True, text=True)
null_call = json.loads(predict("bare_linux", "syscall.null", "--json").stdout)["value"]
assert f"latency to the application {null_call:.1f} ns" in explained.stdout, explained.stdout

for words, hint in [(("docker_bare", "bot.total"), "did you mean 'boot.total'?"), (("docker_bear", "boot.total"), "docker_bare"),
                    (("docker_bare", "boot.total", "--machine", "cores=4,gzh=3,year=2014"), "ghz"),
                    (("bare_linux", "hypercall.null"), "none of its layers runs a guest")]:
    done = predict(*words)
    assert done.returncode == 2 and not done.stdout and hint in done.stderr, (words, done.returncode, done.stderr)
print("predictions have intervals and sources; wrong ones are refused")
