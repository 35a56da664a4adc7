"""The database in one SQLite file: WAL with full sync, every write and checkpoint under the folder's lock.

The settings come from measurement. Less than FULL loses acknowledged commits on power loss; a rollback
journal starves readers.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sshim.errors import Corrupt, InvalidValue, Locked
from sshim.store.disk import Disk
from sshim.store.interface import Gone, Outdated
from sshim.store.lock import LOCK_FILE, FileLock, NoLock
from sshim.store.schema import APPLICATION_ID, FORMAT
from sshim.store.sqlite_connection import copy_into, end, keep_for_ever, set_up
from sshim.store.sqlite_errors import FAULTS, our_error
from sshim.store.sqlite_tables import SqliteTransaction

if TYPE_CHECKING:
    from sshim.store.wal_index import WalIndex

TIDY_EVERY = 1.0
"""Seconds between two truncating checkpoints of one process: each costs several syncs."""

IDENTITY_HOLDS = 0.05
"""Seconds for which readers take it that no restore has put another file in this one's place."""

OFTEN = 8
"""Questions for the version from which on the shared index is looked at: a command asks less."""

_LONGEST = 4 * 1024 * 1024


class SqliteBackend:
    """One connection to `path`. Safe to use from several threads, which then wait for each other. A `private`
    file is one that nobody else knows of yet: it is used without the folder's lock."""

    def __init__(self, path: Path, disk: Disk, *, lock_timeout: float = 10.0, private: bool = False) -> None:
        self.location = str(path)
        self._path, self._disk, self._timeout = path, disk, lock_timeout
        self._lock = NoLock() if private else FileLock(path.with_name(LOCK_FILE), disk, timeout=lock_timeout)
        self._mutex = threading.RLock()
        self._due, self._tidied = False, 0.0
        self._identified = -IDENTITY_HOLDS
        self._index: WalIndex | None = None
        self._asked = 0
        self._header: bytes | None = None
        self._version: object = None
        with self._errors():
            before = disk.check_file(path)
            for side in ("-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    disk.check_file(path.with_name(path.name + side))
            self._connection = disk.connect(path)
            self._ending = weakref.finalize(self, end, self._connection, self._lock, os.getpid())
            try:
                self._settle()
                after = disk.check_file(path)
            except BaseException:
                self._ending()  # an error keeps its frames, and they would keep the connection open
                raise
        self._identity = (after.st_dev, after.st_ino)
        if (before.st_dev, before.st_ino) != self._identity:
            self._forsake()
            raise Corrupt(self.location, "the file was exchanged while it was opened")

    def _settle(self) -> None:
        connection = self._connection
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        set_up(connection)
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        if mode != "wal":
            # the file system did not take shared memory when the store was made: sync at every step
            connection.execute("PRAGMA synchronous=EXTRA")
        found = connection.execute("PRAGMA application_id").fetchone()[0]
        if found != APPLICATION_ID:
            raise Corrupt(self.location, "it is not a store of sshim")
        if connection.execute("PRAGMA user_version").fetchone()[0] < FORMAT:
            raise Outdated(self.location, "it has an older format, or its format number is missing")

    @contextlib.contextmanager
    def read(self) -> Iterator[SqliteTransaction]:
        """A snapshot."""
        with self._mutex, self._errors():
            self._check_identity()
            self._connection.execute("BEGIN")
            try:
                yield SqliteTransaction(self._connection)
            finally:
                self._undo()

    @contextlib.contextmanager
    def write(self) -> Iterator[SqliteTransaction]:
        """An exclusive transaction."""
        with self._mutex, self._errors(), self._lock.held():
            self._check_identity()
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield SqliteTransaction(self._connection)
                self._disk.point("commit.before")
                self._connection.execute("COMMIT")
            except BaseException:
                self._undo()
                raise
            self._due = True
            self._disk.point("commit.after")

    def version(self) -> object:
        """SQLite's counter of other connections' commits. Asked for at every read of a secret, so whether
        the file is still the same one is looked at anew after `IDENTITY_HOLDS` seconds only; the counter too
        while the shared index is as it was, in case that misleads."""
        with self._mutex:
            now = time.monotonic()
            fresh = now - self._identified <= IDENTITY_HOLDS
            if not fresh:
                self._check_identity()
                self._identified = now
            header = self._index.header() if self._index is not None else None
            if fresh and header is not None and header == self._header:
                return self._version
            return self._ask(header)

    def _ask(self, header: bytes | None) -> object:
        """The counter from SQLite; `header` is the index's from before."""
        try:
            self._version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        except FAULTS as error:
            raise our_error(self.location, error) from None
        self._header = header
        self._asked += 1
        if self._index is None and self._asked > OFTEN:
            from sshim.store.wal_index import WalIndex

            self._index = WalIndex(self._path)
        return self._version

    def second(self) -> SqliteBackend:
        """Another connection to the same file; raises `Gone` when it has been deleted."""
        try:
            return SqliteBackend(self._path, self._disk, lock_timeout=self._timeout)
        except FileNotFoundError:
            raise Gone from None

    def tidy(self, *, at_once: bool = False) -> None:
        """Empties the journal, which keeps old pages, unless that was done a moment ago."""
        now = time.monotonic()
        if self._due and (at_once or now - self._tidied >= TIDY_EVERY):
            with self._mutex, self._lock.held():
                self._checkpoint()
            self._due, self._tidied = False, now

    def _checkpoint(self) -> None:
        # what is committed is safe without it: a reader in the way, or a full disk, only leaves it for later
        with contextlib.suppress(*FAULTS):
            self._disk.point("checkpoint.before")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._disk.point("checkpoint.after")

    def fold(self) -> None:
        """Takes the whole journal into the file, which may then be moved by itself; raises `StoreFull`. What
        `close` does to the same end may fail unnoticed."""
        with self._mutex, self._errors(), self._lock.held():
            busy, *_ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise Locked(self.location, None)

    def check(self) -> Iterable[str]:
        """What `integrity_check` says."""
        with self.read():
            found = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check(20)")]
        return [each for each in found if each != "ok"]

    def copy_to(self, target: Path) -> None:
        """A copy without journal or free pages; `target` must exist, empty and ours."""
        with self._mutex, self._errors(), self._lock.held():
            self._check_identity()
            copy_into(self._connection, target)

    def close(self) -> None:
        """Empties the journal and closes, under the lock."""
        with self._mutex:
            if self._ending.alive:
                self._ending()

    def _check_identity(self) -> None:
        try:
            found = os.stat(self._path, follow_symlinks=False)
        except FileNotFoundError:
            found = None
        if found is None or (found.st_dev, found.st_ino) != self._identity:
            self._forsake()
            raise Gone

    def _forsake(self) -> None:
        """Leaves a connection whose file has another's name now. Closing it would delete the journal of
        that other file, so it is kept open, beyond the reach of the garbage collector, until the end."""
        if self._ending.detach():
            keep_for_ever(self._connection)

    def _undo(self) -> None:
        with contextlib.suppress(*FAULTS):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except UnicodeEncodeError:
            why = "a text holds bytes that are not UTF-8"
            raise InvalidValue(why, hint="write names and comments in UTF-8") from None
        except FAULTS as error:
            raise our_error(self.location, error) from None
