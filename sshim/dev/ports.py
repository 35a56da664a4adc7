"""The Worker's address by wrangler's rules.

A port that was asked for must be free. Otherwise 8787, else one of the next ten, else any. `localhost`
means both loopback addresses, since a browser may try either one first.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from sshim.errors import PortInUse
from sshim.sockets import LOOPBACKS, listen_on

DEFAULT_PORT = 8787
NEXT_PORTS = 10


def bind(
    address: tuple[str, int | None], scheme: str, cleanup: ExitStack, tell: Callable[[str], None]
) -> tuple[list[socket.socket], str]:
    """The sockets of `listen`, which `cleanup` closes, and the URL to show. `tell` hears of a port other than
    the usual one. Raises as `listen` does."""
    ip, port = address
    listeners = listen(ip, port)
    for listener in listeners:
        cleanup.callback(listener.close)
    if said := moved(port, listeners):
        tell(said)
    return listeners, url(ip, listeners[0].getsockname()[1], scheme)


def listen(ip: str, port: int | None, *, first: int = DEFAULT_PORT) -> list[socket.socket]:
    """Listening sockets, all of one port number, for `ip` (`localhost`, an address, or `*` for all).

    With `port` None, `first` and the ten after it are tried, then any. Raises `PortInUse` when a port asked
    for is taken, `UsageError` when the address or the port cannot be used.
    """
    addresses = LOOPBACKS if ip == "localhost" else ("0.0.0.0", "::") if ip == "*" else (ip,)  # noqa: S104
    if port is not None:
        return listen_on(addresses, port)
    for candidate in range(first, first + NEXT_PORTS + 1):
        try:
            return listen_on(addresses, candidate)
        except PortInUse:
            continue
    return listen_on(addresses, 0)


def moved(port: int | None, listeners: Sequence[socket.socket], *, first: int = DEFAULT_PORT) -> str | None:
    """What to say when `listen` was asked for no port and could not have `first`."""
    given = listeners[0].getsockname()[1]
    if port is not None or given == first:
        return None
    return f"port {first} is taken, so the Worker is served on {given}"


def url(ip: str, port: int, scheme: str = "http") -> str:
    """The address to show and to open, without a final slash."""
    shown = "localhost" if ip in ("*", "0.0.0.0", "::") else ip  # noqa: S104 compared, not bound
    return f"{scheme}://[{shown}]:{port}" if ":" in shown else f"{scheme}://{shown}:{port}"
