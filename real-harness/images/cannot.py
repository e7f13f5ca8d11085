"""Why an image cannot be built on this machine."""

import pathlib
import shutil
import subprocess


class Cannot(Exception):
    """One sentence: what is missing, and what to install or enable."""


def tool(name, package):
    """The path of a program, or why it is missing."""
    path = shutil.which(name)
    if not path:
        raise Cannot(f"{name} is not installed; on Debian: apt-get install {package}")
    return path


def run(command, **options):
    """Runs a command and returns what it wrote; the innermost of its complaints is the reason when it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip() or "it says nothing").splitlines()[-1]
        innermost = ": ".join(said.split(": ")[-3:])
        raise Cannot(f"{pathlib.PurePath(command[0]).name} failed with exit status {done.returncode}: {innermost}")
    return done.stdout
