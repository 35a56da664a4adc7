"""From a request's target to gateway, provider and the rest of the path, refusing what could lead elsewhere.

The rest goes upstream as it came, byte for byte: it is only looked at, decoded once, for what some server on
the way might read as another path or host.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

from sshim.gateway.failures import bad_request

_ODD = re.compile(r"[\x00-\x1f\x7f\\@]|//|%2f|%5c|%00|%0[ad]", re.IGNORECASE)
_DOTS = frozenset({".", ".."})


class Target(NamedTuple):
    """`provider` is "" for the universal endpoint; `query` is as it came, without the question mark."""

    account: str
    gateway: str
    provider: str
    rest: str
    query: str


def parse_target(raw: str) -> Target:
    """A target such as `/v1/ACCOUNT/GATEWAY/openai/chat/completions`. Raises `GatewayFailure`."""
    path, _, query = raw.partition("?")
    parts = path.split("/", 5)
    if len(parts) < 4 or parts[:2] != ["", "v1"] or not parts[2] or not parts[3]:
        raise bad_request("the path must be /v1/{account_id}/{gateway_id}/{provider}/…", 404)
    account, gateway = parts[2], parts[3]
    provider = parts[4] if len(parts) > 4 else ""
    rest = parts[5] if len(parts) > 5 else ""
    check_rest(rest)
    check_query(query)
    return Target(account, gateway, provider, rest, query)


def check_rest(rest: str) -> str:
    """The path below a provider, if it can only mean what it says. Raises `GatewayFailure`."""
    decoded = unquote(rest)
    odd = (
        " " in rest or _ODD.search(rest) or _ODD.search(decoded) or rest.startswith("/") or not rest.isascii()
    )
    if odd or not _DOTS.isdisjoint(decoded.split("/")):
        raise bad_request("the path holds what is not passed on: '..', '//', '@', a backslash or a control")
    return rest


def check_query(query: str) -> str:
    """The query as it came, if it can stand in a request line. Raises `GatewayFailure`."""
    if not query.isascii() or any(not " " < c <= "~" for c in query):
        raise bad_request("the query holds characters that a URL cannot")
    return query
