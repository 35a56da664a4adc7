"""HTTP on accepted connections of any number of sockets: ours for plain requests, and aiohttp's low-level
server for those that are taken over, with our kind of request.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import socket
import ssl
from typing import Any

from aiohttp import web

from sshim.worker.answer import Answer, Written
from sshim.worker.connection import Connection, Handler, Taken
from sshim.worker.message import WireRequest
from sshim.worker.outbox import Outbox

BACKLOG = 512

LONGEST_TARGET = 16 * 1024
LONGEST_HEADER = 128 * 1024
"""Bytes of a request's first line and of one header; production's limits."""

_SENDING = 0.01
"""Seconds between two looks at whether clients have taken their answers."""

_silent = logging.getLogger("sshim.http")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


class Listener:
    """Answers connections by `handler`."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.outbox = Outbox()
        self.leaving = False
        self.context = contextvars.copy_context()
        self._connections: set[Connection] = set()
        self._wire = _WireServer(self)
        self._servers: list[asyncio.Server] = []

    async def listen(self, sock: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        """Accept connections on a bound socket, which stays the caller's to close."""
        loop = asyncio.get_running_loop()
        if sock.family == getattr(socket, "AF_UNIX", None):
            server = await loop.create_unix_server(self._accept, sock=sock, backlog=BACKLOG)
        else:
            server = await loop.create_server(self._accept, sock=sock, ssl=tls, backlog=BACKLOG)
        self._servers.append(server)

    def _accept(self) -> Connection:
        return Connection(self)

    def made(self, connection: Connection) -> None:
        """A client has come."""
        self._connections.add(connection)

    def lost(self, connection: Connection) -> None:
        """It has ended, or is aiohttp's now."""
        self._connections.discard(connection)

    def take_over(self, *, heard: bool, taken: Taken | None) -> web.RequestHandler:
        """An aiohttp connection for a transport that has been in use."""
        return self._wire.take_over(heard=heard, taken=taken)

    def leave(self) -> None:
        """From now on each answer tells its client to make another connection for the next request."""
        self.leaving = True

    def close_idle(self) -> None:
        """Close connections that have had an answer and wait for a further request; not those whose first
        request is still on its way, and those at work only after their answer."""
        for connection in list(self._connections):
            connection.close_idle()
        self._wire.close_idle()

    def refuse(self) -> None:
        """Accept no more connections, and no more requests on those that are open."""
        self.leave()
        for server in self._servers:
            server.close()
        self._servers.clear()
        for connection in list(self._connections):
            connection.close()
        self._wire.pre_shutdown()

    @property
    def unsent(self) -> int:
        """Connections on which something waits for its client to take it; TLS tells of some of it only."""
        ours = [connection.transport for connection in self._connections]
        return sum(map(_is_sending, {*ours, *self._wire.transports()}))

    async def send(self, until: float) -> int:
        """Let clients take their answers until that time of the loop. Returns how many have not."""
        loop = asyncio.get_running_loop()
        self.outbox.flush()
        while self.unsent and loop.time() < until:  # noqa: ASYNC110 - a transport tells nobody
            await asyncio.sleep(_SENDING)
        return self.unsent

    async def shutdown(self, timeout: float) -> None:
        """Close all connections, and break off what is at work after `timeout` seconds."""
        await asyncio.gather(*(connection.shutdown(timeout) for connection in list(self._connections)))
        await self._wire.shutdown(timeout)


def _is_sending(transport: asyncio.Transport) -> bool:
    try:
        return transport.get_write_buffer_size() > 0
    except AttributeError:
        return False  # one of TLS that aiohttp has closed twice


class _WireServer(web.Server):
    """The connections that are aiohttp's, and which of them have brought a request."""

    def __init__(self, owner: Listener) -> None:
        loop = asyncio.get_running_loop()
        self._owner = owner
        self._heard: set[Any] = set()
        self._taken: dict[Any, Taken] = {}

        def make_request(head: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> WireRequest:
            self._heard.add(protocol)
            request = WireRequest(head, payload, protocol, writer, task, loop)
            request.leaving = lambda: owner.leaving
            return request

        super().__init__(
            self._answer,
            request_factory=make_request,
            access_log=None,
            tcp_keepalive=False,  # `Connection` has set it
            logger=_silent,
            # A Worker gets the body as it was sent, whatever its Content-Encoding says.
            auto_decompress=False,
            max_line_size=LONGEST_TARGET,
            max_field_size=LONGEST_HEADER,
        )

    async def _answer(self, request: Any) -> web.StreamResponse:
        taken = self._taken.pop(request.protocol, None)
        if taken is None:
            reply = await self._owner.handler(request)
        else:
            if not taken.request.done():
                taken.request.set_result(request)
            reply = await taken.reply
        return Written(reply) if isinstance(reply, Answer) else reply

    def take_over(self, *, heard: bool, taken: Taken | None) -> web.RequestHandler:
        """A connection that has had an answer already if it was `heard`; its first request is the `taken`
        one."""
        protocol = self()
        if heard:
            self._heard.add(protocol)
        if taken is not None:
            self._taken[protocol] = taken
        return protocol

    def connection_lost(self, handler: Any, exc: BaseException | None = None) -> None:
        """A connection has ended."""
        self._heard.discard(handler)
        taken = self._taken.pop(handler, None)
        if taken is not None and not taken.request.done():
            taken.request.set_exception(ConnectionResetError("the client went away"))
        super().connection_lost(handler, exc)

    def transports(self) -> list[asyncio.Transport]:
        """Those of the connections that have not ended."""
        return list(self._connections.values())

    def close_idle(self) -> None:
        """See `Listener.close_idle`."""
        for connection in list(self._heard):
            connection.close()
