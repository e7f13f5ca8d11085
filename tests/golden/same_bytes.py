"""first-run gives the same bytes for one job and for two, figures included; the manifest tells the runs apart."""

import filecmp
import json
import os
import pathlib
import subprocess
import sys
import tempfile

strata = os.environ.get("STRATA", "build/strata")
VARYING = ["jobs", "wall_seconds", "peak_memory_mib"]

with tempfile.TemporaryDirectory() as temporary:
    one, two = (pathlib.Path(temporary) / name for name in ("one", "two"))
    for folder, jobs in ((one, "1"), (two, "2")):
        subprocess.run([strata, "run", "first-run", "--jobs", jobs, "--out", str(folder)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(path.name for path in two.iterdir()), "the two runs wrote different files"
    assert {"results.csv", "manifest.json", "boot-timeline.json", "boot.png", "boot.pdf"} <= set(names), names
    differ = [name for name in names if name != "manifest.json" and not filecmp.cmp(one / name, two / name, shallow=False)]
    manifests = [json.loads((folder / "manifest.json").read_text()) for folder in (one, two)]
    for manifest in manifests:
        for key in VARYING:
            assert manifest.pop(key) > 0, key
    if manifests[0] != manifests[1]:
        differ.append("manifest.json")
print(f"{len(names)} files, different: {differ or 'none'}")
sys.exit(bool(differ))
