"""Every combination of the headers by which a browser says whose page sends a request, and to whom."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import NamedTuple

from tests.api.wire import request

HOSTS = {
    "127.0.0.1:{port}": True,
    "localhost:{port}": True,
    "[::1]:{port}": True,
    "api.localhost:{port}": True,
    "localhost:1": False,
    "localhost": False,
    "evil.example": False,
    "evil.example:{port}": False,
    "127.0.0.1.evil.example:{port}": False,
    "10.0.0.1:{port}": False,
    "2130706433:{port}": False,
    "": False,
}
ORIGINS = {
    None: True,
    "http://{host}": True,
    "https://{host}": False,
    "http://localhost:8787": False,
    "http://evil.example": False,
    "null": False,
    "": False,
}
SITES = {None: True, "same-origin": True, "none": None, "same-site": False, "cross-site": False, "x": False}
"""None as value: only for a navigation by GET."""
METHODS = ["GET", "POST", "PATCH", "DELETE", "OPTIONS"]
TYPES = ["application/json", "text/plain", "application/x-www-form-urlencoded"]

GUARD = {400, 403, 421}
"""What the guard answers."""


class Call(NamedTuple):
    """A request without the headers that a browser adds."""

    method: str
    path: str
    kind: str = "application/json"
    body: bytes = b""


class Attack(NamedTuple):
    """`fair`: the guard lets it through."""

    fair: bool
    data: bytes
    name: str


def combinations(port: int, calls: Iterable[Call], **headers: str) -> list[Attack]:
    """Each call, with these headers, from every kind of page to every kind of host."""
    found = []
    for (host, host_ok), (origin, origin_ok), (site, site_ok), call in itertools.product(
        HOSTS.items(), ORIGINS.items(), SITES.items(), calls
    ):
        named = host.format(port=port)
        fair = host_ok and origin_ok and call.method != "OPTIONS"
        fair = fair and (site_ok if site_ok is not None else call.method == "GET")
        sent = [("Host", named), ("Content-Type", call.kind), *headers.items()]
        if origin is not None:
            sent.append(("Origin", origin.format(host=named)))
        if site is not None:
            sent.append(("Sec-Fetch-Site", site))
        name = f"{call.method} {call.path} {named} {origin} {site} {call.kind}"
        found.append(Attack(fair, request(call.method, call.path, sent, call.body), name))
    return found
