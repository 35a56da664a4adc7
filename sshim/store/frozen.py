"""Reading a store whose disk is full.

SQLite needs room for its shared index before it reads anything, so a full disk would hide what is on it.
Here the whole database is copied into memory, under the lock, by a connection that needs no shared index.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from sshim.errors import SshimError
from sshim.store.disk import Disk
from sshim.store.interface import Backend, Gone
from sshim.store.lock import LOCK_FILE, FileLock
from sshim.store.schema import FORMAT
from sshim.store.sqlite_connection import copy_into
from sshim.store.sqlite_errors import FAULTS, our_error
from sshim.store.sqlite_tables import SqliteTransaction


class FrozenBackend:
    """What is in `path` at this moment, read-only. As soon as the file changes, or a write finds that there
    is room again, it is `Gone`, and the store is opened anew; until then a write raises `cause`."""

    def __init__(
        self,
        path: Path,
        disk: Disk,
        cause: SshimError,
        reopen: Callable[[], Backend],
        *,
        lock_timeout: float,
    ) -> None:
        self.location = str(path)
        self._path, self._disk, self._cause, self._reopen = path, disk, cause, reopen
        self._timeout = lock_timeout
        try:
            with FileLock(path.with_name(LOCK_FILE), disk, timeout=lock_timeout).held():
                disk.check_file(path)
                self._signature = self._look()
                self._memory = _copy(disk, path)
                found = self._memory.execute("PRAGMA user_version").fetchone()[0]
        except FAULTS as error:
            raise our_error(self.location, error) from None
        if found < FORMAT:
            self._memory.close()
            raise cause  # there is no room to migrate it

    @contextlib.contextmanager
    def read(self) -> Iterator[SqliteTransaction]:
        """The copy; a damaged one shows here."""
        try:
            yield SqliteTransaction(self._memory)
        except FAULTS as error:
            raise our_error(self.location, error) from None

    @contextlib.contextmanager
    def write(self) -> Iterator[SqliteTransaction]:
        """Raises the cause, or `Gone` when there is room again."""
        with contextlib.suppress(SshimError, FileNotFoundError):
            self._reopen().close()
            raise Gone
        raise self._cause
        yield  # never reached: it makes this a context manager

    def version(self) -> object:
        """Always the same; raises `Gone` when the file has changed."""
        if self._look() != self._signature:
            raise Gone
        return 0

    def second(self) -> Backend:
        """Another copy, or the database itself when there is room again."""
        try:
            return self._reopen()
        except FileNotFoundError:
            raise Gone from None
        except SshimError:
            return FrozenBackend(
                self._path, self._disk, self._cause, self._reopen, lock_timeout=self._timeout
            )

    def tidy(self, *, at_once: bool = False) -> None:
        """Nothing to do."""

    def check(self) -> Iterable[str]:
        """What `integrity_check` says of the copy."""
        found = [str(row[0]) for row in self._memory.execute("PRAGMA integrity_check(20)")]
        return [each for each in found if each != "ok"]

    def copy_to(self, target: Any) -> None:
        """A copy elsewhere, where there may be room."""
        try:
            copy_into(self._memory, target)
        except FAULTS as error:
            raise our_error(self.location, error) from None

    def close(self) -> None:
        """Forgets the copy."""
        self._memory.close()

    def _look(self) -> tuple[tuple[int, int, int], ...]:
        found = []
        for suffix in ("", "-wal"):
            with contextlib.suppress(FileNotFoundError):
                stat = os.lstat(f"{self._path}{suffix}")
                found.append((stat.st_ino, stat.st_size, stat.st_mtime_ns))
        return tuple(found)


def _copy(disk: Disk, path: Path) -> sqlite3.Connection:
    source = disk.connect(path)
    try:
        # in this mode the index of the journal lies in the memory of the process
        source.execute("PRAGMA locking_mode=EXCLUSIVE")
        source.execute("PRAGMA query_only=ON")
        memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        source.backup(memory)
        return memory
    finally:
        source.close()
