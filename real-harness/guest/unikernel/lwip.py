#!/usr/bin/env python3
"""Fetches lwIP, the unikernel's TCP/IP: Debian's source package, into a folder, without changing anything of the system.

    lwip.py OUT

Writes OUT/lwip/ (with src/ in it) and OUT/version, all or nothing. When it cannot be had, one sentence on standard error
says why, and the exit status is 1. apt verifies what it downloads against the archive's signatures; its sources list, indexes
and cache are in a temporary folder.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile


class Cannot(Exception):
    """One sentence: what is missing, and what to install or enable."""


def run(command, folder):
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        raise Cannot(f"{command[0]} did not end within two minutes") from None
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.startswith("E:")] or done.stderr.splitlines() or ["it says nothing"]
        raise Cannot(f"{command[0]} failed ({said[0].removeprefix('E:').strip()})")
    return done.stdout


def source_entries():
    """deb-src lines for the archives of Debian's that this system takes its packages from."""
    fields = "$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)"
    entries = set()
    for line in run(["apt-get", "indextargets", "--format", fields, "Created-By: Packages"], None).splitlines():
        origin, *place = line.split()
        if origin == "Debian" and len(place) == 3 and place[2] == "main":
            entries.add(f"deb-src {' '.join(place)}\n")
    if not entries:
        raise Cannot("apt knows no archive of Debian's; run apt-get update")
    return sorted(entries)


def fetch(out):
    for tool, package in (("apt-get", "apt"), ("dpkg-source", "dpkg-dev")):
        if not shutil.which(tool):
            raise Cannot(f"{tool} is not installed; on Debian: apt-get install {package}")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix="fetch-") as name:
        work = pathlib.Path(name)
        for folder in ("lists/partial", "cache/archives/partial"):
            (work / folder).mkdir(parents=True)
        (work / "sources.list").write_text("".join(source_entries()))
        own = {"Dir::Etc::sourcelist": work / "sources.list", "Dir::Etc::sourceparts": "/dev/null",
               "Dir::State::lists": work / "lists", "Dir::Cache": work / "cache", "APT::Sandbox::User": "root",
               "Acquire::Languages": "none", "Acquire::Retries": 0, "Acquire::http::Timeout": 20}
        options = [word for key, value in own.items() for word in ("-o", f"{key}={value}")]
        run(["apt-get", "-q", *options, "update"], work)
        run(["apt-get", "-q", *options, "source", "lwip"], work)
        unpacked = [folder for folder in work.glob("lwip-*") if (folder / "src").is_dir()]
        described = list(work.glob("*.dsc"))
        if len(unpacked) != 1 or len(described) != 1:
            raise Cannot("Debian's source package lwip is not as it was")
        shutil.rmtree(out / "lwip", ignore_errors=True)
        unpacked[0].rename(out / "lwip")
        (out / "version").write_text(described[0].stem + "\n")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        fetch(pathlib.Path(sys.argv[1]).resolve())
    except Cannot as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
