"""The Linux guests' kernel: Debian's cloud kernel, unpacked from its package and not installed."""

import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile

import packages
from cannot import Cannot

META_PACKAGE = "linux-image-cloud-amd64"
# What a guest needs to see a network card and a disk, on the PCI bus and on microvm's.
WANTED = ("virtio_pci", "virtio_mmio", "virtio_net", "virtio_blk")
# What it needs besides to run guests of its own, on AMD's processors, which QEMU emulates.
KVM = ("kvm_amd",)


class Kernel:
    """A kernel unpacked in the folder: `vmlinuz`, and modules/NN-name.ko and kvm/NN-name.ko in the order they load in."""

    def __init__(self, folder):
        self.package = folder.name
        self.vmlinuz = folder / "vmlinuz"
        self.modules = sorted((folder / "modules").iterdir())
        self.kvm = sorted((folder / "kvm").iterdir())


def kernel(cache):
    """The kernel of the package Debian now names, from the cache if it is there; the newest in the cache when offline."""
    try:
        package = _package()
        if not _is_whole(cache / package):
            _fetch(package, cache)
        return Kernel(cache / package)
    except Cannot:
        kept = sorted(filter(_is_whole, cache.glob("linux-image-*")), key=lambda folder: folder.stat().st_mtime)
        if not kept:
            raise
        return Kernel(kept[-1])


def _is_whole(folder):
    """Whether it has all that is taken from the package; an older build took less."""
    return (folder / "kvm").exists()


def _package():
    """The real package behind META_PACKAGE, as NAME_VERSION."""
    packages.require("the Linux guests' kernel is Debian's cloud kernel")
    return packages.behind(META_PACKAGE, "the Linux guests' kernel")


def _fetch(package, cache):
    """Downloads the package and leaves what is needed of it in the cache, whole or not at all."""
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="fetch-") as folder:
        work = pathlib.Path(folder)
        packages.download([package], work)
        unpacked = work / package
        unpacked.mkdir()
        modules = {}
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", *work.glob("*.deb")], stdout=subprocess.PIPE) as deb:
            with tarfile.open(fileobj=deb.stdout, mode="r|") as files:
                for file in files:
                    path = pathlib.PurePosixPath(file.name)
                    if path.suffix == ".ko":
                        modules[_module_name(path.stem)] = files.extractfile(file).read()
                    elif path.name.startswith("vmlinuz-"):
                        (unpacked / "vmlinuz").write_bytes(files.extractfile(file).read())
        for folder, wanted in ("modules", WANTED), ("kvm", KVM):
            (unpacked / folder).mkdir()
            for number, name in enumerate(_load_order(modules, wanted), 1):
                (unpacked / folder / f"{number:02}-{name}.ko").write_bytes(modules[name])
        if (cache / package).exists() and not _is_whole(cache / package):
            shutil.rmtree(cache / package)
        if not (cache / package).exists():  # another build may have been faster
            unpacked.rename(cache / package)


def _load_order(modules, wanted):
    """The wanted modules, each after those it says it depends on."""
    order = []

    def add(name):
        depends = re.search(rb"\0depends=([^\0]*)\0", modules[name])[1].decode()
        for other in filter(None, depends.split(",")):
            add(_module_name(other))
        if name not in order:
            order.append(name)

    for name in wanted:
        add(name)
    return order


def _module_name(text):
    return text.replace("-", "_")
