"""The addresses of `sshim serve`: the port asked for, on both loopback addresses, or not at all.

A program that held the same port on the other loopback address would get part of what is sent to
`localhost`, tokens included; so a port that is taken on one of them is taken.
"""

from __future__ import annotations

import socket

from sshim.sockets import LOOPBACKS, listen_on


def bind(ip: str, port: int) -> list[socket.socket]:
    """Listening sockets of one port number for `ip`; `localhost` and either loopback address mean both.
    Port 0 is any free one. Raises `PortInUse`, or `UsageError` for an unusable address or port."""
    return listen_on(LOOPBACKS if ip in ("localhost", *LOOPBACKS) else (ip,), port)
