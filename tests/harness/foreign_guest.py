"""strata measure --guest: is a machine image that knows nothing of us started by what it says of itself, measured to a text on its
console or to its end, and refused in words when it is none?"""

import csv
import json
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile

STRATA = str(pathlib.Path(os.environ.get("STRATA", "build/strata")).resolve())
PVH = pathlib.Path(STRATA).parent / "strata-unikernel-pvh"
BASE = 0x100000


def elf(content, bits=32, note=b"", machine=None):
    """An executable with these bytes at BASE, its entry behind the first 12 of them, and this note (ELF, System V ABI, gABI 4)."""
    wide = bits == 64
    header, entry = (64, 56) if wide else (52, 32)
    start = header + 2 * entry
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1, 1]) + bytes(9)
    rest = (2, machine or (62 if wide else 3), 1, BASE + 12, header, 0, 0, header, entry, 2, 0, 0, 0)
    out = ident + struct.pack("<HHIQQQIHHHHHH" if wide else "<HHIIIIIHHHHHH", *rest)
    for kind, offset, size in ((1, start, len(content)), (4, start + len(content), len(note))):
        if wide:
            out += struct.pack("<IIQQQQQQ", kind, 7, offset, BASE, BASE, size, size, 4)
        else:
            out += struct.pack("<IIIIIIII", kind, offset, BASE, BASE, size, size, 7, 4)
    return out + content + note


