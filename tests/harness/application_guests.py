"""strata measure --image: the image's files are the root of Linux guests, and its user, folder and environment hold there."""

import csv
import pathlib
import subprocess
import sys
import tempfile

from application import STRATA, Cannot, build, cannot, measured


def measure(image, out, stack):
    command = [STRATA, *measured(image, out, "--stack", stack, "--trials", "1", "--quick")]
    return subprocess.run(command, capture_output=True, text=True, timeout=100)


def main():
    if reason := cannot():
        print(reason)
        return 77
    ran = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        try:
            image = f"oci:{build(folder)}"
        except Cannot as reason:
            print(reason)
            return 77
        for stack in ("uml", "qemu_microvm"):
            out = folder / stack
            done = measure(f"{image}:latest", out, stack)
            if f"{stack} is left out: " in done.stderr:
                print(done.stderr)
                continue
            ran += 1
            assert done.returncode == 0, done
            value = {row["metric"]: float(row["value"]) for row in csv.DictReader((out / "rows.csv").open())}
            assert 50 < value["boot.first_answer"] < 60000 and value["request.throughput"] > 20, value
            assert 5 < value["memory.loaded.pss"] < 1000, value
            if stack == "uml":  # how it ended inside is known outside
                done = measure(f"{image}:lost", out, stack)
                assert done.returncode == 1 and "the application ended by itself: exit status 3: server: no page" in done.stdout, done
    return 0 if ran else 77


if __name__ == "__main__":
    sys.exit(main())
