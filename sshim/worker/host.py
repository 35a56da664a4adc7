"""Which Host names may reach a Worker's listener.

A page on another site can make the browser send requests here (DNS rebinding), so only names that cannot be
rebound pass: loopback addresses, `localhost` and names below it, `dev.host` of the configuration and
`--allowed-host`.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit


def host_name(host: str) -> str:
    """The name of a Host header without port, brackets and final dot, in lower case."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, colon, port = host.partition(":")
    return name.rstrip(".") if colon and (not port or port.isdecimal()) else host.rstrip(".")


class HostRule:
    """Says whether a Host or Origin header names this machine or an allowed name.

    `bound` is the address listened on: when it is not loopback the user asked for other machines to reach
    the Worker, so IP literals equal to a local address pass as well.
    """

    def __init__(self, allowed: Iterable[str] = (), *, bound: str = "127.0.0.1") -> None:
        self._allowed = frozenset(host_name(name) for name in allowed)
        self._any_address = bound in {"0.0.0.0", "::", "*", ""}  # noqa: S104 compared, not bound
        self._bound = host_name(bound)
        self._known_good: set[str] = set()

    def allows_host(self, host: str) -> bool:
        """Whether requests with this Host header are served."""
        if host in self._known_good:
            return True
        name = host_name(host)
        if not self._allows_name(name):
            return False
        if len(self._known_good) < 64:
            self._known_good.add(host)
        return True

    def allows_origin(self, origin: str | None) -> bool:
        """Whether a request that carries this Origin header (or none) may use a trigger URL."""
        if origin is None:
            return True
        try:
            name = urlsplit(origin).hostname or ""
        except ValueError:
            return False
        return self._allows_name(name.rstrip("."))

    def _allows_name(self, name: str) -> bool:
        if name == "localhost" or name.endswith(".localhost") or name in self._allowed:
            return True
        try:
            address = ip_address(name)
        except ValueError:
            return name != "" and name == self._bound
        return address.is_loopback or name == self._bound or self._any_address
