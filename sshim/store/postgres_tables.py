"""One transaction over the tables in PostgreSQL: rows as they are, values always as parameters."""

# ruff: noqa: S608  names of tables and columns are the format's own, the schema's is checked by its form

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sshim.errors import StoreUnavailable
from sshim.store.interface import Transaction
from sshim.store.postgres_connection import Connection
from sshim.store.postgres_schema import catalog, expected
from sshim.store.postgres_watch import Version, announcement, channel
from sshim.store.schema import ALL_TABLES, AUDIT, HEAD, SCHEMA, Row, Table

_ABANDONED = 30
"""Seconds after which the server ends a transaction whose client has gone silent."""


class PostgresTransaction:
    """See `interface.Transaction`. `version` is the head's generation and MAC as of this view."""

    def __init__(self, connection: Connection, version: Version, *, fresh: bool = False) -> None:
        self._connection, self._schema = connection, connection.address.schema
        self._seen: Version | None = None if fresh else version
        self._version = version

    def schema(self) -> str:
        """The format's own text when the catalog holds exactly its tables, otherwise what differs."""
        return SCHEMA if not (found := sorted(catalog(self._connection) ^ expected())) else "\n".join(found)

    def version(self) -> Version:
        """The head's generation and MAC."""
        return self._version

    def rows(self, table: Table) -> list[Row]:
        """All rows."""
        return self._connection.query(f"SELECT {_names(table)} FROM {self._schema}.{table.name}", ())

    def payload(self, table: Table, key: Any) -> bytes | None:
        """The payload of one row."""
        statement = f"SELECT {table.payload} FROM {self._schema}.{table.name} WHERE {table.key} = %s"
        rows = self._connection.query(statement, (key,))
        return bytes(rows[0][0]) if rows and rows[0][0] is not None else None

    def audit(self, after: int = 0, up_to: int | None = None) -> Iterator[Row]:
        """Audit rows in order, by the thousand."""
        last, size = (2**63 - 1 if up_to is None else up_to), 1000
        statement = (
            f"SELECT {_names(AUDIT)} FROM {self._schema}.audit "
            "WHERE seq > %s AND seq <= %s ORDER BY seq LIMIT %s"
        )
        while True:
            found = self._connection.query(statement, (max(after, -(2**63)), last, size))
            yield from found
            if len(found) < size:
                return
            after = found[-1][0]

    def put(self, table: Table, row: Row, payload: bytes | None = None) -> None:
        """Adds or replaces. The head replaces only the generation that was seen."""
        where = f"{self._schema}.{table.name}"
        if table is HEAD:
            self._put_head(where, row)
        elif table.payload is not None and payload is None:
            pairs = ", ".join(f"{name} = %s" for name in table.names[1:])
            self._connection.execute(f"UPDATE {where} SET {pairs} WHERE {table.key} = %s", (*row[1:], row[0]))
        else:
            names = table.names if payload is None else (*table.names, table.payload)
            values = row if payload is None else (*row, payload)
            pairs = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
            self._connection.execute(
                f"INSERT INTO {where} ({', '.join(map(str, names))}) "
                f"VALUES ({', '.join(['%s'] * len(names))}) "
                f"ON CONFLICT ({table.key}) DO UPDATE SET {pairs}",
                values,
            )

    def _put_head(self, where: str, row: Row) -> None:
        if self._seen is None:
            marks = ", ".join(["%s"] * len(row))
            self._connection.execute(f"INSERT INTO {where} ({_names(HEAD)}) VALUES ({marks})", row)
        else:
            pairs = ", ".join(f"{name} = %s" for name in HEAD.names[1:])
            done = self._connection.execute(
                f"UPDATE {where} SET {pairs} WHERE id = %s AND generation = %s AND mac = %s",
                (*row[1:], row[0], *self._seen),
            )
            if done != 1:
                raise StoreUnavailable(
                    self._connection.address.location, "it was changed past its lock", hint="then again"
                )
        self._seen = self._version = (row[1], row[-1])

    def delete(self, table: Table, key: Any) -> None:
        """Deletes."""
        self._connection.execute(f"DELETE FROM {self._schema}.{table.name} WHERE {table.key} = %s", (key,))

    def announce(self) -> None:
        """Tells everybody who listens, as soon as this is committed."""
        self._connection.query(
            "SELECT pg_catalog.pg_notify(%s, %s)", (channel(self._schema), announcement(self._version))
        )


def copy_rows(source: Transaction, target: Transaction) -> None:
    """All rows of one database into an empty one, as they are."""
    for table in ALL_TABLES:
        if table is AUDIT:
            for row in source.audit():
                target.put(AUDIT, row)
            continue
        for row in source.rows(table):
            target.put(table, row, source.payload(table, row[0]) if table.payload else None)


def _names(table: Table) -> str:
    return ", ".join(table.names)


def settings(connection: Connection, lock_timeout: float) -> str:
    """Settings of one transaction. No name is looked up where somebody else could have put one."""
    return (
        f"SET LOCAL synchronous_commit = {connection.synchronous};"
        "SET LOCAL search_path = pg_catalog;"
        f"SET LOCAL lock_timeout = {int(lock_timeout * 1000)};"
        f"SET LOCAL idle_in_transaction_session_timeout = {_ABANDONED * 1000}"
    )
