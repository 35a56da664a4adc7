"""Binding the Worker's address by wrangler's rules.

A port that was asked for must be free. Otherwise 8787, else one of the next ten, else any. `localhost`
means both loopback addresses, since a browser may try either one first.
"""

from __future__ import annotations

import errno
import socket
import sys

from sshim.errors import PortInUse, UsageError

DEFAULT_PORT = 8787
NEXT_PORTS = 10
BACKLOG = 512

_BOTH_LOOPBACKS = ("127.0.0.1", "::1")
_ABSENT = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})


def listen(ip: str, port: int | None, *, first: int = DEFAULT_PORT) -> list[socket.socket]:
    """Listening sockets, all of one port number, for `ip` (`localhost`, an address, or `*` for all).

    With `port` None, `first` and the ten after it are tried, then any. Raises `PortInUse` when a port asked
    for is taken, `UsageError` when the address cannot be used.
    """
    if port is not None and not 0 <= port <= 65_535:
        raise UsageError(f"{port} is not a port number", hint="--port 8787, or any number up to 65535")
    if port:
        return _bind(ip, port)
    for candidate in range(first, first + NEXT_PORTS + 1) if port is None else ():
        try:
            return _bind(ip, candidate)
        except PortInUse:
            continue
    for _ in range(20):
        # Any port that is free for one family may be taken for the other.
        try:
            return _bind(ip, 0)
        except PortInUse:
            continue
    raise PortInUse(ip, first)


def url(ip: str, port: int, scheme: str = "http") -> str:
    """The address to show and to open, without a final slash."""
    shown = "localhost" if ip in ("*", "0.0.0.0", "::") else ip  # noqa: S104 compared, not bound
    return f"{scheme}://[{shown}]:{port}" if ":" in shown else f"{scheme}://{shown}:{port}"


def _bind(ip: str, port: int) -> list[socket.socket]:
    addresses = _BOTH_LOOPBACKS if ip == "localhost" else ("0.0.0.0", "::") if ip == "*" else (ip,)  # noqa: S104
    bound: list[socket.socket] = []
    try:
        for address in addresses:
            number = bound[0].getsockname()[1] if bound else port
            try:
                bound.append(_bind_one(address, number))
            except OSError as error:
                if error.errno in _ABSENT and bound:
                    continue  # a machine without IPv6
                raise _explain(error, address, number) from None
    except BaseException:
        for sock in bound:
            sock.close()
        raise
    return bound


def _bind_one(address: str, port: int) -> socket.socket:
    family, kind, proto, _, where = socket.getaddrinfo(
        address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    sock = socket.socket(family, kind, proto)
    try:
        if sys.platform != "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(where)
        sock.listen(BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


def _explain(error: OSError, address: str, port: int) -> Exception:
    if isinstance(error, socket.gaierror) or error.errno in _ABSENT:
        return UsageError(
            f"{address} is not an address of this machine", hint="--ip localhost, or --ip '*' for all"
        )
    if error.errno == errno.EADDRINUSE:
        return PortInUse(f"[{address}]" if ":" in address else address, port)
    if error.errno == errno.EACCES:
        return UsageError(f"port {port} is reserved for the system's own services", hint="--port 8787")
    return UsageError(f"cannot listen on {address}, port {port}: {error.strerror or error}")
