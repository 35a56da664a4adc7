"""`js.fetch`: requests to the outside, with redirects and aborting as workerd does them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from sshim.platform.body import stream_of
from sshim.platform.exceptions import JsException, js_error
from sshim.platform.headers import Headers
from sshim.platform.options import positional
from sshim.platform.promise import Promise, as_exception, rejected, start
from sshim.platform.readable import ReadableStream
from sshim.platform.request import Request
from sshim.platform.response import Response
from sshim.platform.statuses import NULL_BODY, REDIRECTS
from sshim.platform.transport import HttpTransport, NetworkError, Outgoing, Reply, Transport
from sshim.platform.url import parse

MAX_REDIRECTS = 20
_LOST = "Network connection lost."
_ONE_TIME = (
    "A request with a one-time-use body (it was initialized from a stream, not a buffer) encountered a "
    "redirect requiring the body to be retransmitted. To avoid this error in the future, construct this "
    "request from a buffer-like body initializer."
)


class Network:
    """Where `fetch` sends its requests: a Transport that the server or a test may put in place.

    `failed(url, reason)` hears of exchanges that failed, since the Worker sees only that the connection was
    lost.
    """

    __slots__ = ("failed", "transport")

    def __init__(self) -> None:
        self.transport: Transport = HttpTransport()
        self.failed: Any = None

    async def close(self) -> None:
        """Closes all connections."""
        await self.transport.close()


network = Network()


def fetch(*args: Any, **options: Any) -> Promise:
    """`fetch(url | request, init)`: a promise of the Response, once its head is there."""
    try:
        request = Request.new(*positional(args, options))
        sending = _Fetch(request)
    except JsException as reason:
        return rejected(reason)
    if sending.signal.aborted:
        return rejected(sending.signal.reason)
    return start(sending.run())


class _Fetch:
    """One fetch under way, over all its redirects."""

    __slots__ = ("body", "headers", "method", "origin", "redirect", "signal", "upload", "url", "urls")

    def __init__(self, request: Request) -> None:
        target = _target(request.url)
        if target is None:
            raise js_error("TypeError", f"Fetch API cannot load: {request.url}")
        self.url, self.origin = target
        self.urls: list[str] = []
        self.method = request.method
        self.headers: Headers = request.headers.copy()
        if request.cache is not None:
            self.headers.set("cache-control", "no-cache")
            self.headers.set("pragma", "no-cache")
        self.redirect = request.redirect
        self.signal = request.signal
        if str(self.headers.get("upgrade")).lower() == "websocket":
            raise js_error(
                "NotSupportedError", "Outgoing WebSocket connections by fetch() are not supported by sshim."
            )
        source = request._claim()
        self.body: bytes | None = None
        self.upload: ReadableStream | None = None
        if isinstance(source, ReadableStream):
            self.upload = source
        elif isinstance(source, bytes):
            self.body = source
        elif source is not None:
            self.upload = stream_of(source, request._body_length())

    async def run(self) -> Response:
        """Sends, follows redirects, and stops at once when the signal says so."""
        work = asyncio.ensure_future(self._follow())

        def stop(event: Any) -> None:
            work.cancel()

        self.signal.addEventListener("abort", stop)
        try:
            return await work
        except asyncio.CancelledError:
            work.cancel()
            if self.upload is not None:
                await self.upload.abandon(self.signal.reason)
            if self.signal.aborted:
                raise as_exception(self.signal.reason) from None
            raise
        finally:
            self.signal.removeEventListener("abort", stop)

    async def _follow(self) -> Response:
        while True:
            self.urls.append(self.url)
            reply = await self._send()
            location = _location(reply)
            if reply.status not in REDIRECTS or self.redirect != "follow" or location is None:
                return self._response(reply)
            reply.close()
            self._redirect(reply.status, location)

    async def _send(self) -> Reply:
        upload = self.upload
        body: bytes | AsyncIterator[bytes] | None = self.body if upload is None else upload.iter_bytes()
        length = None if upload is None else upload._length
        outgoing = Outgoing(self.method, self.url, self.headers.raw_items(), body, length)
        try:
            return await network.transport.send(outgoing)
        except NetworkError as reason:
            raise lost(self.url, reason) from reason

    def _redirect(self, status: int, location: str) -> None:
        """Turns to where the answer points, or says why that is not possible."""
        target = _target(location, self.url)
        if target is None:
            raise js_error("TypeError", "Invalid Location header; unable to follow redirect.")
        if len(self.urls) > MAX_REDIRECTS:
            raise js_error("TypeError", f"Too many redirects.{', '.join(self.urls)}")
        becomes_get = status == 303 and self.method not in ("GET", "HEAD")
        if becomes_get or (status in (301, 302) and self.method == "POST"):
            self.method, self.body, self.upload = "GET", None, None
        elif self.upload is not None:
            raise js_error("TypeError", _ONE_TIME)
        url, origin = target
        if origin != self.origin:
            self.headers.delete("authorization")
        self.url, self.origin = url, origin

    def _response(self, reply: Reply) -> Response:
        source = None
        if self.method != "HEAD" and reply.status not in NULL_BODY:
            source = _Download(reply, self.url, self.signal).stream
        return Response._of_fetch(
            source, reply.status, reply.reason, reply.headers, self.url, len(self.urls) > 1
        )


def _target(text: str, base: str | None = None) -> tuple[str, str] | None:
    """The URL to ask, without its fragment, and its origin; None unless it is one of HTTP."""
    parsed = parse(text, base)
    if parsed is None or parsed.protocol not in ("http:", "https:"):
        return None
    parsed.hash = ""
    return parsed.href, parsed.origin


class _Download:
    """The body of an answer: its chunks, until the end or until the signal breaks it off."""

    __slots__ = ("chunks", "reply", "signal", "stream", "url")

    def __init__(self, reply: Reply, url: str, signal: Any) -> None:
        self.reply = reply
        self.chunks = aiter(reply.chunks)
        self.url = url
        self.signal = signal
        self.stream = ReadableStream._of_pull(self.pull, self.cancel)
        signal.addEventListener("abort", self.stop)

    def stop(self, event: Any) -> None:
        self.stream._fail(self.signal.reason)
        self.reply.close()

    async def pull(self) -> bytes | None:
        try:
            return await anext(self.chunks)
        except StopAsyncIteration:
            self.signal.removeEventListener("abort", self.stop)
            return None
        except NetworkError as reason:
            self.signal.removeEventListener("abort", self.stop)
            raise lost(self.url, reason) from reason

    def cancel(self, reason: Any) -> None:
        self.signal.removeEventListener("abort", self.stop)
        self.reply.close()


def _location(reply: Reply) -> str | None:
    for name, value in reply.headers:
        if name.lower() == "location":
            return value
    return None


def lost(url: str, reason: NetworkError) -> JsException:
    """What a Worker sees of a failed exchange; the reason goes to `network.failed`."""
    if network.failed is not None:
        network.failed(url, str(reason))
    return js_error("Error", _LOST)
