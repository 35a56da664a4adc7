"""Saving what can be saved of a damaged store: rows that are each as they were written.

Nothing is known of the whole: rows may be missing, or be of an older state. What is saved is therefore named
as unverified, and goes into another store by the user's own hand.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from sshim.errors import Corrupt, StoreUnavailable
from sshim.model import Secret, SecretValue
from sshim.store.format import Header, Seals, decode_header
from sshim.store.open import StoreOptions, key_place
from sshim.store.rows import secret_of
from sshim.store.schema import HEADER, SECRETS, Row, Table
from sshim.store.sqlite_errors import FAULTS, our_error
from sshim.store.state import unseal_row
from sshim.store.unlocking import find_key


@dataclass(frozen=True, slots=True)
class Salvaged:
    """Secrets whose row and value are as they were once written, and what was lost: one sentence a row or
    gap. Which state they are of is not known."""

    secrets: tuple[tuple[Secret, SecretValue], ...]
    lost: tuple[str, ...]


def salvage(options: StoreOptions) -> Salvaged:
    """Reads what can be read, without changing anything. Raises `Corrupt` when not even the header can be,
    `WrongKey`, `KeyMissing`, `StoreUnavailable`."""
    path = options.path
    try:
        options.disk.check_file(path)
    except FileNotFoundError:
        raise StoreUnavailable(str(path), "there is none") from None
    try:
        connection = options.disk.connect_to_look(path)
        try:
            connection.execute("PRAGMA query_only=ON")
            connection.execute("PRAGMA trusted_schema=OFF")
            keys = _keys(connection, options)
            return _rescue(connection, keys)
        finally:
            connection.close()
    except FAULTS as error:
        raise our_error(str(path), error) from None


def _keys(connection: sqlite3.Connection, options: StoreOptions) -> Seals:
    location = str(options.path)
    found = connection.execute(f"SELECT {', '.join(HEADER.names)} FROM header").fetchall()  # noqa: S608
    if len(found) != 1:
        raise Corrupt(location, "the header is missing")
    header: Header = decode_header(location, found[0])
    keys, _ = find_key(location, header, key_place(options))
    return keys


def _rescue(connection: sqlite3.Connection, keys: Seals) -> Salvaged:
    saved: list[tuple[Secret, SecretValue]] = []
    lost: list[str] = []
    rows, gaps = _scan(connection, SECRETS)
    lost.extend(gaps)
    for row in rows:
        *columns, ciphertext = row
        try:
            keys.check_row(SECRETS, tuple(columns))
        except Corrupt as error:
            lost.append(error.what)
            continue
        text = unseal_row(keys, tuple(columns), ciphertext if isinstance(ciphertext, bytes) else None)
        if text is None:
            lost.append(f"the value of {columns[2]} ({columns[0]}) fails its check")
        else:
            saved.append((secret_of(tuple(columns)), SecretValue(text)))
    return Salvaged(tuple(saved), tuple(lost))


def _scan(connection: sqlite3.Connection, table: Table) -> tuple[list[Row], list[str]]:
    """All rows that can be reached from either end of the table."""
    names = ", ".join((*table.names, table.payload or ""))
    found: dict[object, Row] = {}
    gaps: list[str] = []
    for direction in ("ASC", "DESC"):
        try:
            query = f"SELECT {names} FROM {table.name} ORDER BY {table.key} {direction}"  # noqa: S608
            for row in connection.execute(query):
                found.setdefault(row[0], row)
        except FAULTS as error:
            gaps.append(f"{table.name} cannot be read to its end ({direction.lower()}): {error}")
    return list(found.values()), gaps
