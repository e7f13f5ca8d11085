"""fleet vms on a trace made here: what is placed, rejected and stranded, counted by hand, and what is refused.

Shapes of 1 core and 0.75 GB, and 2 cores and 3.5 GB; one host of 3 cores and 4 GiB. At 600 s a machine of 2 cores (900 s) and
one of 1 core (3600 s): the second does not fit (0.5 GiB are left), so it is rejected, and 1 core and 0.5 GiB are stranded for
900 s. At 1800 s the host is empty and takes a small one until 2100 s.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

strata = os.environ.get("STRATA", "build/strata")


def vms(folder, *more, host="3x4"):
    return subprocess.run([strata, "fleet", "vms", "azure_vm_2017", "--traces", folder, "--hosts", "1", "--host", host, "--json", *more],
                          capture_output=True, text=True)


def expect(what, found, wanted):
    if found != wanted:
        print(f"{what}: {found}, expected {wanted}")
        sys.exit(1)


with tempfile.TemporaryDirectory() as temporary:
    folder = pathlib.Path(temporary)
    (folder / "flav_map.txt").write_text("1,0.75 a\n2,3.5 g\n")
    (folder / "v1.interval_map.txt").write_text("".join(f"{300 * k} {k}\n" for k in range(13)))
    (folder / "v1.made.txt").write_text("600 g,a,|\n1800 a,|\n")
    (folder / "v1.made.c9000.txt").write_text("600 U3,U12,|\n1800 U1,|\n")
    done = vms(temporary)
    expect("exit status and errors", (done.returncode, done.stderr), (0, ""))
    found = json.loads(done.stdout)
    expect("placed, rejected", (found["placed"], found["rejected"]), (2, 1))
    expect("most at a time", (found["peak_running"], found["peak_hosts"]), (1, 1))
    expect("core-hours", found["core_hours"], (2 * 900 + 300) / 3600)
    # From 600 to 2100 s: 1500 s of 3 cores and 4 GiB.
    expect("stranded cores, mean", round(found["stranded_mean"]["cores"], 9), round(900 / (3 * 1500), 9))
    expect("stranded memory, mean", round(found["stranded_mean"]["memory"], 9), round(0.5 * 900 / (4 * 1500), 9))
    expect("stranded at the peak", found["stranded_at_peak"], {"cores": 1 / 3, "memory": 0.125})
    expect("used at most", found["used_peak"], {"cores": 2 / 3, "memory": 0.875})
    expect("the same bytes", vms(temporary).stdout, done.stdout)

    done = vms(temporary, host="3")
    expect("a host without memory", (done.returncode, done.stdout, "CORESxGIB" in done.stderr), (2, "", True))
    for more, words in [(["--part", "mad"], "did you mean 'made'"), (["--policy", "best"], "best-fit")]:
        done = vms(temporary, *more)
        expect(f"exit status of {more}", (done.returncode, done.stdout), (2, ""))
        expect(f"'{words}' in the message of {more}", words in done.stderr, True)
    (folder / "v1.made.txt").write_text("600 g,z,|\n1800 a,|\n")
    done = vms(temporary)
    expect("exit status of a wrong flavour", (done.returncode, done.stdout), (2, ""))
    expect("its place", "v1.made.txt:1:1: 'z' is no flavour" in done.stderr, True)
print("machines are placed, counted and refused as they should be")
