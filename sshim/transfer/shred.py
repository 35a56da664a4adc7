"""Plaintext files overwritten and removed.

What this gains depends on the disk: file systems that copy on write, journals, snapshots, backups, and the
wear levelling of solid-state drives may all keep the old bytes.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

CAUTION = (
    "overwritten and removed as far as a program can: solid-state drives, snapshots and backups may still "
    "hold old copies, so rotate what matters"
)


def shred(paths: Iterable[Path]) -> list[tuple[Path, str]]:
    """Overwrites each file with zeros, syncs, removes it. Returns those left alone with the reason: links,
    files with a second name, and what the system refuses. A file that is gone already is done."""
    left = []
    for path in paths:
        try:
            reason = _shred(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            reason = error.strerror or type(error).__name__
        if reason:
            left.append((path, reason))
    return left


def _shred(path: Path) -> str:
    found = os.lstat(path)
    if not stat.S_ISREG(found.st_mode):
        return "it is not a plain file"
    if found.st_nlink != 1:
        return "it has a second name somewhere"
    descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0))
    with open(descriptor, "wb", buffering=0) as stream:
        now = os.fstat(descriptor)
        if (now.st_dev, now.st_ino) != (found.st_dev, found.st_ino):
            return "it was replaced meanwhile"
        left = now.st_size
        while left > 0:
            left -= stream.write(bytes(min(left, 1 << 16)))
        os.fsync(descriptor)
    path.unlink()
    _sync(path.parent)
    return ""


def _sync(folder: Path) -> None:
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
