"""Reading the audit log: filters, proof of the whole chain, export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sshim.errors import Corrupt
from sshim.model import AuditEvent
from sshim.store.audit import broken_link, read_record
from sshim.store.format import AUDIT_START
from sshim.store.keys import term_keys
from sshim.store.schema import Row
from sshim.store.sealed import SealedStore


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Filters; None asks for everything. `actor` matches the actor's id or e-mail address."""

    action: str | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    actor: str | None = None
    result: bool | None = None
    since: datetime | None = None
    before: datetime | None = None
    limit: int | None = None
    direction: str = "desc"

    def wants(self, event: AuditEvent) -> bool:
        """Whether the event passes all filters."""
        return (
            self.action in (None, event.action)
            and self.resource_type in (None, event.resource_type)
            and self.resource_id in (None, event.resource_id)
            and (self.actor is None or self.actor in (event.actor.id, event.actor.email))
            and self.result in (None, event.result)
            and (self.since is None or event.when >= self.since)
            and (self.before is None or event.when < self.before)
        )


def proven_rows(store: SealedStore) -> tuple[list[Row], int | None]:
    """All audit rows, and the number of the first that breaks the chain (None: all is well)."""
    state, rows = store.audit_rows()
    if state is None:
        return [], None
    keys = store.opened().keys
    terms = term_keys(state.header, keys)
    before, expected = AUDIT_START, 1
    for row in rows:
        if row[0] != expected or broken_link(keys, terms, before, row):
            return rows, expected
        before, expected = row[3], expected + 1
    return rows, None if expected == state.head.audit_seq + 1 else expected


def read_log(store: SealedStore, query: AuditQuery) -> list[AuditEvent]:
    """The events a query asks for. Raises `Corrupt` when the log is not as it was written."""
    rows, broken = proven_rows(store)
    if broken is not None:
        raise Corrupt(
            store.location, f"audit record {broken} is missing or was changed", hint="sshim audit verify"
        )
    ordered: Iterator[Row] = iter(rows) if query.direction == "asc" else reversed(rows)
    found: list[AuditEvent] = []
    for row in ordered:
        if query.limit is not None and len(found) >= query.limit:
            break
        event = read_record(store.location, row)
        if query.wants(event):
            found.append(event)
    return found
