"""Binding the addresses of `sshim serve`: the port asked for, on both loopback addresses, or not at all.

A program that held the same port on the other loopback address would get part of what is sent to
`localhost`, tokens included; so a port that is taken on one of them is taken.
"""

from __future__ import annotations

import errno
import socket
import sys
from ipaddress import ip_address

from sshim.errors import PortInUse, UsageError

LOOPBACKS = ("127.0.0.1", "::1")
_ABSENT = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})
_TRIES = 20


def bind(ip: str, port: int) -> list[socket.socket]:
    """Bound sockets of one port number for `ip`; `localhost` and a loopback default mean both loopback
    addresses. Port 0 is any free one. Raises `PortInUse`, or `UsageError` for an unusable address."""
    if not 0 <= port <= 65_535:
        raise UsageError(f"{port} is not a port number", hint="--port 8788, or any number up to 65535")
    addresses = LOOPBACKS if ip in ("localhost", *LOOPBACKS) else (ip,)
    for attempt in range(_TRIES):
        try:
            return _bind_all(addresses, port)
        except PortInUse:
            # A free port of one family may be taken in the other.
            if port or attempt == _TRIES - 1:
                raise
    raise AssertionError("not reached")


def is_loopback(ip: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ip == "localhost" or ip_address(ip).is_loopback
    except ValueError:
        return False


def _bind_all(addresses: tuple[str, ...], port: int) -> list[socket.socket]:
    bound: list[socket.socket] = []
    try:
        for address in addresses:
            number = bound[0].getsockname()[1] if bound else port
            try:
                bound.append(_bind_one(address, number))
            except OSError as error:
                if error.errno in _ABSENT and bound:
                    continue  # a machine without IPv6
                raise _explained(error, address, number) from None
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
        sock.listen(512)
    except BaseException:
        sock.close()
        raise
    return sock


def _explained(error: OSError, address: str, port: int) -> Exception:
    if error.errno == errno.EADDRINUSE:
        return PortInUse(f"[{address}]" if ":" in address else address, port)
    if isinstance(error, socket.gaierror) or error.errno in _ABSENT:
        return UsageError(f"{address} is not an address of this machine", hint="--ip 127.0.0.1")
    if error.errno == errno.EACCES:
        return UsageError(f"port {port} is reserved for the system's own services", hint="--port 8788")
    return UsageError(f"cannot listen on {address}, port {port}: {error.strerror or error}")
