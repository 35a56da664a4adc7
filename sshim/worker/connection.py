"""One client's connection: plain requests are answered here, one after the other; with the first that is
more than that, aiohttp takes the connection over, from that request on and for good.

aiohttp's server makes a task, a stream writer and a request for each request and turns the event loop four
times; that costs more than a handler which reads one secret. Here a request is one task and one write.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from aiohttp import web

from sshim.worker.answer import Answer
from sshim.worker.message import WireRequest
from sshim.worker.plain_request import PlainRequest, read_head

if TYPE_CHECKING:
    from sshim.worker.listener import Listener

Reply = Answer | web.StreamResponse
Handler = Callable[[Any], Awaitable[Reply]]
"""Answers a request of either kind: with parts at hand, or with what it has streamed on the wire."""

_IDLE = 3630.0
"""Seconds for which a connection without a request is kept; aiohttp's."""

_AHEAD = 64 * 1024
"""Bytes that are taken from a client which does not wait for its answer."""


class Taken(NamedTuple):
    """A request that aiohttp took over while it was at work: it gives the request for the wire, and gets
    what was made of it."""

    request: asyncio.Future[WireRequest]
    reply: asyncio.Future[Reply]


class Connection(asyncio.Protocol):
    """See the module."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self._loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport
        self._task: asyncio.Task[None] | None = None
        self._ahead = bytearray()
        self._heard = self._closing = self._over = self._crowded = self._ended = False
        self._taken: Taken | None = None
        self._answer: Answer | None = None
        self._used = self._loop.time()
        self._expiry: asyncio.TimerHandle

    # -- what the transport says -------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come; over TLS, it has agreed on that."""
        self.transport = cast(asyncio.Transport, transport)  # another loop's need not inherit from it
        self._expiry = self._loop.call_later(_IDLE, self._expire)
        self.listener.made(self)
        with contextlib.suppress(OSError):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def data_received(self, data: bytes) -> None:
        """A request, a part of one, or several."""
        if self._closing:
            return
        if self._task is not None:
            self._ahead += data
            if len(self._ahead) > _AHEAD:
                self.transport.pause_reading()
            return
        head = read_head(data)
        if head is None or self._crowded:
            self._hand_over(data)
            return
        request = PlainRequest(head, data, self)
        self._task = _begin(self._loop, self._serve(request))
        if self._task.done() and self._answer is None:
            self._task = None

    def eof_received(self) -> bool:
        """The client sends no more: it is gone, or waits for its answer. TLS ends with this."""
        self._ended = self._closing = True
        return self._task is not None and self.transport.get_extra_info("ssl_object") is None

    def pause_writing(self) -> None:
        """The client is slower than its answers."""
        self._crowded = True

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._crowded = False

    def connection_lost(self, error: Exception | None) -> None:
        """The client is gone; what is at work for it goes on."""
        self._over = True
        self._expiry.cancel()
        self._shut()
        if self._task is None:
            self.listener.lost(self)

    # -- what the request says ---------------------------------------------------------------------------

    async def on_wire(self, data: bytes) -> WireRequest:
        """The request at work, from now on in aiohttp's hands."""
        if self._ended or self._over or self.transport.is_closing():
            raise ConnectionResetError("the client went away")
        self._taken = Taken(self._loop.create_future(), self._loop.create_future())
        task = self._task or asyncio.current_task()
        assert task is not None
        # Asking for the exception says that it was seen: without its client, aiohttp does not wait for it.
        self._taken.reply.add_done_callback(
            lambda reply: task.cancel() if reply.cancelled() else reply.exception()
        )
        self._hand_over(data)
        return await self._taken.request

    # -- what the listener says --------------------------------------------------------------------------

    def close_idle(self) -> None:
        """Close it if it has had an answer, after the present one if a request is at work."""
        if self._heard or self._task is not None:
            self.close()

    def close(self) -> None:
        """Take no more requests; close now, or when the present one is answered."""
        self._closing = True
        if self._task is None:
            self._shut()

    async def shutdown(self, timeout: float) -> None:
        """Close, and break off what is at work after `timeout` seconds."""
        self.close()
        task = self._task
        if task is not None and not (await asyncio.wait({task}, timeout=timeout))[0]:
            task.cancel()
            await asyncio.wait({task}, timeout=timeout)
        self.listener.outbox.flush()
        self._shut()

    # -- inside ------------------------------------------------------------------------------------------

    async def _serve(self, request: PlainRequest) -> None:
        try:
            reply = await self.listener.handler(request)
        except BaseException as error:
            self._failed(error)
            self._end()
            if not isinstance(error, ConnectionError):
                raise
            return
        if self._taken is not None:
            if not self._taken.reply.done():
                self._taken.reply.set_result(reply)
            self._end()
            return
        assert isinstance(reply, Answer)
        self._answer = reply
        self.listener.outbox.put(self._send)

    def _send(self) -> None:
        answer, self._answer = self._answer, None
        assert answer is not None
        if not self.transport.is_closing():
            self.transport.write(answer.data)
        self._heard, self._used = True, self._loop.time()
        self._end()
        if self._closing or not answer.keep_alive:
            self._shut()
        elif self._ahead and not self._over:
            self._hand_over(b"")

    def _shut(self) -> None:
        """Close the transport, but not twice: that of TLS would be in pieces, and one that was lost without
        it would warn."""
        if not self.transport.is_closing():
            self.transport.close()

    def _end(self) -> None:
        """No request is at work any more."""
        self._task = None
        if self._over:
            self.listener.lost(self)

    def _failed(self, error: BaseException) -> None:
        """What a handler lets through ends the connection, as it does with aiohttp."""
        if self._taken is None:
            self._shut()
        elif not self._taken.reply.done():
            if isinstance(error, asyncio.CancelledError):
                self._taken.reply.cancel()
            else:
                self._taken.reply.set_exception(error)

    def _hand_over(self, data: bytes) -> None:
        # Requests to come must not see the context variables of the handler that this may be called from.
        self.listener.context.copy().run(self._hand, data + self._ahead)
        self._ahead.clear()

    def _hand(self, data: bytes) -> None:
        protocol = self.listener.take_over(heard=self._heard, taken=self._taken)
        self._expiry.cancel()
        self.transport.resume_reading()  # first of all, since aiohttp may pause it again at once
        self.transport.set_protocol(protocol)
        protocol.connection_made(self.transport)
        if self._crowded:
            protocol.pause_writing()
        protocol.data_received(data)
        if self._closing:
            protocol.close()
        self._over = True
        if self._task is None:
            self.listener.lost(self)

    def _expire(self) -> None:
        left = self._used + _IDLE - self._loop.time()
        if self._task is None and left <= 0:
            self._shut()
        else:
            self._expiry = self._loop.call_later(max(left, _IDLE / 60), self._expire)


if sys.version_info >= (3, 12):

    def _begin(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task that has begun already: it saves a turn of the loop."""
        return asyncio.Task(work, loop=loop, eager_start=True)
else:

    def _begin(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task, which begins with the next turn of the loop."""
        return asyncio.Task(work, loop=loop)
