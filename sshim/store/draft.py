"""A change in the making: rows, audit records and header, sealed into a new head when it is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sshim.errors import Corrupt
from sshim.store import format
from sshim.store.audit import Note, record_text
from sshim.store.format import Head, Header, Seals
from sshim.store.interface import Transaction
from sshim.store.schema import AUDIT, HEAD, HEADER, SECRETS, TABLES, Row, Table
from sshim.store.state import State, unseal_row


class Draft:
    """A change in the making. Rows are given without their MAC; what was put is seen by `tables` at once."""

    def __init__(self, keys: Seals, tx: Transaction, state: State) -> None:
        self.keys = keys
        self.tables: dict[str, Mapping[Any, Row]] = dict(state.tables)
        self._touched: dict[Table, dict[Any, Row]] = {}
        self.left_old_pages = False
        self.new_term = False
        self.generation = state.head.generation + 1
        self._tx, self._state = tx, state
        self._header_row = state.header_row
        self._header = state.header
        self._seq, self._tail = state.head.audit_seq, state.head.audit_mac

    @property
    def header(self) -> Header:
        """The header as it will be."""
        return self._header

    def put(self, table: Table, row: Row, payload: bytes | None = None) -> Row:
        """Adds a row or replaces the one of its key; the row with its MAC."""
        whole = (*row, self.keys.row_mac(table, row))
        self.left_old_pages |= row[0] in self.tables[table.name]
        self._tx.put(table, whole, payload)
        self._own(table)[row[0]] = whole
        return whole

    def delete(self, table: Table, key: Any) -> None:
        """Deletes a row."""
        self.left_old_pages = True
        self._tx.delete(table, key)
        del self._own(table)[key]

    def _own(self, table: Table) -> dict[Any, Row]:
        """The table's rows, ours to change."""
        if table not in self._touched:
            self._touched[table] = dict(self.tables[table.name])
            self.tables[table.name] = self._touched[table]
        return self._touched[table]

    def payload(self, secret_id: str) -> bytes | None:
        """The ciphertext of a secret."""
        return self._tx.payload(SECRETS, secret_id)

    def unseal(self, secret_id: str) -> str:
        """The value of a secret; raises `Corrupt`."""
        text = unseal_row(self.keys, self.tables[SECRETS.name][secret_id], self.payload(secret_id))
        if text is None:
            raise Corrupt(self.keys.location, f"the value of secrets row {secret_id!r} fails its check")
        return text

    def note(self, note: Note) -> int:
        """Appends an audit record; its number."""
        self._seq += 1
        record = record_text(self._seq, note)
        mac = self.keys.audit_mac(self.keys.audit, self._tail, self._seq, self.keys.term, record)
        self._tx.put(AUDIT, (self._seq, self.keys.term, record, mac))
        self._tail = mac
        return self._seq

    def put_header(self, header: Header, keys: Seals | None = None) -> None:
        """Replaces the header; `keys` are those of a new term, under which all rows must be put again."""
        self._header, self._header_row = header, format.encode_header(header)
        self._tx.put(HEADER, self._header_row)
        self.left_old_pages = True
        if keys is not None:
            self.keys, self.new_term = keys, True

    def raise_generation(self, least: int) -> None:
        """Makes the new generation at least `least`."""
        self.generation = max(self.generation, least)

    def finish(self) -> tuple[State, bytes]:
        """Writes the head; the new state and the head's MAC."""
        before = self._state.head.digest
        digests = [
            format.table_digest(table, rows)
            if (rows := self._touched.get(table)) is not None
            else format.digest_of(before, table)
            for table in TABLES
        ]
        head = Head(self.generation, self._seq, self._tail, b"".join(digests))
        row = format.encode_head(self.keys, head, self._header_row[3])
        self._tx.put(HEAD, row)
        return State(self._header, self._header_row, head, self.tables), row[-1]
