"""The audit log in the forms of the two published interfaces: v1 with pages, v2 with cursors."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from csv import DictWriter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import StringIO
from ipaddress import ip_address, ip_network
from typing import Any

from sshim.api.call import AccountSettings, Call
from sshim.api.envelope import Reply
from sshim.api.query import Page, Query, wrong
from sshim.errors import RequestRefused
from sshim.model import AuditEvent, audit_result, rfc3339

MAX_LIMIT = 1000
DEFAULT_LIMIT = 100

_V2_ACTIONS = {"access": "view"}
"""v2 knows only create, delete, view and update."""

_CONTEXTS = {"api": "api_token", "dashboard": "dash"}

_FILTERS: Mapping[str, tuple[str, ...]] = {
    "id": ("id",),
    "audit_log_id": ("id",),
    "account_name": ("account", "name"),
    "action_result": ("action", "result"),
    "action_type": ("action", "type"),
    "actor_context": ("actor", "context"),
    "actor_email": ("actor", "email"),
    "actor_id": ("actor", "id"),
    "actor_ip_address": ("actor", "ip_address"),
    "actor_token_id": ("actor", "token_id"),
    "actor_token_name": ("actor", "token_name"),
    "actor_type": ("actor", "type"),
    "raw_cf_ray_id": ("raw", "cf_ray_id"),
    "raw_method": ("raw", "method"),
    "raw_status_code": ("raw", "status_code"),
    "raw_uri": ("raw", "uri"),
    "resource_id": ("resource", "id"),
    "resource_product": ("resource", "product"),
    "resource_scope": ("resource", "scope"),
    "resource_type": ("resource", "type"),
    "zone_id": ("zone", "id"),
    "zone_name": ("zone", "name"),
}
"""Filters of v2, each also with `.not`, and the part of a record that they look at."""


async def list_audit_logs(call: Call) -> Reply:
    """v1: a page of the records, newest first unless asked otherwise."""
    query, page = call.query, Page.of(call.query)
    since, before = _moment(query, "since"), _moment(query, "before")
    direction = query.direction("desc")
    network = _network(query.one("actor.ip"))
    export = query.flag("export")
    account = call.settings.account_id
    query.flag("hide_user_logs")  # there are none to hide
    events = await _events(call, since, before, direction)
    wanted = [event for event in events if _v1_wants(query, event, network)]
    if export:
        return Reply(None, text=csv_table([audit_result(event, account) for event in wanted]))
    shown, info = page.cut(wanted, lambda event: audit_result(event, account), total=len(events))
    return Reply(shown, info=info)


async def list_account_logs(call: Call) -> Reply:
    """v2: up to `limit` records after the cursor. `since` and `before` are required."""
    query = call.query
    since, before = _moment(query, "since"), _moment(query, "before")
    for name, given in (("since", since), ("before", before)):
        if given is None:
            raise RequestRefused(400, 1001, f"missing_{name}")
    if query.every("product_category"):
        raise wrong("product_category")
    direction = query.direction("desc")
    limit = query.number("limit", DEFAULT_LIMIT, most=MAX_LIMIT)
    cursor = _cursor(query)
    conditions = list(_conditions(query))
    events = await _events(call, since, before, direction)
    shown: list[dict[str, Any]] = []
    after: int | None = None
    for event in events:
        if cursor is not None and (event.seq >= cursor if direction == "desc" else event.seq <= cursor):
            continue
        record = v2_record(event, call.settings)
        if not all(condition(record) for condition in conditions):
            continue
        if len(shown) == limit:
            after = int(shown[-1]["id"], 16)
            break
        shown.append(record)
    token = "" if after is None else f"{after:x}"
    info = {"count": len(shown), "cursor": token, "cursors": {"after": token}}
    return Reply(shown, info=info)


async def _events(
    call: Call, since: datetime | None, before: datetime | None, direction: str
) -> list[AuditEvent]:
    return await call.run(
        lambda control: control.audit(since=since, before=before, direction=direction), slow=True
    )


def v2_record(event: AuditEvent, settings: AccountSettings) -> dict[str, Any]:
    """One record in the form of v2. Particulars of the product stand in `resource.request`."""
    kind = _V2_ACTIONS.get(event.action, event.action)
    actor = event.actor
    context = "api_key" if actor.email else _CONTEXTS.get(actor.interface, "api")
    return {
        "id": _event_id(event),
        "account": {"id": settings.account_id, "name": settings.account_name},
        "action": {
            "type": kind,
            "result": "success" if event.result else "failure",
            "time": rfc3339(event.when),
            "description": f"{kind} {event.resource_type}",
        },
        "actor": {
            "id": actor.id,
            "type": "user",
            "context": context,
            "email": actor.email or "",
            "ip_address": actor.ip or "",
            "token_id": actor.id if context == "api_token" else "",
            "token_name": str(event.metadata.get("token_name", "")),
        },
        "raw": {
            "cf_ray_id": _event_id(event)[-16:],
            "method": str(event.metadata.get("method", "")),
            "status_code": int(event.metadata.get("status", 0)) or (200 if event.result else 403),
            "uri": str(event.metadata.get("path", "")),
            "user_agent": "",
        },
        "resource": {
            "id": event.resource_id,
            "product": "secrets_store",
            "type": event.resource_type,
            "scope": "accounts",
            "request": dict(event.metadata),
            "response": {},
        },
    }


@dataclass(frozen=True, slots=True)
class _Condition:
    """Whether a part of a record is (or, negated, is none) of the words."""

    path: tuple[str, ...]
    words: frozenset[str]
    negated: bool

    def __call__(self, record: Mapping[str, Any]) -> bool:
        part: Any = record
        for name in self.path:
            part = part.get(name, "") if isinstance(part, Mapping) else ""
        return (str(part).lower() in self.words) is not self.negated


def _conditions(query: Query) -> list[Callable[[Mapping[str, Any]], bool]]:
    found: list[Callable[[Mapping[str, Any]], bool]] = []
    for name, path in _FILTERS.items():
        for suffix, negated in (("", False), (".not", True)):
            words = frozenset(word.lower() for word in query.every(name + suffix))
            if words:
                found.append(_Condition(path, words, negated))
    return found


def _v1_wants(query: Query, event: AuditEvent, network: Any) -> bool:
    wanted = {
        "id": _event_id(event),
        "action.type": event.action,
        "actor.email": event.actor.email or "",
        "zone.name": "",
    }
    if any(query.one(name) not in (None, value) for name, value in wanted.items()):
        return False
    if network is not None:
        return event.actor.ip is not None and ip_address(event.actor.ip) in network
    return True


def _network(text: str | None) -> Any:
    """An address or a CIDR range. Raises `RequestRefused` 400."""
    if text is None:
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise wrong("actor.ip") from None


def _moment(query: Query, name: str) -> datetime | None:
    """A date (its beginning in UTC) or an RFC 3339 time. Raises `RequestRefused` 400."""
    text = query.one(name)
    if text is None:
        return None
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise wrong(name) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _cursor(query: Query) -> int | None:
    """The number of the last record seen. Raises `RequestRefused` 400."""
    text = query.one("cursor")
    if not text:
        return None
    try:
        number = int(text, 16)
    except ValueError:
        raise wrong("cursor") from None
    if len(text) > 16:
        raise wrong("cursor")
    return number


def csv_table(records: list[dict[str, Any]]) -> str:
    """The records as one table, a part of a part named with a dot."""
    text = StringIO()
    writer = DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for record in records:
        row = {f"{part}.{name}": record[part][name] for part, name in map(_split, _COLUMNS) if name}
        row |= {"id": record["id"], "when": record["when"], "interface": record["interface"]}
        row["metadata"] = json.dumps(record["metadata"], sort_keys=True)
        writer.writerow(row)
    return text.getvalue()


def _split(column: str) -> tuple[str, str]:
    part, _, name = column.partition(".")
    return part, name


_COLUMNS = (
    "id",
    "when",
    "action.type",
    "action.result",
    "actor.id",
    "actor.email",
    "actor.ip",
    "interface",
    "resource.id",
    "resource.type",
    "metadata",
)


def _event_id(event: AuditEvent) -> str:
    return f"{event.seq:032x}"
