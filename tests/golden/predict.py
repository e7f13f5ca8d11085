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

# The envelope counts rows of the same work: redis and nginx were measured on that stack and machine, ruby on another machine, and of
# sqlite no rate at all.
for words, envelope in [(("kv.requests",), []), (("http.requests",), []), (("request.rate", "--workload", "redis_set"), []),
                        (("request.rate", "--workload", "ruby_page", "--depth", "10"),
                         ["no published row is held against request.rate under ruby_page of firecracker_linux",
                          "the clock, 3.6 GHz, is not between 2.8 and 2.8", "8 cores are not between 4 and 4"]),
                        (("request.rate", "--workload", "sqlite"),
                         ["no published row is held against request.rate under sqlite of any stack"])]:
    done = predict("firecracker_linux", *words, "--machine", "i7_9700k", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["outside_because"] == envelope, (words, done.stdout, done.stderr)
done = predict("firecracker_linux", "block.latency", "--size", "1 MiB", "--depth", "64", "--json")
assert json.loads(done.stdout)["outside_because"] == ["1048576 bytes are not between 4096 and 131072", "64 in flight are not between 1 and 32"]

for depth, envelope in ("10", []), ("100", ["100 in flight are not between 1 and 25"]):
    done = predict("docker_bare", "request.latency", "--workload", "apache_notfound", "--machine", "n1_standard_4", "--depth", depth, "--json")
    assert json.loads(done.stdout)["outside_because"] == envelope, (depth, done.stdout, done.stderr)

# A full snapshot costs a fixed part and a part for each byte; restoring is what the stack that starts from one does.
def value(*words):
    done = predict(*words, "--json")
    assert done.returncode == 0, (words, done.stderr)
    return json.loads(done.stdout)["value"]


small, middle, large = (value("firecracker_linux", "snapshot.save", "--memory", size) for size in ("256 MiB", "512 MiB", "1 GiB"))
assert small < middle and abs((large - middle) - 2 * (middle - small)) < 1e-6, (small, middle, large)
assert value("firecracker_snapshot", "snapshot.restore") == value("firecracker_snapshot", "boot.total")

# An idle guest is sent once; its time is its memory over the slower of the link and what QEMU allows itself.
idle = value("kvm_qemu_linux", "migrate.total", "--memory", "1 GiB", "--dirty", "0")
assert abs(idle - 1e3 * 1024 / 128) < 1e-6, idle

# What limits decides what the answer rests on: QEMU's own default, which is documented, or a network that is assumed.
for stack, share in ("kvm_qemu_linux", 0), ("xen_pv_linux", 1):
    done = predict(stack, "migrate.total", "--memory", "1 GiB", "--dirty", "0", "--machine", "e5_1630v3", "--json")
    assert json.loads(done.stdout)["assumed_share"] == share, (stack, done.stdout, done.stderr)

for words, hint in [(("firecracker_linux", "snapshot.restore"), "[boot.restore]"), (("kvm_qemu_linux", "snapshot.save"), "snapshot_save_per_byte"),
                    (("firecracker_linux", "migrate.total", "--dirty", "0"), "does not state when it stops"), (("bare_linux", "snapshot.save"), "runs a guest"),
                    (("kvm_qemu_linux", "migrate.total"), "--dirty 50 MB/s"), (("kvm_qemu_linux", "migrate.total", "--dirty", "1 s"), "a speed"),
                    (("kvm_qemu_linux", "migrate.total", "--memory", "1 GiB", "--dirty", "1 GB/s"), "writes faster than it is sent")]:
    done = predict(*words)
    assert done.returncode == 2 and not done.stdout and hint in done.stderr, (words, done.returncode, done.stderr)

for words, hint in [(("docker_bare", "bot.total"), "did you mean 'boot.total'?"), (("docker_bear", "boot.total"), "docker_bare"),
                    (("docker_bare", "boot.total", "--machine", "cores=4,gzh=3,year=2014"), "ghz"),
                    (("bare_linux", "hypercall.null"), "none of its layers runs a guest")]:
    done = predict(*words)
    assert done.returncode == 2 and not done.stdout and hint in done.stderr, (words, done.returncode, done.stderr)
print("predictions have intervals and sources; wrong ones are refused")
