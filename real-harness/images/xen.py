"""Xen, its dom0's kernel and toolstack: from Debian's packages, unpacked and not installed."""

import gzip
import hashlib
import pathlib
import shutil
import tempfile

import packages
from cannot import Cannot, run
from cpio import Cpio

WHAT = "of which Xen's dom0 is made"
# The cloud kernel of the Linux guests cannot be a dom0.
KERNEL = "linux-image-amd64"
PACKAGES = ("xen-hypervisor-4.17-amd64", "xen-utils-4.17", "xenstore-utils", "libxencall1", "libxendevicemodel1", "libxenevtchn1",
            "libxenforeignmemory1", "libxengnttab1", "libxenhypfs1", "libxenmisc4.17", "libxenstore4", "libxentoolcore1",
            "libxentoollog1", "libc6", "libgcc-s1", "liblzma5", "libuuid1", "libyajl2", "libzstd1", "zlib1g", "busybox-static")
PROGRAMS = ("xl", "xenstored", "xenconsoled", "xen-init-dom0", "xenconsole")
# What these are linked with, and libgcc_s, which a thread of theirs loads when it is cancelled.
LIBRARIES = ("libc.so.6", "libgcc_s.so.1", "liblzma.so.5", "libuuid.so.1", "libxencall.so.1", "libxenctrl.so.4.17",
             "libxendevicemodel.so.1", "libxenevtchn.so.1", "libxenforeignmemory.so.1", "libxengnttab.so.1", "libxenguest.so.4.17",
             "libxenhypfs.so.1", "libxenlight.so.4.17", "libxenstore.so.4", "libxentoolcore.so.1", "libxentoollog.so.1",
             "libxlutil.so.4.17", "libyajl.so.2", "libz.so.1", "libzstd.so.1", "ld-linux-x86-64.so.2")
# In the order they load in; none needs another one.
MODULES = ("xen-privcmd", "xen-evtchn", "xen-gntdev", "xen-gntalloc", "xenfs")
# libxl looks for its helpers here.
HELPERS = "usr/lib/xen-4.17/bin"


class Xen:
    """What a folder in the cache holds: `xen` (the hypervisor, ELF), `vmlinuz` (dom0's kernel), `files/` of its root."""

    def __init__(self, folder):
        self.packages = folder.name
        self.hypervisor = folder / "xen"
        self.vmlinuz = folder / "vmlinuz"
        self.files = folder / "files"


def xen(cache):
    """Xen as Debian now has it, from the cache if it is there; the newest in the cache when offline."""
    try:
        packages.require("Xen and its dom0 are Debian's")
        wanted = [packages.behind(KERNEL, WHAT), *(packages.current(name, WHAT) for name in PACKAGES)]
        # All the versions make the name; the hypervisor's is told.
        name = f"{wanted[1]}_{hashlib.sha256(' '.join(wanted).encode()).hexdigest()[:12]}"
        if not (cache / name).exists():
            _fetch(wanted, cache, name)
        return Xen(cache / name)
    except Cannot:
        kept = sorted(cache.glob("xen-hypervisor-*"), key=lambda folder: folder.stat().st_mtime)
        if not kept:
            raise
        return Xen(kept[-1])


def root(found, init):
    """dom0's first root, to which a runner appends an archive of /guests."""
    archive = Cpio()
    for file in found.files.iterdir():
        if file.suffix == ".ko":
            archive.file(f"modules/{MODULES.index(file.stem):02}-{file.name}", file.read_bytes(), 0o644)
        elif file.name == "ld-linux-x86-64.so.2":
            archive.file(f"lib64/{file.name}", file.read_bytes())
        elif ".so" in file.name:
            archive.file(f"lib/{file.name}", file.read_bytes())
        elif file.name in ("xen-init-dom0", "xenconsole"):
            archive.file(f"{HELPERS}/{file.name}", file.read_bytes())
            archive.link(f"bin/{file.name}", f"/{HELPERS}/{file.name}")
        else:
            archive.file(f"bin/{file.name}", file.read_bytes())
    archive.file("init", init.read_bytes())
    archive.device("dev/console", 5, 1)
    archive.device("dev/null", 1, 3)
    return archive.bytes()


def _fetch(wanted, cache, name):
    """Downloads the packages and leaves what is needed of them in the cache, whole or not at all."""
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="fetch-") as folder:
        work = pathlib.Path(folder)
        packages.download(wanted, work)
        tree, unpacked = work / "tree", work / name
        (unpacked / "files").mkdir(parents=True)
        tree.mkdir()
        for deb in sorted(work.glob("*.deb")):
            only = "/boot /lib/modules/*/kernel/drivers/xen" if deb.name.startswith("linux-image") else "/"
            run(["sh", "-ec", f"dpkg-deb --fsys-tarfile {deb} | tar -x -C {tree} --no-same-owner --wildcards "
                              + " ".join(f"'.{pattern}'" for pattern in only.split())])
        (unpacked / "xen").write_bytes(gzip.decompress(_one(tree, "boot/xen-*.gz").read_bytes()))
        shutil.copy(_one(tree, "boot/vmlinuz-*"), unpacked / "vmlinuz")
        patterns = [f"{HELPERS}/{program}" for program in PROGRAMS] + ["usr/bin/xenstore", "bin/busybox"]
        patterns += [f"**/x86_64-linux-gnu/{library}" for library in LIBRARIES] + [f"lib/modules/**/{module}.ko" for module in MODULES]
        for pattern in patterns:
            shutil.copy(_one(tree, pattern), unpacked / "files")
        if not (cache / name).exists():  # another build may have been faster
            unpacked.rename(cache / name)


def _one(tree, pattern):
    found = sorted(tree.glob(pattern))
    if not found:
        raise Cannot(f"Debian's packages of Xen no longer hold {pattern}, which real-harness/images/xen.py takes from them")
    return found[0]
