"""The state of an opened store, and proving it: what `load` returns is what was written, all of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sshim.errors import Corrupt
from sshim.record import NamedTuple
from sshim.store import crypto, format, rows
from sshim.store.crypto import Identity, Sealed, same
from sshim.store.format import Head, Header, Seals
from sshim.store.interface import Backend, Gone, Transaction
from sshim.store.schema import HEAD, HEADER, SCHEMA, TABLES, Row, Table

Tables = Mapping[str, Mapping[Any, Row]]


class State(NamedTuple):
    """All metadata of one moment, proven. `tables` maps table names to rows by key."""

    header: Header
    header_row: Row
    head: Head
    tables: Tables

    @property
    def checksum(self) -> bytes:
        """The header's."""
        return bytes(self.header_row[3])


class Opened(NamedTuple):
    """A backend and the keys that were proven to open it; `slot_id` is the slot that did. `migrated` is what
    is kept of the older format that the store had until now."""

    backend: Backend
    keys: Seals
    slot_id: str
    migrated: Path | None = None


class Made(NamedTuple):
    """A store that was made just now (`path`: its file, or where a shared one is), and the key file that
    opens it (None: the key was handed in)."""

    path: Path | str
    key_path: Path | None


class Anchor:
    """What this machine remembers of a store. This one remembers nothing; see `anchor.FileAnchor`."""

    def seen(self, vault_id: str) -> tuple[int, bytes] | None:
        """The newest generation and head MAC seen, None when there is none."""
        return None

    def advance(self, vault_id: str, generation: int, head_mac: bytes, *, now: bool) -> None:
        """Remembers a generation; `now` writes it even if one was written a moment ago."""


def agrees(seen: tuple[int, bytes] | None, generation: int, head_mac: bytes) -> bool:
    """Whether a store of that generation may follow what was seen."""
    if seen is None or generation > seen[0]:
        return True
    return generation == seen[0] and same(seen[1], head_mac)


def load(keys: Seals, tx: Transaction, known: State | None) -> State:
    """Reads and proves everything but values and old audit records. Tables and rows that `known` holds as
    they are now are not checked again. Raises `Corrupt`, `TooNew`."""
    where = keys.location
    header_rows = tx.rows(HEADER) if tx.schema() == SCHEMA else None
    if header_rows is None:
        raise Corrupt(where, "its tables are not those of the format")
    header_row = _only(where, HEADER, header_rows)
    if known is not None and known.header_row == header_row:
        header = known.header
    else:
        header = format.decode_header(where, header_row)
    if header.vault_id != keys.vault_id:
        raise Gone
    if header.term != keys.term:
        raise Gone
    head = format.decode_head(keys, _only(where, HEAD, tx.rows(HEAD)), header_row[3])
    tables: dict[str, Mapping[Any, Row]] = {}
    for table in TABLES:
        digest = format.digest_of(head.digest, table)
        before = known.tables[table.name] if known is not None else {}
        if known is not None and digest == format.digest_of(known.head.digest, table):
            tables[table.name] = before  # proven before, and the head says that nothing else is there
            continue
        found = tx.rows(table)
        for row in found:
            if before.get(row[0]) != row:
                keys.check_row(table, row)
        rows_by_key = {row[0]: row for row in found}
        if len(rows_by_key) != len(found) or not same(format.table_digest(table, rows_by_key), digest):
            raise Corrupt(where, f"rows of {table.name} are missing, or were put back from an older state")
        tables[table.name] = rows_by_key
    tail = list(tx.audit(head.audit_seq - 1))
    if [(row[0], row[3]) for row in tail] != ([(head.audit_seq, head.audit_mac)] if head.audit_seq else []):
        raise Corrupt(where, "the audit log does not end where the head says")
    return State(header, header_row, head, tables)


def unseal_row(keys: Seals, row: Row, ciphertext: bytes | None) -> str | None:
    """The value of a proven secrets row, None when the ciphertext is not the one it was written with."""
    at = rows.sealed_part(row)
    if ciphertext is None or at.suite != crypto.SUITE or crypto.sha256(ciphertext) != at.digest:
        return None
    identity = Identity(keys.vault_id, at.term, row[0], at.version)
    padded = crypto.unseal(keys.master, identity, Sealed(at.salt, at.commitment, ciphertext))
    return None if padded is None else format.unpad(padded)


def _only(where: str, table: Table, found: list[Row]) -> Row:
    if len(found) != 1 or found[0][0] != 1:
        raise Corrupt(where, f"the {table.name} row is missing")
    return found[0]
