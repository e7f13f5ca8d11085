"""Roots for Linux guests: cpio archives as the kernel unpacks them (newc), the same bytes for the same contents.

A device node is only a record in the archive, so writing one needs no root.
"""

import stat


class Cpio:
    """A tree to be the kernel's first root. Everything in it belongs to root and dates from the epoch."""

    def __init__(self):
        self._entries = {}

    def folder(self, path):
        """An empty folder; like every entry it brings the folders above it."""
        self._add(path, stat.S_IFDIR | 0o755)

    def file(self, path, content, mode=0o755):
        self._add(path, stat.S_IFREG | mode, content)

    def link(self, path, target):
        self._add(path, stat.S_IFLNK | 0o777, target.encode())

    def device(self, path, major, minor):
        """A character device."""
        self._add(path, stat.S_IFCHR | 0o600, device=(major, minor))

    def tree(self, root, below=""):
        """A copy of the folders, files and links under `root` (a pathlib.Path), put into the folder `below`."""
        for source in sorted(root.rglob("*")):
            path = f"{below}/{source.relative_to(root)}"
            if source.is_symlink():
                self.link(path, str(source.readlink()))
            elif source.is_dir():
                self.folder(path)
            else:
                self.file(path, source.read_bytes(), stat.S_IMODE(source.stat().st_mode))

    def bytes(self):
        """The archive. Its length is a multiple of 512, so that another one may follow it."""
        records = [_record(number, path, *entry) for number, (path, entry) in enumerate(sorted(self._entries.items()), 1)]
        archive = b"".join([*records, _record(0, "TRAILER!!!", 0, b"", (0, 0))])
        return archive + bytes(-len(archive) % 512)

    def _add(self, path, mode, content=b"", device=(0, 0)):
        path = path.strip("/")
        above = path.rpartition("/")[0]
        if above and above not in self._entries:
            self.folder(above)
        self._entries[path] = (mode, content, device)


def _record(number, path, mode, content, device):
    name = path.encode() + b"\0"
    links = 2 if stat.S_ISDIR(mode) else 1
    fields = [number, mode, 0, 0, links, 0, len(content), 0, 0, *device, len(name), 0]
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name
    return _padded(head) + _padded(content)


def _padded(content):
    return content + bytes(-len(content) % 4)
