"""HTTP on the wire to `js.Request`, and `js.Response` back to the wire, over aiohttp's low-level server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

from aiohttp import hdrs, web
from multidict import CIMultiDict

from sshim.platform.request import Request
from sshim.worker import cf

_WORKER_ACCEPT_ENCODING = "br, gzip"
_CHUNK = 64 * 1024


class WireRequest(web.BaseRequest):
    """A request whose answer carries only what the Worker set: aiohttp's `Server` header and its default
    content type are taken off again, as production sends neither."""

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        response.headers.pop(hdrs.SERVER, None)
        if not getattr(response, "typed", True):
            response.headers.pop(hdrs.CONTENT_TYPE, None)


class Answer(web.Response):
    """A whole answer; `typed` tells whether the Worker set a content type."""

    typed = True


class StreamedAnswer(web.StreamResponse):
    """An answer written while the Worker produces it."""

    typed = True


def to_js_request(request: web.BaseRequest, *, scheme: str, default_host: str) -> Request:
    """The request as a Worker sees it: absolute URL, Host as sent, CF-Connecting-IP added when the client
    sent none, Accept-Encoding replaced (the client's own is in `cf.clientAcceptEncoding`)."""
    headers: list[tuple[str, str]] = []
    accept_encoding = ""
    connecting_ip = False
    host = default_host
    for raw_name, raw_value in request.raw_headers:
        name = raw_name.decode("latin-1").lower()
        value = raw_value.decode("utf-8", "surrogateescape")
        if name == "accept-encoding":
            accept_encoding = value
            continue
        if name == "cf-connecting-ip":
            connecting_ip = True
        elif name == "host":
            host = value
        headers.append((name, value))
    headers.append(("accept-encoding", _WORKER_ACCEPT_ENCODING))
    if not connecting_ip:
        headers.append(("cf-connecting-ip", request.remote or "127.0.0.1"))
    body = _body(request) if request.can_read_body else None
    return Request.from_server(
        request.method,
        f"{scheme}://{host}{request.raw_path}",
        headers,
        body,
        cf=lambda: cf.for_request(accept_encoding),
    )


async def _body(request: web.BaseRequest) -> AsyncIterator[bytes]:
    async for chunk in request.content.iter_chunked(_CHUNK):
        yield chunk


async def send(request: web.BaseRequest, js_response: Any) -> web.StreamResponse:
    """Write a `js.Response` to the client and return what was sent."""
    status = js_response.status
    headers: CIMultiDict[str] = CIMultiDict(js_response.headers.raw_items())
    reason = js_response.statusText or reason_phrase(status)
    source = js_response.body_source
    if source is None or isinstance(source, bytes):
        answer = Answer(body=source or None, status=status, reason=reason, headers=headers)
        answer.typed = hdrs.CONTENT_TYPE in headers
        return answer
    return await _stream(request, StreamedAnswer(status=status, reason=reason, headers=headers), source)


async def _stream(request: web.BaseRequest, answer: StreamedAnswer, stream: Any) -> web.StreamResponse:
    answer.typed = hdrs.CONTENT_TYPE in answer.headers
    reader = stream.iter_bytes()
    try:
        await answer.prepare(request)
        async for chunk in reader:
            await answer.write(chunk)
        await answer.write_eof()
    except (ConnectionError, asyncio.CancelledError):
        # The client went away: tell the producer, so that it stops.
        await stream.abandon("The client disconnected")
        raise
    return answer


def reason_phrase(status: int) -> str:
    """The standard reason phrase, "" for a status that has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
