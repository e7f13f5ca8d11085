"""`strata check` on every tests/golden/check/*.toml prints its *.expected, and ends with status 2.

With --write the present output is kept as what is expected: read it before you commit it.
"""

import os
import pathlib
import subprocess
import sys

strata = os.environ.get("STRATA", "build/strata")
files = sorted(pathlib.Path("tests/golden/check").glob("*.toml"))
assert files, "no file to check"
failed = []
for file in files:
    done = subprocess.run([strata, "check", str(file)], capture_output=True, text=True)
    expected = file.with_suffix(".expected")
    if "--write" in sys.argv:
        expected.write_text(done.stderr)
    if done.returncode != 2 or done.stdout or done.stderr != expected.read_text():
        failed.append(file.name)
        print(f"--- {file}: exit status {done.returncode}, printed\n{done.stdout}{done.stderr}--- expected\n{expected.read_text()}")
print(f"{len(files) - len(failed)} of {len(files)} files give the expected mistakes")
sys.exit(bool(failed))
