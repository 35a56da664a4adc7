"""A format before the first, so that moving to a newer one can be tried: it has no table of usages.

`step` is what a version of sshim that knew it would have in `migrate.STEPS[0]`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from sshim.store.crypto import lp, sha256
from sshim.store.format import Head, Header, Seals, encode_head, encode_header, set_digest
from sshim.store.schema import HEAD, HEADER, TABLES, USAGES, definition
from sshim.store.sqlite_tables import SqliteTransaction
from tests.faults.scene import Scene

OLD = 0


def step(connection: sqlite3.Connection, header: Header, keys: Seals) -> None:
    """From format 0 to format 1: the new table, and the head that covers it."""
    connection.execute(definition(USAGES))
    tx = SqliteTransaction(connection)
    before = tx.rows(HEAD)[0]
    row = encode_header(header)
    tables = {table.name: {each[0]: each for each in tx.rows(table)} for table in TABLES}
    for table in TABLES:
        for each in tables[table.name].values():
            keys.check_row(table, each)
    tx.put(HEADER, row)
    head = Head(before[1] + 1, before[2], before[3], set_digest(tables))
    tx.put(HEAD, encode_head(keys, head, row[3]))


def make_old(scene: Scene, connect: Callable[..., sqlite3.Connection] = sqlite3.connect) -> None:
    """Gives a store that is closed the older format, in one transaction."""
    connection = connect(scene.path)
    try:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("BEGIN IMMEDIATE")
        [body] = connection.execute("SELECT body FROM header").fetchone()
        checksum = sha256(lp("sshim/header", OLD, body))
        connection.execute("UPDATE header SET format = ?, checksum = ?", (OLD, checksum))
        connection.execute("DROP TABLE usages")
        connection.execute(f"PRAGMA user_version={OLD}")
        connection.execute("COMMIT")
    finally:
        connection.close()
