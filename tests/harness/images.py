"""The images are the same bytes whenever and wherever they are built, and hold the guest program."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

BUILT = pathlib.Path(os.environ.get("STRATA", "build/strata")).resolve().parent
GUEST = BUILT / "strata-probe-guest"
EPOCH = "1970-01-01T00:00:00Z"


def build(out, umask):
    """The answers of a build into `out`; the download is shared with `make images`."""
    command = ["real-harness/images/build", GUEST, out, "--cache", BUILT / "images/cache"]
    done = subprocess.run(command, umask=umask, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return json.loads((out / "answers.json").read_text())


def files(out):
    """Every file of a build with its bytes; of the image's own files the mode as well."""
    found = {}
    for path in sorted(out.rglob("*")):
        if path.is_file():
            mode = path.stat().st_mode if path.is_relative_to(out / "rootfs") else None
            found[str(path.relative_to(out))] = (mode, path.read_bytes())
    return found


def check_image(out):
    index = json.loads((out / "oci/index.json").read_text())["manifests"]
    digest = (out / "digest").read_text().strip()
    assert [one["digest"] for one in index] == [digest], (index, digest)

    def blob(digest):
        return json.loads((out / "oci/blobs" / digest.replace(":", "/")).read_text())

    config = blob(blob(digest)["config"]["digest"])
    times = [config["created"]] + [step["created"] for step in config.get("history", [])]
    assert set(times) == {EPOCH}, f"a build time other than the epoch: {times}"
    assert config["config"]["Entrypoint"] == ["/guest"], config
    assert (out / "rootfs/guest").read_bytes() == GUEST.read_bytes(), "the image's /guest is not the guest program"
    assert sorted(path.name for path in (out / "rootfs").iterdir()) == ["dev", "guest", "proc"]


def main():
    with tempfile.TemporaryDirectory() as folder:
        first, second = pathlib.Path(folder, "first"), pathlib.Path(folder, "second")
        answers = build(first, 0o022)
        again = build(second, 0o077)
        assert [not reason for reason in again.values()] == [not reason for reason in answers.values()], (answers, again)
        one, other = files(first), files(second)
        differ = [name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]
        assert not differ, f"two builds differ in {differ}"
        if not answers["oci"]:
            check_image(first)
        print(f"{len(one)} files are the same in two builds: {', '.join(one)}.")
    missing = {name: reason for name, reason in answers.items() if reason}
    print("".join(f"{name} could not be built: {reason}\n" for name, reason in missing.items()), end="")
    return 77 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
