"""Debian's packages, fetched and taken apart, but not installed."""

import re
import shutil
import subprocess

from cannot import Cannot


def require(what):
    """Raises Cannot where Debian's tools are missing; `what` begins the sentence."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Cannot(f"{what}, and this system has no apt-get and dpkg-deb to get it with")


def _shown(name, what):
    shown = subprocess.run(["apt-cache", "show", "--no-all-versions", name], capture_output=True, text=True).stdout
    if not shown:
        raise Cannot(f"apt does not know {name}, {what}; run apt-get update, or use a Debian mirror")
    return shown


def behind(meta, what):
    """The real kernel package that a meta package depends on, as NAME_VERSION."""
    depends = re.search(r"^Depends: (linux-image-\S+) \(= (\S+)\)", _shown(meta, what), re.MULTILINE)
    if not depends:
        raise Cannot(f"apt does not know {meta}, {what}; run apt-get update, or use a Debian mirror")
    return "_".join(depends.groups())


def current(name, what):
    """The package in the version Debian now has, as NAME_VERSION."""
    return f"{name}_{re.search('^Version: (.*)$', _shown(name, what), re.MULTILINE)[1]}"


def download(packages, folder):
    """Puts the packages, each NAME_VERSION, into the folder as *.deb."""
    names = [package.replace("_", "=") for package in packages]
    got = subprocess.run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *names],
                         cwd=folder, capture_output=True, text=True)
    if got.returncode != 0:
        said = [line for line in got.stderr.splitlines() if line.startswith("E:")] or ["E: no reason given"]
        raise Cannot(f"apt-get download {names[0]}{' …' if names[1:] else ''} failed ({said[0][2:].strip()}); "
                     "go online once, or run apt-get update if the package is no longer there")
