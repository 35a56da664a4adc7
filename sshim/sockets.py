"""Listening sockets of one port number on several addresses: on all of them, or on none."""

from __future__ import annotations

import errno
import socket
import sys

from sshim.errors import PortInUse, UsageError

LOOPBACKS = ("127.0.0.1", "::1")
"""The addresses that `localhost` means."""

_BACKLOG = 512
_TRIES = 20
_ABSENT = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})


def is_loopback(host: str) -> bool:
    """Whether only this machine is meant by the host: a loopback address, or `localhost`."""
    from ipaddress import ip_address

    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def listen_on(addresses: tuple[str, ...], port: int) -> list[socket.socket]:
    """A listening socket for each address that this machine has; port 0 is any that is free on all of them.

    Raises `PortInUse` when one of them is taken, `UsageError` when there is no such address or port.
    """
    if not 0 <= port <= 65_535:
        raise UsageError(f"{port} is not a port number", hint="any number up to 65535")
    for _ in range(_TRIES - 1 if port == 0 else 0):
        # A port that is free on one address may be taken on another.
        try:
            return _listen_on(addresses, 0)
        except PortInUse:
            continue
    return _listen_on(addresses, port)


def _listen_on(addresses: tuple[str, ...], port: int) -> list[socket.socket]:
    listening: list[socket.socket] = []
    try:
        for address in addresses:
            number = listening[0].getsockname()[1] if listening else port
            try:
                listening.append(_listen(address, number))
            except OSError as error:
                if error.errno in _ABSENT and listening:
                    continue  # a machine without IPv6
                raise _explained(error, address, number) from None
    except BaseException:
        for sock in listening:
            sock.close()
        raise
    return listening


def _listen(address: str, port: int) -> socket.socket:
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
        sock.listen(_BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


def _explained(error: OSError, address: str, port: int) -> Exception:
    if isinstance(error, socket.gaierror) or error.errno in _ABSENT:
        return UsageError(f"{address} is not an address of this machine", hint="--ip localhost")
    if error.errno == errno.EADDRINUSE:
        return PortInUse(f"[{address}]" if ":" in address else address, port)
    if error.errno == errno.EACCES:
        return UsageError(f"port {port} is reserved for the system's own services", hint="1024 or above")
    return UsageError(f"cannot listen on {address}, port {port}: {error.strerror or error}")