def note(owner, kind, content):
    return struct.pack("<III", len(owner), len(content), kind) + owner.ljust(-(-len(owner) // 4) * 4, b"\0") + content


END = b"\x6a\0\x6a\0\x0f\x01\x1c\x24\xcc"  # push 0; push 0; lidt (%esp); int3: a triple fault, which QEMU takes for a reset
HANG = b"\xeb\xfe"  # jmp to itself


def multiboot(text, then=END):
    """Says this at the first serial port."""
    code = b"".join(b"\x66\xba\xf8\x03\xb0" + bytes([c]) + b"\xee" for c in text)  # mov $0x3f8, %dx; mov $c, %al; out %al, %dx
    return struct.pack("<III", 0x1BADB002, 0, (-0x1BADB002) & 0xFFFFFFFF) + code + then


def measure(file, *words, status=0, path=None):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([STRATA, "measure", "--guest", file, "--trials", "1", "--quick", "--no-figures", "--out", folder, *words],
                              capture_output=True, text=True, timeout=300, env={**os.environ, **({"PATH": path} if path else {})})
        assert done.returncode == status, f"{words}: exit status {done.returncode}, not {status}\n{done.stdout}{done.stderr}"
        rows = pathlib.Path(folder, "rows.csv")
        return done.stdout + done.stderr, list(csv.DictReader(rows.open())) if rows.exists() else []


def refuses(folder):
    for name, content, said in [
            ("empty", b"", "is empty"), ("text", b"#!/bin/sh\n", "is no ELF file, and has no multiboot header"),
            ("short", elf(b"")[:40], "headers are broken"), ("program", elf(bytes(64), 64), "without any of the notes"),
            ("arm", elf(bytes(64), 64, machine=183), "for another processor"), ("gzip", b"\x1f\x8b\x08\0", "compressed by gzip"),
            ("wide", elf(multiboot(b"x"), 64), "32-bit ELF files only"), ("linux", bytes(0x202) + b"HdrS", "(bzImage)"),
            ("spt", elf(bytes(64), 64, note(b"Solo5\0", 0x31494241, struct.pack("<IIII", 2, 1, 0, 0))), "for the target spt"),
            # A note that says it is larger than the file.
            ("long", elf(bytes(64), 64, struct.pack("<III", 4, 0x7FFFFFFF, 18) + b"Xen\0"), "without any of the notes")]:
        file = folder / name
        file.write_bytes(content)
        answer, _ = measure(file, status=2)
        assert answer.startswith(f"{file}: ") and said in answer and "known: PVH" in answer, (name, answer)
    assert "No such file" in measure(folder / "nowhere", status=2)[0]
    file = folder / "good"
    file.write_bytes(elf(multiboot(b"x")))
    for words, said in [(["--arguments", 'a"b'], "--arguments: "), (["--until", "a\nb"], "--until: "), (["--burst", "2"], "--burst"),
                        (["--stack", "runc"], "known: guest_qemu_microvm"),
                        (["--metric", "boot.total"], "known: life.total, memory.configured")]:
        assert said in measure(file, *words, status=2)[0], words
    done = subprocess.run([STRATA, "measure", "--until", "x"], capture_output=True, text=True)
    assert done.returncode == 2 and "go with --guest" in done.stderr, done


def values(rows):
    """By metric, of the samples that count."""
    return {row["metric"]: float(row["value"]) for row in rows if row["outcome"] in ("ok", "disturbed")}


def on_qemu(folder):
    """A text that comes, one that does not, and an end."""
    file = folder / "multiboot"
    file.write_bytes(elf(multiboot(b"it says hello\n", HANG)))
    said, rows = measure(file, "--until", "says hello", "--memory", "32")
    assert "guest_xen_icount is left out: Xen enters PVH images" in said and {row["stack"] for row in rows} == {"guest_qemu_pc"}, said
    got = values(rows)
    assert got.keys() == {"boot.console", "memory.console.pss", "memory.configured"} and got["memory.configured"] == 32, got
    assert got["boot.console"] > 1 and 5 < got["memory.console.pss"] < 500, got
    file.write_bytes(elf(multiboot(b"it says hello\n")))
    # One that ends at once after its text may be gone before its memory is read; its start was timed all the same.
    assert values(measure(file, "--until", "says hello")[1]).keys() >= {"boot.console", "memory.configured"}
    assert values(measure(file)[1]).keys() == {"life.total", "memory.configured"}
    _, rows = measure(file, "--until", "good-bye", status=1)
    assert {row["outcome"] for row in rows} == {"failed: it ended without 'good-bye' on its console: it says hello"}, rows

    hangs = folder / "hangs"
    hangs.write_bytes(elf(multiboot(b"", HANG)))
    assert {row["outcome"] for row in measure(hangs, "--life", "1", status=1)[1]} == {"timeout"}
    floods = folder / "floods"
    floods.write_bytes(elf(multiboot(b"", b"\x66\xba\xf8\x03\xee\xeb\xfd")))  # mov $0x3f8, %dx; out %al, %dx; jmp back
    assert {row["outcome"] for row in measure(floods, status=1)[1]} == {"failed: wrote more than 64 KiB"}

    # Our unikernel as a stranger: its marks are lines of its console.
    _, rows = measure(PVH, "--arguments", "tsc-khz 1000000 hello", "--until", "mark M", "--stack", "guest_qemu_microvm", "--stack",
                      "guest_qemu_pc")
    assert {row["stack"] for row in rows if row["outcome"] != "warm-up"} == {"guest_qemu_microvm", "guest_qemu_pc"}, rows
    assert values(rows)["boot.console"] > 1, rows


def on_solo5(folder):
    """What solo5-hvt is given, and that its standard output is the console: by one that is none."""
    tools = folder / "tools"
    tools.mkdir()
    tool = tools / "solo5-hvt"
    tool.write_text("#!/bin/sh\necho \"given: $*\"\nsleep 60\n")
    tool.chmod(0o755)
    file = folder / "unikernel.hvt"
    file.write_bytes(elf(bytes(64), 64, note(b"Solo5\0", 0x31494241, struct.pack("<IIII", 1, 2, 0, 0))))
    if not shutil.which("solo5-hvt"):
        assert "solo5-hvt is not installed" in measure(file, status=1)[0]
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return print("solo5-hvt is not tried: no access to /dev/kvm")
    words = ["--until", f"given: --mem=16 {file} one two", "--arguments", "one two", "--memory", "16"]
    _, rows = measure(file, *words, path=f"{tools}:{os.environ['PATH']}")
    assert values(rows)["boot.console"] > 0 and {row["stack"] for row in rows} == {"guest_solo5_hvt"}, rows


def main():
    able = json.loads(subprocess.run([STRATA, "probe", "--json"], check=True, capture_output=True).stdout)
    why_not = {row["stack"]: row["why_not"] for row in able}["strata_unikernel_qemu_microvm"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        refuses(folder)
        on_solo5(folder)
        if why_not:
            return print(f"nothing is started on QEMU: {why_not}")
        on_qemu(folder)


main()
