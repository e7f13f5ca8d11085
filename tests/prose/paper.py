"""The paper's prose states no number but through claims.toml, and each of those is what its query finds.

A digit may stand in the prose only inside \\val{...} (a row of claims.toml), \\name{...} (a proper name, which has a
letter or is a year), a reference, a label, a file's name, a length of the layout or mathematics.
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path("paper").resolve()))

import numbers_of_paper

SECTIONS = sorted(pathlib.Path("paper/sections").glob("*.tex"))
YEAR = re.compile(r"(19|20)\d\d")
SILENT = [re.compile(p, re.S) for p in [
    r"(?<!\\)%[^\n]*", r"\\begin\{tabularx\}[^\n]*", r"\\begin\{equation\}.*?\\end\{equation\}", r"\$[^$]*\$",
    r"\\(?:cite|ref|label|input|code|fig|includegraphics|vspace|hspace|begin)(?:\[[^\]]*\])?(?:\{[^{}]*\})+",
    r"\\setlength\{[^{}]*\}\{[^{}]*\}", r"\\val\{[^{}]*\}"]]


def stated(text):
    """The pieces of prose that state a number outside claims.toml."""
    for pattern in SILENT:
        text = pattern.sub(" ", text)
    wrong = []

    def name(found):
        inside = found.group(1)
        if not re.search(r"[A-Za-z]", inside) and not YEAR.fullmatch(inside):
            wrong.append(found.group(0))
        return " "

    text = re.sub(r"\\name\{([^{}]*)\}", name, text)
    return wrong + re.findall(r"[^\s]*\d[^\s]*", text)


def main():
    assert SECTIONS, "no section of the paper"
    used, failed = set(), []
    for path in SECTIONS:
        text = path.read_text()
        failed += [f"{path}: '{piece}' states a number that is no row of claims.toml" for piece in stated(text)]
        used |= set(re.findall(r"\\val\{([^{}]*)\}", text))
    numbers = numbers_of_paper.Numbers("paper/claims.toml")
    failed += [f"claims.toml: {name} is not in the paper" for name in numbers.claims.keys() - used]
    failed += [f"claims.toml has no {name}" for name in used - numbers.claims.keys()]
    failed += [f"claims.toml: {name}: the paper says {text}, its query finds {found}"
               for name, (text, found) in numbers_of_paper.check(numbers).items()]

    # The test sees what it is there to see.
    assert stated(r"twice as fast, \val{a}, x$^2$") == []
    assert stated("it takes 3 ms") == ["3"]
    assert stated(r"\name{3.5}") == [r"\name{3.5}"]
    name = next(iter(numbers.claims))
    numbers.claims[name]["text"] += "0"
    assert name in numbers_of_paper.check(numbers)

    print("\n".join(failed) or f"{len(numbers.claims)} numbers in {len(SECTIONS)} sections")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
