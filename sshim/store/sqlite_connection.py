"""How a connection to an SQLite file is set up, and how it ends."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from sshim.errors import SshimError
from sshim.store.lock import FileLock, NoLock
from sshim.store.sqlite_errors import FAULTS


def set_up(connection: sqlite3.Connection) -> None:
    """Makes the settings of every connection, whoever built this SQLite."""
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
    if hasattr(connection, "setconfig"):  # from Python 3.12 on: no statement can spoil the file itself
        connection.setconfig(getattr(sqlite3, "SQLITE_DBCONFIG_DEFENSIVE"), True)  # noqa: B009


def copy_into(connection: sqlite3.Connection, target: Path) -> None:
    """A copy without journal or free pages; `target` must exist, empty and ours."""
    # as bytes, since a name of a file need not be UTF-8
    connection.execute("VACUUM INTO CAST(? AS TEXT)", (os.fsencode(target),))


def end(connection: sqlite3.Connection, lock: FileLock | NoLock, pid: int) -> None:
    """The last close checkpoints and deletes the journal, so it waits for its turn too; not for long, since
    whoever holds the lock has the file open, and then this is not the last. A forked child has no business
    with its parent's connection."""
    if os.getpid() != pid:
        keep_for_ever(connection)
        return
    with contextlib.suppress(SshimError, OSError, *FAULTS), lock.held(at_most=1.0):
        connection.execute("PRAGMA busy_timeout=100")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    with contextlib.suppress(*FAULTS):
        connection.close()


def keep_for_ever(connection: sqlite3.Connection) -> None:
    """Puts it beyond the garbage collector, and beyond the end of the interpreter, which would close it."""
    import ctypes  # costs every command some milliseconds, and is seldom needed

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
