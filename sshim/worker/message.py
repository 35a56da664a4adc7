"""HTTP on the wire to `js.Request`, and `js.Response` back to the wire, over aiohttp's low-level server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from aiohttp import HttpVersion11, hdrs, web
from multidict import CIMultiDict

from sshim.platform.request import Request
from sshim.platform.statuses import phrase
from sshim.worker import cf, encoding
from sshim.worker.answer import Answer, make_answer
from sshim.worker.encoding import Pairs
from sshim.worker.plain_request import PlainRequest

_WORKER_ACCEPT_ENCODING = "br, gzip"
_TEXT = "text/plain;charset=UTF-8"
_CHUNK = 64 * 1024
_LARGE = 1 << 20
"""Bytes from which on a body is compressed beside the event loop."""


class WireRequest(web.BaseRequest):
    """A request whose answer carries only what the Worker set: aiohttp's `Server` header and its default
    content type are taken off again, as production sends neither. Once `leaving` says so, its answer tells
    the client that the connection ends with it."""

    leaving: Callable[[], bool] = bool

    @property
    def keep_alive(self) -> bool:
        return super().keep_alive and not self.leaving()

    @property
    def host_header(self) -> str | None:
        """The Host header as sent."""
        return self.headers.get(hdrs.HOST)

    async def on_wire(self) -> WireRequest:
        """Itself; see `PlainRequest`."""
        return self

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        response.headers.pop(hdrs.SERVER, None)
        if not getattr(response, "typed", True):
            response.headers.pop(hdrs.CONTENT_TYPE, None)


AnyRequest = WireRequest | PlainRequest


class StreamedAnswer(web.StreamResponse):
    """An answer written while the Worker produces it."""

    typed = True


class _SentHeaders:
    """The headers as the Worker sees them, decoded when a handler first looks: most never do."""

    __slots__ = ("_request",)

    def __init__(self, request: AnyRequest) -> None:
        self._request = request

    def __iter__(self) -> Iterator[tuple[str, str]]:
        connecting_ip = False
        for raw_name, raw_value in self._request.raw_headers:
            name = raw_name.decode("latin-1").lower()
            if name == "accept-encoding":
                continue
            connecting_ip = connecting_ip or name == "cf-connecting-ip"
            yield name, raw_value.decode("utf-8", "replace")
        yield "accept-encoding", _WORKER_ACCEPT_ENCODING
        if not connecting_ip:
            yield "cf-connecting-ip", self._request.remote or "127.0.0.1"


def to_js_request(request: AnyRequest, *, scheme: str, default_host: str) -> Request:
    """The request as a Worker sees it: absolute URL, Host as sent, CF-Connecting-IP added when the client
    sent none, Accept-Encoding replaced (the client's own is in `cf.clientAcceptEncoding`)."""
    content = None
    if type(request) is WireRequest and request.can_read_body:
        _invite_body(request)
        content = body(request)
    return Request.from_server(
        request.method,
        f"{scheme}://{request.host_header or default_host}{request.raw_path}",
        _SentHeaders(request),
        content,
        cf=lambda: cf.for_request(request.headers.get("Accept-Encoding", "")),
    )


def _invite_body(request: WireRequest) -> None:
    """Tell a client that waits for it before it sends its body to go on. At once, as wrangler does: by the
    time a handler reads, the answer may have begun."""
    expected = request.headers.get(hdrs.EXPECT, "").strip().lower()
    if expected == "100-continue" and request.version >= HttpVersion11 and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


async def body(request: WireRequest) -> AsyncIterator[bytes]:
    """The body of a request as it comes."""
    async for chunk in request.content.iter_chunked(_CHUNK):
        yield chunk


async def answer(
    request: AnyRequest, status: int, reason: str, pairs: Pairs, body: bytes, js_response: Any = None
) -> Answer:
    """An answer of these parts, of a `js.Response` or another source, compressed if the client wants that."""
    if len(body) >= encoding.SHORTEST:
        try:
            coding = encoding.choose(request.headers.get("Accept-Encoding"), status, pairs, js_response)
        except encoding.NotAcceptable:
            return _not_acceptable(request)
        if coding is not None:
            if len(body) < _LARGE:
                body = encoding.encode(coding, body)
            else:
                body = await asyncio.to_thread(encoding.encode, coding, body)
            pairs = [*pairs, ("Content-Encoding", coding)]
    return make_answer(request, status, reason, pairs, body)


def text(request: AnyRequest, status: int, text: str, content_type: str = _TEXT) -> Answer:
    """An answer of our own."""
    pairs = [("Content-Type", content_type)]
    return make_answer(request, status, phrase(status), pairs, text.encode("utf-8", "replace"))


def _not_acceptable(request: AnyRequest) -> Answer:
    pairs = [("Accept-Encoding", "br, gzip"), ("Content-Type", _TEXT)]
    return make_answer(request, 415, "Unsupported Media Type", pairs, b"Unsupported Media Type")


async def stream(
    request: AnyRequest, js_response: Any, source: Any, failed: Callable[[BaseException], object]
) -> Answer | web.StreamResponse:
    """Write a `js.Response` to the client while its ReadableStream gives it, at the client's pace.

    Raises ConnectionError when the client is gone, and for what `failed` is told: the answer had begun, and
    the connection is cut, so that the client does not take it for whole.
    """
    try:
        return await _stream(request, js_response, source)
    except ConnectionError:
        raise
    except Exception as error:
        failed(error)
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("the answer broke off") from error


async def _stream(request: AnyRequest, js_response: Any, source: Any) -> Answer | web.StreamResponse:
    pairs = js_response.header_pairs()
    try:
        coding = encoding.choose(
            request.headers.get("Accept-Encoding"), js_response.status, pairs, js_response
        )
    except encoding.NotAcceptable:
        await source.abandon("The client accepts no such answer")
        return _not_acceptable(request)
    headers: CIMultiDict[str] = CIMultiDict(pairs)
    encoder = None
    if coding is not None:
        encoder = encoding.Encoder(coding)
        headers.popall(hdrs.CONTENT_LENGTH, None)
        headers[hdrs.CONTENT_ENCODING] = coding
    answer = StreamedAnswer(status=js_response.status, reason=js_response.statusText, headers=headers)
    answer.typed = hdrs.CONTENT_TYPE in answer.headers
    reader = source.iter_bytes()
    try:
        wire = await request.on_wire()
        await answer.prepare(wire)
        if request.method == hdrs.METH_HEAD:
            await source.abandon("The client asked for the headers only")
            return answer
        missing = answer.content_length or 0
        async for chunk in reader:
            missing -= len(chunk)
            await answer.write(encoder.write(chunk) if encoder is not None else chunk)
        if missing > 0:
            raise ValueError(f"the body ended {missing} bytes before the Content-Length of the response")
        await answer.write_eof(encoder.end() if encoder is not None else b"")
    except (ConnectionError, asyncio.CancelledError):
        # The client went away: tell the producer, so that it stops.
        await source.abandon("The client disconnected")
        raise
    return answer
