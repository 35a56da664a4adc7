"""HTTP on accepted connections: aiohttp's low-level server with our kind of request, and a record of which
connections have brought one.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sshim.worker.message import WireRequest

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

BACKLOG = 512

LONGEST_TARGET = 16 * 1024
LONGEST_HEADER = 128 * 1024
"""Bytes of a request's first line and of one header; production's limits."""

_silent = logging.getLogger("sshim.http")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


class Listener(web.Server):
    """Answers connections of any number of sockets by `handler`."""

    def __init__(self, handler: Handler) -> None:
        loop = asyncio.get_running_loop()
        self._heard: set[Any] = set()
        self._leaving = False
        self._servers: list[asyncio.Server] = []

        def make_request(head: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> WireRequest:
            self._heard.add(protocol)
            request = WireRequest(head, payload, protocol, writer, task, loop)
            request.leaving = lambda: self._leaving
            return request

        super().__init__(
            handler,
            request_factory=make_request,
            access_log=None,
            logger=_silent,
            # A Worker gets the body as it was sent, whatever its Content-Encoding says.
            auto_decompress=False,
            max_line_size=LONGEST_TARGET,
            max_field_size=LONGEST_HEADER,
        )

    async def listen(self, sock: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        """Accept connections on a bound socket, which stays the caller's to close."""
        loop = asyncio.get_running_loop()
        if sock.family == getattr(socket, "AF_UNIX", None):
            server = await loop.create_unix_server(self, sock=sock, backlog=BACKLOG)
        else:
            server = await loop.create_server(self, sock=sock, ssl=tls, backlog=BACKLOG)
        self._servers.append(server)

    def connection_lost(self, handler: Any, exc: BaseException | None = None) -> None:
        """A connection has ended."""
        self._heard.discard(handler)
        super().connection_lost(handler, exc)

    def leave(self) -> None:
        """From now on each answer tells its client to make another connection for the next request."""
        self._leaving = True

    def close_idle(self) -> None:
        """Close connections that have had an answer and wait for a further request; not those whose first
        request is still on its way, and those at work only after their answer."""
        for connection in list(self._heard):
            connection.close()

    def refuse(self) -> None:
        """Accept no more connections, and no more requests on those that are open."""
        self.leave()
        for server in self._servers:
            server.close()
        self._servers.clear()
        self.pre_shutdown()
