"""The audit log as the page shows it: filtered, counted over time, proven, and as a file to keep."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sshim.api.audit import csv_table
from sshim.api.call import Call
from sshim.api.envelope import Reply
from sshim.api.query import Query
from sshim.errors import Corrupt
from sshim.model import AuditEvent, audit_result, rfc3339

if TYPE_CHECKING:
    from sshim.control import ControlPlane

SHOWN = 200
"""Records of one answer, unless fewer are asked for."""

SPANS = {"day": (24, timedelta(hours=1)), "week": (28, timedelta(hours=6)), "month": (30, timedelta(days=1))}
"""What the chart can span: how many bars, and how long each is."""


async def list_audit(call: Call) -> Reply:
    """The newest records that pass the filters, the chart of accesses, and the state of the chain. A broken
    chain shows no records: none of them can be believed."""
    query, now = call.query, call.clock()
    limit = query.number("limit", SHOWN, most=1000)
    span = query.choice("span", tuple(SPANS), "day")

    def find(control: ControlPlane) -> dict[str, Any]:
        try:
            events, broken = control.audit(), None
            records = len(events)
        except Corrupt:
            events, (records, broken) = [], control.audit_proof()
        names = _names(control)
        wanted = [event for event in events if _wants(query, event, names)]
        return {
            "chain": {"records": records, "broken": broken},
            "total": len(wanted),
            "events": [_shown(event, call, names) for event in wanted[:limit]],
            "chart": chart(wanted, span, now),
            "actors": sorted({names.get(event.actor.id, event.actor.id) for event in events}),
        }

    return Reply(await call.run(find, slow=True))


async def export_audit(call: Call) -> Reply:
    """The records that pass the filters, the oldest first, as a table or as lines of JSON."""
    query = call.query
    form = query.choice("format", ("csv", "jsonl"), "jsonl")

    def find(control: ControlPlane) -> list[dict[str, Any]]:
        names = _names(control)
        events = [event for event in control.audit(direction="asc") if _wants(query, event, names)]
        return [audit_result(event, call.settings.account_id) for event in events]

    records = await call.run(find, slow=True)
    if form == "csv":
        return Reply(None, text=csv_table(records))
    lines = "".join(f"{json.dumps(record)}\n" for record in records)
    return Reply(None, text=lines, kind="application/jsonl")


def chart(events: Iterable[AuditEvent], span: str, now: datetime) -> list[dict[str, Any]]:
    """How many reads, changes and refusals there were in each part of a span that ends now, oldest first."""
    bars, width = SPANS[span]
    end = _floor(now, width) + width
    start = end - bars * width
    counts: list[dict[str, Any]] = [
        {"from": rfc3339(start + i * width), "access": 0, "change": 0, "refused": 0} for i in range(bars)
    ]
    for event in events:
        if start <= event.when < end:
            kind = "refused" if not event.result else "access" if event.action == "access" else "change"
            counts[(event.when - start) // width][kind] += 1
    return counts


def _floor(moment: datetime, width: timedelta) -> datetime:
    origin = datetime(2020, 1, 1, tzinfo=UTC)
    return origin + (moment - origin) // width * width


def _names(control: ControlPlane) -> dict[str, str]:
    """What tokens are called, by their ids."""
    return {token.id: token.name for token in control.list_tokens() if token.name}


def _wants(query: Query, event: AuditEvent, names: Mapping[str, str]) -> bool:
    action, result, actor = query.one("action"), query.one("result"), query.one("actor")
    secret, since = (query.one("secret") or "").casefold(), query.one("since")
    who = (event.actor.id, event.actor.email, names.get(event.actor.id))
    what = f"{event.resource_id} {event.metadata.get('name', '')}".casefold()
    return (
        (not action or event.action == action)
        and (not result or event.result is (result == "ok"))
        and (not actor or actor in who)
        and secret in what
        and (not since or rfc3339(event.when) >= since)
        and (not query.one("before") or rfc3339(event.when) < str(query.one("before")))
    )


def _shown(event: AuditEvent, call: Call, names: Mapping[str, str]) -> dict[str, Any]:
    record = audit_result(event, call.settings.account_id)
    return {**record, "seq": event.seq, "who": names.get(event.actor.id, event.actor.email or event.actor.id)}
