"""Moving a store to a newer format: a verified backup first, then one transaction, then proof.

Format 1 is the first, so there are no steps yet. `STEPS[n]` turns format n into n + 1 inside the transaction
that it is given.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

from sshim.errors import Corrupt, StoreError, TooNew
from sshim.store.disk import Disk
from sshim.store.lock import LOCK_FILE, FileLock
from sshim.store.schema import FORMAT
from sshim.store.sqlite_errors import FAULTS, our_error

Step = Callable[[sqlite3.Connection], None]

STEPS: Mapping[int, Step] = {}


def migrate(
    path: Path,
    disk: Disk,
    prove: Callable[[Path, int], None],
    *,
    steps: Mapping[int, Step] = STEPS,
    newest: int = FORMAT,
    lock_timeout: float = 10.0,
) -> Path | None:
    """Brings the file to the `newest` format; the backup that was made before, None when nothing was to do.
    `prove(path, format)` raises unless the file there is whole. The backup stays until the user deletes it.
    Raises `TooNew`, `Corrupt`, `StoreFull`; the store is then as it was."""
    with FileLock(path.with_name(LOCK_FILE), disk, timeout=lock_timeout).held():
        disk.check_file(path)
        connection = disk.connect(path)
        try:
            found = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if found > newest:
                raise TooNew(str(path), found, newest)
            if found == newest:
                return None
            missing = [each for each in range(found, newest) if each not in steps]
            if missing:
                raise Corrupt(str(path), f"unknown format {missing[0]}")
            backup = _back_up(connection, path, disk, prove, found)
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN IMMEDIATE")
            try:
                for each in range(found, newest):
                    steps[each](connection)
                    disk.point(f"migrate.step-{each}")
                connection.execute(f"PRAGMA user_version={newest}")
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(*FAULTS):
                    connection.execute("ROLLBACK")
                raise
        except FAULTS as error:
            raise our_error(str(path), error) from None
        finally:
            connection.close()
    prove(path, newest)
    return backup


def _back_up(
    connection: sqlite3.Connection, path: Path, disk: Disk, prove: Callable[[Path, int], None], found: int
) -> Path:
    backup = path.with_name(f"{path.name}.format-{found}.{os.urandom(4).hex()}.backup")
    disk.create_empty(backup)
    try:
        connection.execute("VACUUM INTO ?", (str(backup),))
        disk.sync_file(backup)
        disk.sync_folder(backup.parent)
        prove(backup, found)
    except (*FAULTS, StoreError):
        with contextlib.suppress(OSError):
            backup.unlink()
        raise
    disk.point("migrate.backed-up")
    return backup
