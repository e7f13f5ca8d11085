#!/usr/bin/env python3
"""Do the arrows point one way, and does each name mean one type? Reads every #include of the C and C++ sources and fails with the
sentence that forbids it. Two types of one name in one program link in silence and corrupt each other.

    python3 tests/includes.py [ROOT]
"""

import pathlib
import re
import sys

# Who may include whom. `stacks` and `workloads` are their plug-in files.
ARROWS = {
    "models/base": ["models/base"],
    "models/study": ["models/base", "models/study"],
    "models/layers": ["models/base", "models/study", "models/layers"],
    "models/host": ["models/base", "models/study", "models/layers", "models/host"],
    "models/calibrate": ["models/base", "models/study", "models/layers", "models/host", "models/calibrate"],
    "models/fleet": ["models/base", "models/study", "models/layers", "models/host", "models/fleet"],
    "models/claims": ["models/base", "models/study", "models/layers", "models/host", "models/fleet", "models/claims"],
    "models/cli": ["models/base", "models/study", "models/layers", "models/host", "models/calibrate", "models/fleet",
                   "models/claims", "models/cli", "real-harness"],
    "models/python": ["models/study", "models/calibrate", "models/cli"],
    "stacks": ["models/base", "models/study", "models/layers"],
    "workloads": ["models/base", "models/study"],
    "real-harness": ["models/base", "models/study", "real-harness"],
}
# The tops of the tree that hold sources: an include that leads to none of them is the system's.
TOPS = {"models", "stacks", "workloads", "real-harness", "tests"}
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]')


def room(path):
    """The folder an arrow starts or ends at: models/<name>, or the top folder."""
    parts = path.parts
    return "/".join(parts[:2]) if parts[0] == "models" else parts[0]


def target(root, source, included):
    """The path in the repository an include leads to, or None if it is the system's."""
    beside = (source.parent / included).resolve()
    if beside.is_file() and beside.is_relative_to(root):
        return beside.relative_to(root)
    named = pathlib.PurePosixPath(included)
    return named if named.parts[0] in TOPS else None


def mistakes(root):
    for top in sorted(TOPS - {"tests"}):
        for source in sorted((root / top).rglob("*")):
            if source.suffix not in {".h", ".hpp", ".cpp", ".c", ".S"}:
                continue
            here = source.relative_to(root)
            if room(here) not in ARROWS:
                yield f"{here}: {room(here)} has no arrows yet; say in tests/includes.py what it may include."
                continue
            allowed = ARROWS[room(here)]
            for number, line in enumerate(source.read_text(errors="replace").splitlines(), 1):
                found = INCLUDE.match(line)
                to = found and target(root, source, found[1])
                if to and room(to) not in allowed:
                    yield f"{here}:{number}: {room(here)} may not include {to}; it may include only {', '.join(allowed)}."


# Programs of their own, whose types meet no others.
APART = ["real-harness/guest", "real-harness/tender"]
TYPE = re.compile(r"^(?:struct|class|enum class) ([A-Za-z]\w*)\b[^;]*$")


def names_taken_twice(root):
    seen = {}
    for top in ("models", "real-harness"):
        for source in sorted((root / top).rglob("*.h")):
            here = source.relative_to(root)
            if any(here.is_relative_to(apart) for apart in APART):
                continue
            for number, line in enumerate(source.read_text(errors="replace").splitlines(), 1):
                found = TYPE.match(line)
                if found and seen.setdefault(found[1], here) != here:
                    yield f"{here}:{number}: {found[1]} is already the name of a type in {seen[found[1]]}."


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1]).resolve()
    wrong = [*mistakes(root), *names_taken_twice(root)]
    print("\n".join(wrong) or "Every include points the right way, and every name is one type's.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
