"""One transaction in an SQLite file, and the statements that it consists of."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import cache
from typing import Any

from sshim.store.schema import AUDIT, Row, Table


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
