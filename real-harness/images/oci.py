"""OCI images without a daemon: built by buildah in a storage of their own, unpacked by umoci."""

import contextlib
import json
import os
import pathlib
import tarfile
import tempfile

from cannot import Cannot, run, tool


class Buildah:
    """Builds images in a storage below `place` that vanishes with the `with` block. Root and ordinary users may use it.

    Nothing reaches the user's own container storage: even the cache of layers, which for root would be in
    /var/lib/containers, goes where that of nobody would (_CONTAINERS_ROOTLESS_UID), and that is in here. Recipes that
    `run_commands` cannot have this: each command would leave folders for nobody in /run/user.
    """

    def __init__(self, place, run_commands=False):
        self._place = place
        self._as_nobody = os.geteuid() == 0 and not run_commands

    def __enter__(self):
        buildah = tool("buildah", "buildah")
        self._folder = tempfile.TemporaryDirectory(prefix="buildah-", dir=self._place, ignore_cleanup_errors=True)
        home = self._folder.name
        self._environment = {**os.environ, "HOME": home}
        self._environment |= {f"XDG_{name}": home for name in ("DATA_HOME", "CONFIG_HOME", "CACHE_HOME", "RUNTIME_DIR")}
        if self._as_nobody:
            self._environment["_CONTAINERS_ROOTLESS_UID"] = "65534"
        self._command = [*_for_this_root(), buildah, "--storage-driver", "vfs",
                         "--root", f"{home}/root", "--runroot", f"{home}/run"]
        return self

    def __exit__(self, *_):
        # Files of other users (subuids) and read-only folders: only buildah itself can remove them.
        with contextlib.suppress(Cannot):
            self.run("rmi", "--all", "--force")
        self._folder.cleanup()

    def run(self, *words):
        return run([*self._command, *words], env=self._environment)

    def build(self, containerfile, context, tag, *words):
        """Builds an image that says nothing of when and by what it was built: its digest follows from its files alone."""
        self.run("build", "--quiet", "--isolation", "chroot", "--timestamp", "0", "--identity-label=false",
                 "--omit-history", *words, "--file", containerfile, "--tag", tag, context)

    def save(self, tag, layout):
        """Puts the image into an OCI layout, its layers compressed as a registry would hold them."""
        self.run("push", "--quiet", "--compression-format", "gzip", tag, f"oci:{layout}:{tag}")


def _for_this_root():
    """What to put before buildah: nothing, but in a plain chroot, whose root is no mount point, what keeps it from mounts.

    With CAP_SYS_ADMIN it would remount the root before it unpacks a layer; without, it only changes its root. It must not
    then look for that capability in a user namespace (_CONTAINERS_USERNS_CONFIGURED), which a chroot may not make.
    """
    try:
        mounts = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
    except OSError:
        raise Cannot("buildah needs /proc; mount it, in a chroot too") from None
    if any(mount.split()[4] == "/" for mount in mounts):
        return []
    if os.geteuid() != 0:
        raise Cannot("buildah needs root in a chroot, where ordinary users may make no user namespaces")
    return [tool("setpriv", "util-linux"), "--bounding-set=-sys_admin", "--inh-caps=-sys_admin",
            "env", "_CONTAINERS_USERNS_CONFIGURED=done"]


class Image:
    """One tag of an OCI layout."""

    def __init__(self, layout, tag):
        self._layout, self._tag = pathlib.Path(layout), tag
        manifests = json.loads((self._layout / "index.json").read_text())["manifests"]
        name = "org.opencontainers.image.ref.name"
        self.digest = next(m["digest"] for m in manifests if m.get("annotations", {}).get(name) == tag)
        self.manifest = self._blob(self.digest)
        self.config = self._blob(self.manifest["config"]["digest"])

    def size(self):
        """Bytes of the layers as they are transferred: compressed."""
        return sum(layer["size"] for layer in self.manifest["layers"])

    def unpacked_size(self):
        """Bytes of the files in the layers, those that an upper layer replaces or removes included."""
        total = 0
        for layer in self.manifest["layers"]:
            with tarfile.open(self._path(layer["digest"])) as files:
                total += sum(file.size for file in files if file.isfile())
        return total

    def unpack(self, folder):
        """The image's files as a folder, owned by whoever unpacks them."""
        run([tool("umoci", "umoci"), "raw", "unpack", "--rootless", "--image", f"{self._layout}:{self._tag}", folder])

    def _blob(self, digest):
        return json.loads(self._path(digest).read_text())

    def _path(self, digest):
        return self._layout / "blobs" / digest.replace(":", "/")
