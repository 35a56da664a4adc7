"""Proving all of a store: rows, values, audit chain. What opening leaves for later is done here."""

from __future__ import annotations

from collections.abc import Iterable

from sshim.errors import Corrupt
from sshim.store.audit import broken_link, read_record
from sshim.store.format import AUDIT_START, Seals
from sshim.store.interface import Backend, Gone, Transaction
from sshim.store.keys import term_keys
from sshim.store.schema import SECRETS, Row
from sshim.store.state import State, load, unseal_row


def prove(backend: Backend, keys: Seals) -> State:
    """The state of a database of which every row, value and audit record was proven; raises `Corrupt`."""
    try:
        with backend.read() as tx:
            return prove_all(keys, tx)
    except Gone:
        raise Corrupt(backend.location, "it is not the store that these keys belong to") from None


def prove_all(keys: Seals, tx: Transaction) -> State:
    """The same of one transaction's view."""
    state = load(keys, tx, None)
    for problem in bad_values(keys, state, tx):
        raise Corrupt(keys.location, problem)
    broken = first_broken(keys, state, tx.audit())
    if broken is not None:
        raise Corrupt(keys.location, f"audit record {broken} is missing or was changed")
    return state


def bad_values(keys: Seals, state: State, tx: Transaction) -> Iterable[str]:
    """What is wrong with values, one sentence each."""
    for row in state.tables[SECRETS.name].values():
        if unseal_row(keys, row, tx.payload(SECRETS, row[0])) is None:
            yield f"the value of secrets row {row[0]!r} ({row[2]}) fails its check"


def first_broken(keys: Seals, state: State, rows: Iterable[Row]) -> int | None:
    """The number of the first audit record that is missing, changed or not a record; None when all are
    well."""
    terms = term_keys(state.header, keys)
    before, expected = AUDIT_START, 1
    for row in rows:
        if row[0] != expected or broken_link(keys, terms, before, row):
            return expected
        try:
            read_record(keys.location, row)
        except Corrupt:
            return expected
        before, expected = row[3], expected + 1
    return None if expected == state.head.audit_seq + 1 else expected
