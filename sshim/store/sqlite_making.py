"""Making an SQLite file that holds a store.

The file gets its name only when it is whole and synced, so that an empty or partial `store.db` is always
damage and never a new store. That it is filled at EXTRA before the switch to WAL is a second net.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from sshim.store.disk import Disk
from sshim.store.schema import ALL_TABLES, APPLICATION_ID, FORMAT, definition
from sshim.store.sqlite_connection import set_up
from sshim.store.sqlite_errors import FAULTS, our_error
from sshim.store.sqlite_tables import SqliteTransaction


def create_sqlite(path: Path, disk: Disk, fill: Callable[[SqliteTransaction], None]) -> None:
    """Makes the file with all tables and what `fill` puts in, whole and durable before it has its name.
    The caller holds the folder's lock and has seen that there is no such file."""
    fresh = path.with_name(f"{path.name}.{os.urandom(4).hex()}.new")
    try:
        disk.create_empty(fresh)
        disk.point("create.empty")
        connection = disk.connect(fresh)
        try:
            set_up(connection)
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
