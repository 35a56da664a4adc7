"""Whether anybody has committed to a database in WAL mode, told by the header of its shared index.

Every commit writes the header anew, with a counter and checksums; SQLite itself finds out by comparing it.
Asking SQLite costs a prepared statement and two locks, microseconds that a Worker pays at each `get()`.

The header is read through the descriptor that SQLite has of that file. One of our own would be a danger:
when a process closes any descriptor of a file, POSIX takes away all its locks on it, SQLite's too.
Source of the format: sqlite.org/walformat.html, section 2.1.
"""

from __future__ import annotations

import os
from pathlib import Path

_HEADER = 48
"""Bytes of the first of the two copies; a commit counts once that one is written."""

_DESCRIPTORS = (Path("/proc/self/fd"), Path("/dev/fd"))


class WalIndex:
    """The index beside the database at `path`, which a connection of this process has open for as long as
    `header` is asked for."""

    def __init__(self, path: Path) -> None:
        self._descriptor = _open_already(path.with_name(path.name + "-shm"))

    def header(self) -> bytes | None:
        """The header as it is now; equal to an earlier one if nobody has committed in between. None when it
        cannot be told: not in WAL mode, or no way to find the descriptor."""
        if self._descriptor is None:
            return None
        try:
            return os.pread(self._descriptor, _HEADER, 0) or None
        except OSError:
            return None


def _open_already(index: Path) -> int | None:
    """The descriptor that this process has of `index`."""
    try:
        found = os.stat(index, follow_symlinks=False)
    except OSError:
        return None
    for folder in _DESCRIPTORS:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            try:
                each = os.fstat(int(name))
            except (OSError, ValueError):
                continue
            if (each.st_dev, each.st_ino) == (found.st_dev, found.st_ino):
                return int(name)
    return None
