"""The database in one SQLite file: WAL with full sync, every write and checkpoint under the folder's lock.

The settings come from measurement. Less than FULL loses acknowledged commits on power loss; a rollback
journal starves readers; creation runs at EXTRA before the switch to WAL, in a file that gets its name only
when it is whole, so that an empty or partial `store.db` is always damage and never a new store.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from sshim.errors import Corrupt, SshimError
from sshim.store.disk import Disk
from sshim.store.interface import Gone
from sshim.store.lock import LOCK_FILE, FileLock, NoLock
from sshim.store.schema import ALL_TABLES, APPLICATION_ID, AUDIT, FORMAT, Row, Table, definition
from sshim.store.sqlite_errors import FAULTS, our_error

TIDY_EVERY = 1.0
"""Seconds between two truncating checkpoints of one process: each costs several syncs."""

IDENTITY_HOLDS = 0.05
"""Seconds for which readers take it that no restore has put another file in this one's place."""

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
        with self._errors():
            before = disk.check_file(path)
            for side in ("-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    disk.check_file(path.with_name(path.name + side))
            self._connection = disk.connect(path)
            self._ending = weakref.finalize(self, _end, self._connection, self._lock, os.getpid())
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
        _settings(connection)
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        if mode != "wal":
            # the file system did not take shared memory when the store was made: sync at every step
            connection.execute("PRAGMA synchronous=EXTRA")
        found = connection.execute("PRAGMA application_id").fetchone()[0]
        if found != APPLICATION_ID:
            raise Corrupt(self.location, "it is not a store of sshim")
        if connection.execute("PRAGMA user_version").fetchone()[0] < FORMAT:
            raise Corrupt(self.location, "its format number is missing")

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
        the file is still the same one is looked at anew after `IDENTITY_HOLDS` seconds only."""
        with self._mutex:
            now = time.monotonic()
            if now - self._identified > IDENTITY_HOLDS:
                self._check_identity()
                self._identified = now
            try:
                return self._connection.execute("PRAGMA data_version").fetchone()[0]
            except FAULTS as error:
                raise our_error(self.location, error) from None

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

    def check(self) -> Iterable[str]:
        """What `integrity_check` says."""
        with self.read():
            found = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check(20)")]
        return [each for each in found if each != "ok"]

    def copy_to(self, target: Path) -> None:
        """A copy without journal or free pages; `target` must exist, empty and ours."""
        with self._mutex, self._errors(), self._lock.held():
            self._check_identity()
            self._connection.execute("VACUUM INTO ?", (str(target),))

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
            _keep_for_ever(self._connection)

    def _undo(self) -> None:
        with contextlib.suppress(*FAULTS):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except FAULTS as error:
            raise our_error(self.location, error) from None


class SqliteTransaction:
    """See `interface.Transaction`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def schema(self) -> str:
        """Everything in `sqlite_schema`, in order of name."""
        rows = self._connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name")
        return "\n".join(" ".join(map(str, row)) for row in rows)

    def version(self) -> object:
        """SQLite's counter of other connections' commits."""
        return self._connection.execute("PRAGMA data_version").fetchone()[0]

    def rows(self, table: Table) -> list[Row]:
        """All rows."""
        return self._connection.execute(_select(table)).fetchall()

    def payload(self, table: Table, key: Any) -> bytes | None:
        """The payload of one row."""
        row = self._connection.execute(_select_payload(table), (key,)).fetchone()
        return row[0] if row is not None and isinstance(row[0], bytes) else None

    def audit(self, after: int = 0, up_to: int | None = None) -> Iterator[Row]:
        """Audit rows in order."""
        last = 2**63 - 1 if up_to is None else up_to
        yield from self._connection.execute(_AUDIT_RANGE, (after, last))

    def put(self, table: Table, row: Row, payload: bytes | None = None) -> None:
        """Adds or replaces."""
        if payload is None:
            self._connection.execute(_update(table) if table.payload else _upsert(table), row)
        else:
            self._connection.execute(_upsert(table), (*row, payload))

    def delete(self, table: Table, key: Any) -> None:
        """Deletes."""
        self._connection.execute(f"DELETE FROM {table.name} WHERE {table.key} = ?", (key,))  # noqa: S608


def create_sqlite(path: Path, disk: Disk, fill: Callable[[SqliteTransaction], None]) -> None:
    """Makes the file with all tables and what `fill` puts in, whole and durable before it has its name.
    The caller holds the folder's lock and has seen that there is no such file."""
    fresh = path.with_name(f"{path.name}.{os.urandom(4).hex()}.new")
    try:
        disk.create_empty(fresh)
        disk.point("create.empty")
        connection = disk.connect(fresh)
        try:
            _settings(connection)
            connection.execute("PRAGMA synchronous=EXTRA")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={FORMAT}")
            for table in ALL_TABLES:
                connection.execute(definition(table))
            fill(SqliteTransaction(connection))
            connection.execute("COMMIT")
            disk.point("create.filled")
            connection.execute("PRAGMA journal_mode=WAL").fetchone()
        finally:
            connection.close()
        disk.sync_file(fresh)
        disk.point("create.before-rename")
        disk.rename(fresh, path)
        disk.point("create.after-rename")
    except BaseException as error:
        for name in (fresh, *(fresh.with_name(fresh.name + side) for side in ("-wal", "-shm", "-journal"))):
            with contextlib.suppress(OSError):
                name.unlink()
        if isinstance(error, FAULTS):
            raise our_error(str(path), error) from None
        raise


def _settings(connection: sqlite3.Connection) -> None:
    for setting in (
        "synchronous=FULL",
        "secure_delete=ON",
        "cell_size_check=ON",
        "trusted_schema=OFF",
        "temp_store=MEMORY",
        "mmap_size=0",
        "busy_timeout=2000",
    ):
        connection.execute(f"PRAGMA {setting}")


def _end(connection: sqlite3.Connection, lock: FileLock | NoLock, pid: int) -> None:
    """The last close checkpoints and deletes the journal, so it waits for its turn too; not for long, since
    whoever holds the lock has the file open, and then this is not the last. A forked child has no business
    with its parent's connection."""
    if os.getpid() != pid:
        _keep_for_ever(connection)
        return
    with contextlib.suppress(SshimError, OSError, *FAULTS), lock.held(at_most=1.0):
        connection.execute("PRAGMA busy_timeout=100")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    with contextlib.suppress(*FAULTS):
        connection.close()


_AUDIT_RANGE = f"SELECT {', '.join(AUDIT.names)} FROM audit WHERE seq > ? AND seq <= ? ORDER BY seq"  # noqa: S608


@cache
def _select(table: Table) -> str:
    return f"SELECT {', '.join(table.names)} FROM {table.name}"  # noqa: S608


@cache
def _select_payload(table: Table) -> str:
    return f"SELECT {table.payload} FROM {table.name} WHERE {table.key} = ?"  # noqa: S608


@cache
def _update(table: Table) -> str:
    sets = ", ".join(f"{name} = ?{at + 1}" for at, name in enumerate(table.names))
    return f"UPDATE {table.name} SET {sets} WHERE {table.key} = ?1"  # noqa: S608


@cache
def _upsert(table: Table) -> str:
    names = table.names if table.payload is None else (*table.names, table.payload)
    marks = ", ".join("?" for _ in names)
    sets = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    conflict = f"ON CONFLICT({table.key}) DO UPDATE SET {sets}"
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks}) {conflict}"  # noqa: S608


def _keep_for_ever(connection: sqlite3.Connection) -> None:
    """Puts it beyond the garbage collector, and beyond the end of the interpreter, which would close it."""
    import ctypes  # costs every command some milliseconds, and is seldom needed

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
