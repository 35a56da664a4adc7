"""Moving a store to a newer format: a verified backup first, then one transaction that is proven before it
counts.

Format 1 is the first, so there are no steps yet. `STEPS[n]` turns format n into n + 1 inside the transaction
that it is given: it checks what it reads by the keys, and leaves header, rows and head as n + 1 has them. The
header's row has one shape in every format.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from sshim.errors import Corrupt, StoreError, TooNew
from sshim.store.disk import Disk
from sshim.store.format import Header, Seals, decode_header
from sshim.store.lock import LOCK_FILE, FileLock, NoLock
from sshim.store.proof import prove_all
from sshim.store.schema import APPLICATION_ID, FORMAT, HEADER
from sshim.store.sqlite_connection import copy_into, set_up
from sshim.store.sqlite_errors import FAULTS, our_error
from sshim.store.sqlite_tables import SqliteTransaction
from sshim.store.unlocking import KeyPlace, find_key

Step = Callable[[sqlite3.Connection, Header, Seals], None]

STEPS: dict[int, Step] = {}


def migrate(
    path: Path, disk: Disk, place: KeyPlace, *, lock_timeout: float = 10.0, private: bool = False
) -> Path | None:
    """Brings the file to the present format; the backup of what it was, None when nothing was to do. The
    backup stays until the user deletes it. Raises `TooNew`, `Corrupt`, `StoreFull` and what finding the key
    raises; the store is then as it was."""
    lock = NoLock() if private else FileLock(path.with_name(LOCK_FILE), disk, timeout=lock_timeout)
    with lock.held(), _connected(path, disk) as connection:
        found = _format(connection)
        if found == FORMAT:
            return None  # another process was faster
        header = _header(path, connection, found)
        keys, _ = find_key(str(path), header, place)
        backup = _back_up(connection, path, disk, found)
        connection.execute("BEGIN IMMEDIATE")
        try:
            for each in range(found, FORMAT):
                STEPS[each](connection, header, keys)
            connection.execute(f"PRAGMA user_version={FORMAT}")
            prove_all(keys, SqliteTransaction(connection))
            disk.point("migrate.proven")
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(*FAULTS):
                connection.execute("ROLLBACK")
            raise
        disk.point("migrate.committed")
        return backup


@contextlib.contextmanager
def _connected(path: Path, disk: Disk) -> Iterator[sqlite3.Connection]:
    disk.check_file(path)
    try:
        connection = disk.connect(path)
        try:
            set_up(connection)
            yield connection
        finally:
            connection.close()
    except FAULTS as error:
        raise our_error(str(path), error) from None


def _format(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _header(path: Path, connection: sqlite3.Connection, found: int) -> Header:
    """The header, once everything says that the file is of the format `found`, and there is a way on."""
    if found > FORMAT:
        raise TooNew(str(path), found, FORMAT)
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise Corrupt(str(path), "it is not a store of sshim")
    for each in range(found, FORMAT):
        if each not in STEPS:
            raise Corrupt(str(path), f"unknown format {each}")
    rows = SqliteTransaction(connection).rows(HEADER)
    if len(rows) != 1:
        raise Corrupt(str(path), "the header is missing")
    return decode_header(str(path), rows[0], written_as=found)


def _back_up(connection: sqlite3.Connection, path: Path, disk: Disk, found: int) -> Path:
    backup = path.with_name(f"{path.name}.format-{found}.{os.urandom(4).hex()}.backup")
    disk.create_empty(backup)
    try:
        copy_into(connection, backup)
        _compare(connection, backup, disk)
        disk.sync_file(backup)
        disk.sync_folder(backup.parent)
    except BaseException as error:
        with contextlib.suppress(OSError):
            backup.unlink()
        if isinstance(error, StoreError):
            raise
        if isinstance(error, FAULTS):
            raise our_error(str(backup), error) from None
        raise
    disk.point("migrate.backed-up")
    return backup


def _compare(connection: sqlite3.Connection, backup: Path, disk: Disk) -> None:
    """Raises `Corrupt` unless the backup holds all that the store holds, in whatever format that is."""
    with _connected(backup, disk) as copy:
        for [problem] in copy.execute("PRAGMA integrity_check(1)"):
            if problem != "ok":
                raise Corrupt(str(backup), str(problem))
        if _content(copy) != _content(connection):
            raise Corrupt(str(backup), "the copy differs from the store")


def _content(connection: sqlite3.Connection) -> list[object]:
    tables = connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()
    rows = [connection.execute(f'SELECT * FROM "{name}" ORDER BY 1').fetchall() for name, _ in tables]  # noqa: S608
    return [_format(connection), tables, rows]
