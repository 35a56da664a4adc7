"""Which requests may come in at all, told by their target, Host, Origin and Sec-Fetch headers.

A page of another site can make a browser send requests to loopback addresses, by name (DNS rebinding) or
directly. So a request must name a host that cannot be rebound, and a browser must say that it comes from a
page of this very origin. Holds for every listener of `sshim serve`: API, dashboard and gateway.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from aiohttp import web

from sshim.errors import RequestRefused

_HTTP_PORT = 80
"""The port that a Host header of `http` need not name."""

MAX_HEADERS = 100
"""Header lines of one request; their length is limited where the connection is read."""


@dataclass(frozen=True, slots=True)
class Guard:
    """The rule of one listener on `port`. `names` are further host names that the user allowed."""

    port: int
    names: frozenset[str] = frozenset()

    def check(self, request: web.BaseRequest) -> None:
        """Raises `RequestRefused`: 400 for a target that is no path, 421 for a foreign host, 403 for a
        request from a foreign page, 431 for too many headers."""
        if not request.raw_path.startswith("/") or request.method == "CONNECT":
            raise RequestRefused(400, 400, "the request target must be a path", headers=_CLOSE)
        if len(request.headers) > MAX_HEADERS:
            raise RequestRefused(431, 431, f"more than {MAX_HEADERS} request headers", headers=_CLOSE)
        host = request.headers.get("Host", "")
        if not self.allows_host(host, local=_local_address(request)):
            raise RequestRefused(421, 421, f"the host {host!r} is not served here", headers=_CLOSE)
        if request.method == "OPTIONS":
            raise RequestRefused(403, 403, "requests from other origins are not served")
        self._check_origin(request, host)

    def allows_host(self, host: str, *, local: str | None = None) -> bool:
        """Whether the Host header names this listener: loopback, `localhost`, a name below it, an allowed
        name, or the address `local` that the connection came in on, each with this listener's port."""
        name, port = split_host(host)
        if name is None or (port if port is not None else _HTTP_PORT) != self.port:
            return False
        if name in ("127.0.0.1", "[::1]", "localhost") or name in self.names:
            return True
        if name.endswith(".localhost"):
            return all(name.split("."))
        return local is not None and name == local

    def _check_origin(self, request: web.BaseRequest, host: str) -> None:
        origins = request.headers.getall("Origin", [])
        sites = request.headers.getall("Sec-Fetch-Site", [])
        if origins and origins != [f"http://{host.lower()}"]:
            raise RequestRefused(403, 403, "requests from other origins are not served")
        if not sites or sites == ["same-origin"]:
            return
        by_hand = sites == ["none"] and request.method in ("GET", "HEAD")
        if not by_hand or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
            raise RequestRefused(403, 403, "requests from other sites are not served")


def guard_for(port: int, allowed: Iterable[str] = ()) -> Guard:
    """A guard that also lets through the host names in `allowed`, written without a port."""
    return Guard(port, frozenset(name.strip().lower().rstrip(".") for name in allowed))


def split_host(host: str) -> tuple[str | None, int | None]:
    """Name and port of a Host header, in lower case, an IPv6 address in its brackets; (None, None) for
    what is none: blanks, user names, paths, wrong ports."""
    if not host.isascii() or not host.isprintable() or set(host) & set(" \t,;@/\\?#%\"'<>"):
        return None, None
    name, colon, digits = host.lower().rpartition(":")
    if not colon or (name.startswith("[") and not name.endswith("]")):
        name, digits = host.lower(), ""
    elif not digits.isdigit() or len(digits) > 5:
        return None, None
    if not name or (":" in name and not (name.startswith("[") and name.endswith("]"))):
        return None, None
    return name, int(digits) if digits else None


def _local_address(request: web.BaseRequest) -> str | None:
    """The address of ours that the client connected to, as a Host header spells it."""
    where = request.transport.get_extra_info("sockname") if request.transport else None
    if not isinstance(where, tuple):
        return None
    try:
        address: IPv4Address | IPv6Address = ip_address(str(where[0]).partition("%")[0])
    except ValueError:
        return None
    return f"[{address}]" if address.version == 6 else str(address)


_CLOSE = (("Connection", "close"),)
