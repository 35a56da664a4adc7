"""One listening address: its connections, their limits and their end.

Everything that touches the inner parts of aiohttp's connection handling stands here, since aiohttp itself
waits for ever on a half-sent header and takes any number of connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from sshim.api.envelope import failure
from sshim.errors import RequestRefused

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_LOOK = 0.02
"""Seconds between looks at what is still open at the end."""

_CUT = 0.05
"""Seconds that aiohttp then gives requests to notice, twice."""

_silent = logging.getLogger("sshim.http")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Seconds for a whole request header, seconds an idle connection is kept, seconds an unread body is
    read away after its answer, and connections at one time."""

    header: float = 10.0
    idle: float = 30.0
    linger: float = 1.0
    connections: int = 256


class _Connection(RequestHandler):
    """aiohttp's connection, closed when a request header takes too long."""

    def __init__(self, manager: _Connections, limits: ConnectionLimits, **kwargs: Any) -> None:
        super().__init__(manager, keepalive_timeout=limits.idle, lingering_time=limits.linger, **kwargs)
        self._header_seconds = limits.header
        self._header_timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> bool:
        """Whether no request of this connection is being answered, or is about to be."""
        if self._waiter is None:  # aiohttp is at work, or has not even begun: many can come at one moment
            return self.fresh
        return not self._waiter.done()

    @property
    def answering(self) -> bool:
        """Whether a request of this connection is being answered."""
        return self._current_request is not None or self._request_in_progress

    @property
    def fresh(self) -> bool:
        """Whether it never sent a whole request header."""
        return self._request_count == 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        before = self._request_count
        super().data_received(data)
        if self._request_count > before:
            self._stop_timer()
        elif self.waiting and self._header_timer is None:
            self._start_timer()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """A request that is no HTTP: the answer quotes nothing of it."""
        response = failure(RequestRefused(status, status, "this is not a request that can be read"))
        response.force_close()
        return response

    def _start_timer(self) -> None:
        self._header_timer = self._loop.call_later(self._header_seconds, self._too_slow)

    def _stop_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _too_slow(self) -> None:
        self._header_timer = None
        self.force_close()


class _Connections(web.Server):
    """aiohttp's server with a limit of connections: a new one takes the place of one that waits."""

    def __init__(self, handler: Handler, limits: ConnectionLimits, *, cancels: bool) -> None:
        super().__init__(handler, handler_cancellation=cancels)
        self._limits = limits

    def __call__(self) -> RequestHandler:
        return _Connection(
            self, self._limits, loop=self._loop, logger=_silent, access_log=None, auto_decompress=False
        )

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if len(self._connections) > self._limits.connections:
            self._make_room(handler)

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered."""
        return any(isinstance(c, _Connection) and c.answering for c in self.connections)

    def _make_room(self, newest: RequestHandler) -> None:
        others = [c for c in self.connections if isinstance(c, _Connection) and c is not newest]
        waiting = [c for c in others if c.waiting and c.transport is not None]
        # The oldest that never sent a request goes first, then the oldest that is idle.
        chosen = next((c for c in waiting if c.fresh), waiting[0] if waiting else newest)
        chosen.force_close()


class Listener:
    """Answers the connections of bound sockets with one handler, which is cancelled when its client goes if
    `cancels` says so."""

    def __init__(
        self, handler: Handler, limits: ConnectionLimits | None = None, *, cancels: bool = False
    ) -> None:
        self._handler = handler
        self._cancels = cancels
        self._limits = limits or ConnectionLimits()
        self._http: _Connections | None = None
        self._servers: list[asyncio.Server] = []
        self._hurry = asyncio.Event()

    async def start(self, *sockets: socket.socket) -> None:
        """Begin to accept; the sockets are closed by `stop`."""
        loop = asyncio.get_running_loop()
        self._http = _Connections(self._handler, self._limits, cancels=self._cancels)
        for sock in sockets:
            self._servers.append(await loop.create_server(self._http, sock=sock, backlog=512))

    async def stop(self, grace: float = 5.0) -> None:
        """Accept nothing more, let open requests end for `grace` seconds, then cut off those that do not."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        http, self._http = self._http, None
        if http is None:
            return
        http.pre_shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while http.is_busy:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._hurry.wait(), _LOOK)
                        break
        await http.shutdown(_CUT)

    def hurry(self) -> None:
        """Cut open requests off now that it stops."""
        self._hurry.set()
