"""What this machine has seen of a store, so that an older copy put in its place is noticed.

One small file per store and path, outside the store's folder. It may lag behind the store (by a second, or
after a crash), which only makes an older copy of that second pass; it is never ahead of it.
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
"""Seconds between two writes by one process: each costs two syncs."""


class FileAnchor(Anchor):
    """Anchors in `folder`; `store` is the path of the store they are for."""

    def __init__(self, folder: Path, store: Path, disk: Disk) -> None:
        self._folder, self._disk = folder, disk
        self._place = sha256(str(store.absolute()).encode("utf-8", "surrogateescape")).hex()[:16]
        self._store = store
        self._written = -EVERY

    def path(self, vault_id: str) -> Path:
        """The file of this store."""
        return self._folder / f"{vault_id}-{self._place}"

    def seen(self, vault_id: str) -> tuple[int, bytes] | None:
        """The newest generation and head MAC; raises `Corrupt` when the file was changed."""
        path = self.path(vault_id)
        try:
            content = self._disk.read(path)
        except FileNotFoundError:
            return None
        try:
            plain = json.loads(content)
            if content != _content(plain["generation"], plain["head"]):
                raise ValueError
            return int(plain["generation"]), bytes.fromhex(plain["head"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Corrupt(
                str(self._store),
                f"its anchor {path} is damaged",
                hint="sshim store verify, then sshim store accept-rollback if all else is well",
            ) from None

    def advance(self, vault_id: str, generation: int, head_mac: bytes, *, now: bool) -> None:
        """Remembers a generation unless a newer one is there. A folder that cannot be written only means
        that nothing is remembered."""
        moment = time.monotonic()
        if not now and moment - self._written < EVERY:
            return
        with contextlib.suppress(SshimError, OSError):
            before = self.seen(vault_id)
            if before is None or before[0] < generation:
                self.write(vault_id, generation, head_mac)
        self._written = moment

    def write(self, vault_id: str, generation: int, head_mac: bytes) -> None:
        """Remembers exactly this, whatever was there. Raises `StoreFull`, `UnsafePermissions`."""
        self._disk.make_folder(self._folder)
        self._disk.check_folder(self._folder)
        self._disk.point("anchor.before")
        self._disk.replace(self.path(vault_id), _content(generation, head_mac.hex()))
        self._disk.point("anchor.after")


def _content(generation: int, head: str) -> bytes:
    plain = {"generation": generation, "head": head}
    check = sha256(canonical(plain).encode()).hex()
    return (canonical({**plain, "check": check}) + "\n").encode()
