"""What this machine has seen of a store, so that an older copy put in its place is noticed.

One small file per store and path, outside the store's folder, with two lines. The first is replaced whole and
synced, at most once a second; the second, a sector further, follows every commit without a sync, and counts
only while it is intact. Either may lag behind the store after a crash, which makes an older copy of that
moment pass; neither is ever ahead of it.
"""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

from sshim.errors import Corrupt, SshimError
from sshim.store.crypto import sha256
from sshim.store.disk import Disk
from sshim.store.format import canonical
from sshim.store.state import Anchor

EVERY = 1.0
"""Seconds between two synced writes by one process: each costs two syncs."""

SECTOR = 512


class FileAnchor(Anchor):
    """Anchors in `folder`; `store` is the path of the store they are for, or the place of a shared one."""

    def __init__(self, folder: Path, store: Path | str, disk: Disk) -> None:
        self._folder, self._disk = folder, disk
        place = store if isinstance(store, str) else str(store.absolute())
        self._place = sha256(place.encode("utf-8", "surrogateescape")).hex()[:16]
        self._store = store
        self._written = -EVERY

    def path(self, vault_id: str) -> Path:
        """The file of this store."""
        return self._folder / f"{vault_id}-{self._place}"

    def seen(self, vault_id: str) -> tuple[int, bytes] | None:
        """The newest generation and head MAC; raises `Corrupt` when the synced line was changed."""
        path = self.path(vault_id)
        try:
            content = self._disk.read(path)
        except FileNotFoundError:
            return None
        synced, quick = _read(content[:SECTOR]), _read(content[SECTOR:])
        if synced is None:
            raise Corrupt(
                str(self._store),
                f"its anchor {path} is damaged",
                hint="sshim store verify, then sshim store accept-rollback if all else is well",
            )
        return max(synced, quick or synced)

    def advance(self, vault_id: str, generation: int, head_mac: bytes, *, now: bool) -> None:
        """Remembers a generation unless a newer one is there. A folder that cannot be written only means
        that nothing is remembered."""
        moment = time.monotonic()
        with contextlib.suppress(SshimError, OSError):
            if not now and moment - self._written < EVERY:
                self._disk.patch(self.path(vault_id), SECTOR, _line(generation, head_mac).ljust(SECTOR))
                return
            before = self.seen(vault_id)
            if before is None or before[0] < generation:
                self.write(vault_id, generation, head_mac)
            self._written = moment

    def write(self, vault_id: str, generation: int, head_mac: bytes) -> None:
        """Remembers exactly this, whatever was there. Raises `StoreFull`, `UnsafePermissions`."""
        self._disk.make_folder(self._folder)
        self._disk.check_folder(self._folder)
        self._disk.point("anchor.before")
        self._disk.replace(self.path(vault_id), _line(generation, head_mac).ljust(SECTOR))
        self._disk.point("anchor.after")


def _line(generation: int, head_mac: bytes) -> bytes:
    plain = {"generation": generation, "head": head_mac.hex()}
    check = sha256(canonical(plain).encode()).hex()
    return (canonical({**plain, "check": check}) + "\n").encode()


def _read(sector: bytes) -> tuple[int, bytes] | None:
    line = sector.rstrip(b" \0\n") + b"\n"
    try:
        plain = json.loads(line)
        found = int(plain["generation"]), bytes.fromhex(plain["head"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if line == _line(*found) else None
