"""Wrong input ends with status 2, names what is wrong, and leaves nothing behind."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

strata = pathlib.Path(os.environ.get("STRATA", "build/strata")).resolve()
FILES = {
    "firecracker_linux.toml": 'title = "x"\nbased_on = "unikraft"\n',
    "long.toml": 'title = "x"\nbased_on = "unikraft"\n[boot.a]\ncpu = { value = "1e9 s", low = "1e9 s", high = "1e9 s", from = "assumed: a test" }\n',
    "cited.toml": 'title = "x"\nbased_on = "unikraft"\n[boot.a]\ncpu = { value = "1 s", from = "cited: nobody99, p. 3" }\n',
    "wide.toml": 'question = "x"\n[axes]\nstack = ["unikraft"]\nmachine = ["m5d_metal"]\nparallel = [4294967297]\n[run]\ntrials = 4294967297\nmetrics = ["boot.total"]\n',
    "table.toml": 'question = "x"\n[axes]\nstack = ["unikraft"]\nmachine = ["m5d_metal"]\n[run]\ntrials = 0\nmetrics = ["boot.total"]\npublished = ["T99"]\n',
    "claim.toml": 'claim = "x"\nby = "y"\nevidence = "simulated"\nexpected = "true"\nbecause = "z"\n[[rule]]\nkind = "ratios"\nof = {}\nabove = 1\n',
    "empty.toml": "",
    "file": "not a folder",
}
CASES = [  # words of the command, words its message must have
    (["runn", "first-run"], ["'runn' is no command", "did you mean 'run'"]),
    (["run", "first-rum"], ["'first-rum' is no scenario", "first-run"]),
    (["run", "first-run", "--seed", "-1"], ["--seed"]),
    (["run", "first-run", "--set", "paralel=3"], ["is no axis", "parallel"]),
    (["run", "first-run", "--set", "parallel=0"], ["'0' is no whole number"]),
    (["run", "first-run", "--out", "file"], ["--out file"]),
    (["run", "first-run", "--stack", "firecracker_linux.toml"], ["already the name of a stack"]),
    (["run", "azure-replay"], ["--traces"]),
    (["run", "azure-replay", "--traces", "nowhere"], ["holds no Azure Functions 2021 trace"]),
    (["run", "table.toml"], ["'T99' is no published table"]),
    (["fleet", "vms", "azure_vm_2017"], ["--traces"]),
    (["fleet", "vms", "azure_vm_2017", "--traces", "nowhere"], ["holds no Azure VM 2017 trace"]),
    (["fleet", "flavours"], ["--traces"]),
    (["fleet", "flavours", "--trace", "azure_functions"], ["is no trace of calls", "azure_functions_2019"]),
    (["fleet", "image-storm", "--bases", "60"], ["--bases", "50 images"]),
    (["fleet", "image-storm", "--megabytes", "0"], ["--megabytes"]),
    (["fleet", "vms", "azure_vm", "--traces", "."], ["'azure_vm' is no trace", "azure_vm_2017"]),
    (["check", "wide.toml"], ["axes.parallel", "run.trials", "1000000000"]),
    (["check", "long.toml"], ["longer than"]),
    (["check", "cited.toml"], ["nobody99"]),
    (["check", "empty.toml"], ["empty.toml"]),
    (["check", "absent.toml"], ["absent.toml", "cannot be read"]),
    (["explain", "bare_linux", "sycall"], ["did you mean 'syscall'"]),
    (["explain", "bare_linux", "syscall", "--machine", "cray"], ["'cray' is no machine", "m5d_metal"]),
    (["compare", "bare_linux", "bare_linus"], ["did you mean 'bare_linux'"]),
    (["list", "stacks", "--stacks", "nowhere"], ["nowhere", "no folder with a file of a stack"]),
    (["list", "stacks", "--stacks", "."], ["'firecracker_linux' is already the name of a stack"]),
    (["check", "claim.toml"], ["expected", "'true' is not known", "undetermined", "'ratios' is no kind of rule; did you mean 'ratio'"]),
    (["claims", "H99"], ["'H99' is no claim"]),
    (["new", "workload", "redis_get"], ["Strata's own"]),
    (["new", "policy", "best_fit"], ["Strata's own"]),
    (["new", "stack", "9lives"], ["begins with no digit"]),
    (["new", "stack", "Bad Name"], ["small letters"]),
    (["new", "stack", "unikraft"], ["Strata's own"]),
]

failed = 0
with tempfile.TemporaryDirectory() as folder:
    for name, text in FILES.items():
        (pathlib.Path(folder) / name).write_text(text)
    for words, needed in CASES:
        done = subprocess.run([strata, *words], cwd=folder, capture_output=True, text=True, env={**os.environ, "STRATA_TRACES": ""})
        missing = [word for word in needed if word not in done.stderr]
        left = sorted(set(os.listdir(folder)) - set(FILES))
        if done.returncode != 2 or done.stdout or missing or left:
            failed += 1
            print(f"strata {' '.join(words)}: status {done.returncode}, without {missing}, left {left}\n{done.stdout}{done.stderr}")
    # A home of its own, one of whose stacks cannot be read: what needs every stack says which.
    home = pathlib.Path(folder) / "home"
    home.mkdir()
    for each in pathlib.Path.cwd().iterdir():
        if each.name in ("workloads", "results", "notebooks"):
            (home / each.name).symlink_to(each)
    shutil.copytree("stacks", home / "stacks")
    (home / "stacks" / "bare_linux.toml").write_text('title = "x"\nbased_on = "nothing"\n')
    done = subprocess.run([strata, "validate"], capture_output=True, text=True, env={**os.environ, "STRATA_HOME": str(home)})
    if done.returncode != 2 or done.stdout or "bare_linux.toml:2" not in done.stderr:
        failed += 1
        print(f"strata validate, a stack broken: status {done.returncode}\n{done.stdout}{done.stderr}")
print(f"{len(CASES) + 1 - failed} of {len(CASES) + 1} wrong inputs are refused as they should be")
sys.exit(failed > 0)
