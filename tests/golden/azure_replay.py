"""azure-replay on a file made here in the trace's format: what is read, what waits, and what is refused.

Three calls of 1, 2 and 3 s, a minute apart and out of order in the file, so that none meets another: on a native process
each is served after its start and its duration, nothing else.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

strata = os.environ.get("STRATA", "build/strata")
HEADER = "app,func,end_timestamp,duration\n"


def replay(text, *more):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary) / "azure_functions_2021_made"
        folder.mkdir()
        (folder / "calls.csv").write_text(text)
        return subprocess.run([strata, "run", "azure-replay", "--stack", "bare_linux", "--trials", "0", "--json", "--no-figures",
                               "--traces", temporary, "--out", temporary + "/out", *more], capture_output=True, text=True)


def expect(what, found, wanted):
    if found != wanted:
        print(f"{what}: {found}, expected {wanted}")
        sys.exit(1)


done = replay(HEADER + "a,f,122.0,2.0\na,g,61.0,1.0\nb,f,183.0,3.0\n")
expect("exit status", done.returncode, 0)
answers = {(a["metric"], a["statistic"]): a["value"] for a in json.loads(done.stdout)["answers"]}
expect("instances at once", answers["host.running", "max"], 1)
expect("refused", answers["host.refused", "value"], 0)
expect("mean service after the start, ms", round(answers["serve.latency", "mean"] - answers["start.latency", "mean"], 6), 2000)
# 6 s of one core among 48, from the first arrival at 60 s to the last end at 183 s and a start.
span = 123 + answers["start.latency", "mean"] / 1000
busy = 6 + 3 * answers["start.latency", "mean"] / 1000
expect("utilisation", round(answers["host.utilisation", "mean"], 6), round(busy / (48 * span), 6))

for wrong, words in [("app,func,end\n1,2,3\n", "end_timestamp"), (HEADER + "a,f,x,1\n", "calls.csv:2"),
                     (HEADER + "a,f,1,-1\n", "duration"), (HEADER + "a,f,1\n", "3 fields"), ("", "header")]:
    done = replay(wrong)
    expect(f"exit status of {wrong!r}", done.returncode, 2)
    expect(f"'{words}' in the message of {wrong!r}", words in done.stderr, True)
print("the replay reads what is there and refuses what is not")
