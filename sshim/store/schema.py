"""The tables of format 1, and how one row of each looks.

A row is a tuple in column order. Every sealed table ends with `mac`, which covers all its other columns; a
payload column (ciphertext) stands outside of the row and is covered through its digest. `extra` is JSON text,
room for properties that later versions need without a new format.
"""

from __future__ import annotations

from typing import Any

from sshim.record import NamedTuple

FORMAT = 1
APPLICATION_ID = 0x5353484D
"""`SSHM`, in the header of the SQLite file."""

Row = tuple[Any, ...]
"""Values of int, str, bytes or None, in the order of the table's columns."""


class Table(NamedTuple):
    """A table: its columns as (name, type) with the key first, types INTEGER, TEXT or BLOB."""

    name: str
    columns: tuple[tuple[str, str], ...]
    payload: str | None = None

    @property
    def key(self) -> str:
        """The name of the key column."""
        return self.columns[0][0]

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, without the payload."""
        return tuple(name for name, _ in self.columns)

    def at(self, column: str) -> int:
        """The position of a column in a row."""
        return self.names.index(column)


def _table(name: str, columns: str, *, payload: str | None = None) -> Table:
    words = columns.split()
    pairs = tuple((word.rstrip("#!?"), _TYPES.get(word[-1], "TEXT")) for word in words)
    return Table(name, pairs, payload)


_TYPES = {"#": "INTEGER", "!": "BLOB", "?": "INTEGER NULL"}

HEADER = _table("header", "id# format# body checksum!")
HEAD = _table("head", "id# generation# audit_seq# audit_mac! digest! mac!")
AUDIT = _table("audit", "seq# term# record mac!")

STORES = _table("stores", "id name created# modified# extra mac!")
SECRETS = _table(
    "secrets",
    "id store_id name comment scopes status created# modified# version# term# suite# salt! commitment! "
    "digest! extra mac!",
    payload="ciphertext",
)
TOKENS = _table("tokens", "id kind name role email term# digest! created# expires? last_used? extra mac!")
GATEWAYS = _table("gateways", "id store_id created# modified# extra mac!")
PROVIDER_KEYS = _table(
    "provider_keys", "id gateway_id provider alias secret_id created# modified# extra mac!"
)
USAGES = _table(
    "usages", "id worker environment binding store_id secret_name config_path last_seen# extra mac!"
)

TABLES = (STORES, SECRETS, TOKENS, GATEWAYS, PROVIDER_KEYS, USAGES)
"""The tables whose set of rows the head proves, in the order it hashes them."""

ALL_TABLES = (HEADER, HEAD, AUDIT, *TABLES)


def definition(table: Table) -> str:
    """The SQLite statement that makes the table. WITHOUT ROWID: one b-tree, no index that could disagree."""
    columns = [
        f"{name} {kind}" if kind.endswith("NULL") else f"{name} {kind} NOT NULL"
        for name, kind in table.columns
    ]
    if table.payload is not None:
        columns.append(f"{table.payload} BLOB NOT NULL")
    columns[0] += " PRIMARY KEY"
    return f"CREATE TABLE {table.name} ({', '.join(columns)}) WITHOUT ROWID"


SCHEMA = "\n".join(
    f"table {t.name} {t.name} {definition(t)}" for t in sorted(ALL_TABLES, key=lambda t: t.name)
)
"""What a format 1 database says about itself: any other table, index, view or trigger is refused."""
