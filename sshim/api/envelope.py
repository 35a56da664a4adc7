"""The shape of every answer, and each error of ours as the API's status, code and message.

Codes and slugs: 1001 for what is not there or not usable, 1003 for what stands against another, 7xxx for
routing, 10000 for access. Failures of the store itself have no number in the published API; they carry
their HTTP status as the code, and the sentence that the command line would print.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sshim import errors

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Content-Type": "application/json",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "sshim",
    "X-Content-Type-Options": "nosniff",
}
"""On every answer. There is no CORS header on purpose: no page of another origin may read anything here."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer: `result` ready for JSON; `info` is the result_info of a list; `text` is
    sent as it is, as what `kind` says, without the envelope."""

    result: Any
    status: int = 200
    info: Mapping[str, Any] | None = None
    messages: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    text: str | None = None
    kind: str = "text/csv"


def success(reply: Reply) -> web.Response:
    """The reply in its envelope."""
    if reply.text is not None:
        headers = {**_HEADERS, "Content-Type": f"{reply.kind}; charset=utf-8"}
        return web.Response(status=reply.status, body=reply.text.encode(), headers=headers)
    body: dict[str, Any] = {
        "success": True,
        "errors": [],
        "messages": list(reply.messages),
        "result": reply.result,
    }
    if reply.info is not None:
        body["result_info"] = dict(reply.info)
    return answer(reply.status, body)


def failure(error: errors.SshimError) -> web.Response:
    """The error in its envelope, by the table above."""
    refused = translate(error)
    entry: dict[str, Any] = {"code": refused.number, "message": refused.message}
    if refused.chain:
        entry["error_chain"] = [{"code": code, "message": text} for code, text in refused.chain]
    if refused.path:
        entry["path"] = list(refused.path)
    body = {"success": False, "errors": [entry], "messages": [], "result": None}
    return answer(refused.status, body, refused.headers)


def answer(status: int, body: object, headers: Sequence[tuple[str, str]] = ()) -> web.Response:
    """Any JSON document with the headers that every answer has."""
    text = json.dumps(body, separators=(",", ":")).encode()
    response = web.Response(status=status, body=text, headers={**_HEADERS, **dict(headers)})
    if "Connection" in response.headers:
        response.force_close()
    return response


def invalid_body() -> errors.RequestRefused:
    """A body that is not JSON, or JSON of another shape than the operation takes."""
    return errors.RequestRefused(400, 1001, "invalid_json_body")


def not_permitted() -> errors.RequestRefused:
    """A known credential that may not do this, or not on this account."""
    return errors.RequestRefused(403, 10000, "Authentication error")


def translate(error: errors.SshimError) -> errors.RequestRefused:
    """The status, number and message for any error of the tree."""
    match error:
        case errors.RequestRefused():
            return error
        case errors.PermissionDenied():
            return not_permitted()
        case errors.InvalidScope():
            slug = "secret_scopes_empty" if error.scope is None else "secret_scope_invalid"
            return errors.RequestRefused(400, 1001, slug)
        case errors.ValueTooLong():
            return errors.RequestRefused(400, 1001, "secret_value_too_long")
        case errors.InvalidName() | errors.InvalidValue():
            return errors.RequestRefused(400, 1001, error.slug)
        case errors.StoreNotEmpty():
            return errors.RequestRefused(409, 1003, "store_not_empty")
        case errors.NameTaken():
            kind = error.kind.replace(" ", "_")
            return errors.RequestRefused(400, 1003, f"{kind}_name_already_exists: {error.name}")
        case errors.LimitReached():
            return errors.RequestRefused(400, 1003, error.slug)
        case errors.NotFound():
            return errors.RequestRefused(404, 1001, error.code)
        case _:
            return _of_the_store(error)


_STORE_STATUS: tuple[tuple[type[errors.SshimError], int], ...] = (
    (errors.StoreFull, 507),
    (errors.Corrupt, 500),
    (errors.StoreError, 503),
    (errors.AccessError, 503),
    (errors.UsageError, 400),
)


def _of_the_store(error: errors.SshimError) -> errors.RequestRefused:
    status = next((status for kind, status in _STORE_STATUS if isinstance(error, kind)), 500)
    # The official clients repeat a call that got a 5xx; only a lock is worth that.
    retry = () if isinstance(error, errors.Locked) else (("x-should-retry", "false"),)
    hint = f" (try: {error.hint})" if error.hint else ""
    return errors.RequestRefused(status, status, f"{error.message}{hint}", headers=retry)
