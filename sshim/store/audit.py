"""Audit records: one canonical JSON text each, chained by MACs, in the same transaction as the change.

Nobody without the master key can edit, insert, reorder or cut records unnoticed; who holds it can rewrite
history, so export the log to a place that only appends if that matters. A record never holds a value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sshim.errors import Corrupt
from sshim.model import Actor, AuditEvent
from sshim.record import NamedTuple
from sshim.store.crypto import same
from sshim.store.format import Seals, canonical
from sshim.store.keys import TermKeys
from sshim.store.rows import from_micros, to_micros
from sshim.store.schema import Row

AuditAction = Literal["access", "create", "update", "delete"]
_ACTIONS = ("access", "create", "update", "delete")


class Note(NamedTuple):
    """What is to be recorded; the store adds the number."""

    when: datetime
    actor: Actor
    action: AuditAction
    resource_type: str
    resource_id: str
    result: bool = True
    metadata: Mapping[str, Any] = {}


def record_text(seq: int, note: Note) -> str:
    """The record as it is stored and authenticated."""
    return canonical(
        {
            "seq": seq,
            "when": to_micros(note.when),
            "action": note.action,
            "result": note.result,
            "actor": note.actor._asdict(),
            "resource": [note.resource_type, note.resource_id],
            "metadata": dict(note.metadata),
        }
    )


def read_record(location: str, row: Row) -> AuditEvent:
    """The event in an audit row; raises `Corrupt` when it is not one."""
    seq, _, record, _ = row
    try:
        plain = json.loads(record)
        if plain["seq"] != seq or plain["action"] not in _ACTIONS:
            raise ValueError
        resource_type, resource_id = plain["resource"]
        return AuditEvent(
            seq=seq,
            when=from_micros(plain["when"]),
            action=plain["action"],
            result=bool(plain["result"]),
            actor=Actor(**plain["actor"]),
            resource_type=str(resource_type),
            resource_id=str(resource_id),
            metadata=dict(plain["metadata"]),
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise Corrupt(location, f"audit record {seq} does not have its form") from None


def broken_link(keys: Seals, terms: Mapping[int, TermKeys], before: bytes, row: Row) -> bool:
    """Whether an audit row is not what was written after the one whose MAC is `before`."""
    seq, term, record, mac = row
    pair = terms.get(term)
    if pair is None or not isinstance(mac, bytes) or not isinstance(record, str):
        return True
    return not same(keys.audit_mac(pair.audit, before, seq, term, record), mac)
