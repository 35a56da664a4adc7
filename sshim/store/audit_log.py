"""Reading the audit log: filters, proof of the whole chain, export."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sshim.errors import Corrupt
from sshim.model import AuditEvent
from sshim.record import NamedTuple
from sshim.store.audit import read_record
from sshim.store.proof import first_broken
from sshim.store.schema import Row
from sshim.store.sealed import SealedStore


class AuditQuery(NamedTuple):
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


def verify_log(store: SealedStore) -> tuple[int, int | None]:
    """How many audit records there are, and the number of the first that is missing or was changed (None:
    all are as they were written)."""
    state, rows = store.audit_rows()
    if state is None:
        return 0, None
    return state.head.audit_seq, first_broken(store.opened().keys, state, rows)


def read_log(store: SealedStore, query: AuditQuery) -> list[AuditEvent]:
    """The events a query asks for. Raises `Corrupt` when the log is not as it was written."""
    state, rows = store.audit_rows()
    if state is None:
        return []
    broken = first_broken(store.opened().keys, state, rows)
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
