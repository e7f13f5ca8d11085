"""Are the verdicts on what was claimed still these? The same bytes for any number of jobs; no word but the four.

With --write it puts the present verdicts in place of the committed ones: read the difference before committing it.
"""

import difflib
import os
import pathlib
import subprocess
import sys

STRATA = os.environ.get("STRATA", "build/strata")
GOLDEN = pathlib.Path(__file__).with_name("claims.expected")


def claims(*words):
    done = subprocess.run([STRATA, "claims", *words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"strata claims {' '.join(words)}: status {done.returncode}\n{done.stderr}")
    return done.stdout


now = claims()
if "--write" in sys.argv:
    GOLDEN.write_text(now)
before = GOLDEN.read_text()
sys.stdout.writelines(difflib.unified_diff(before.splitlines(True), now.splitlines(True), "claims.expected", "strata claims"))
some = ["H04", "H05", "H20", "H29"]
again = claims("--jobs", "1", *some)
alike = all(part in now for part in again.split("\n\n")[:len(some)])
print("" if alike else "--jobs 1 gives other verdicts", end="")
sys.exit(now != before or not alike)
