"""Service bindings to other Workers of the same `sshim dev`, each in a process of its own: HTTP over a Unix
socket that only this user can open.

`fetch` carries request and answer as they are, body by body; a method call carries its arguments and result
as `clone` writes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, UnixConnector, hdrs, web

from sshim.platform import serialization, suspend
from sshim.platform.body import stream_of
from sshim.platform.exceptions import JsException, js_error
from sshim.platform.fetcher import ServiceBinding
from sshim.platform.readable import ReadableStream
from sshim.platform.request import Request
from sshim.platform.response import Response
from sshim.platform.statuses import NULL_BODY
from sshim.platform.transport import HttpTransport, NetworkError, Outgoing
from sshim.worker import cf, message
from sshim.worker.answer import make_answer
from sshim.worker.connection import Handler, Reply
from sshim.worker.dispatch import Dispatcher
from sshim.worker.message import AnyRequest, WireRequest

_FAILED = "sshim-failed"
"""Header of an answer whose body is the error that the other Worker raised."""


class PeerTransport(HttpTransport):
    """HTTP to the process behind a Unix socket."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    async def _ready(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(
                connector=UnixConnector(str(self._path), limit=0),
                cookie_jar=DummyCookieJar(),
                auto_decompress=False,
                timeout=ClientTimeout(total=None),
            )
        session: ClientSession = self._session
        return session


class Peer(ServiceBinding):
    """A service binding to the entrypoint of another Worker."""

    js_name = "Fetcher"
    __slots__ = ("_entrypoint", "_service", "_transport")

    def __init__(self, service: str, transport: PeerTransport, entrypoint: str) -> None:
        super().__init__(self._fetch)
        self._service = service
        self._transport = transport
        self._entrypoint = entrypoint

    async def _fetch(self, request: Request) -> Response:
        if str(request.headers.get("upgrade")).lower() == "websocket":
            raise js_error("NotSupportedError", "WebSockets between Workers are not supported by sshim.")
        source = request._claim()
        length = request._body_length()
        body = source.iter_bytes() if isinstance(source, ReadableStream) else source
        query = {"entrypoint": self._entrypoint, "url": request.url}
        return await self._send(request.method, query, request.headers.raw_items(), body, length)

    async def _call(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        body = json.dumps(
            [
                [(await serialization.dumps(arg)).decode() for arg in args],
                {key: (await serialization.dumps(value)).decode() for key, value in options.items()},
            ]
        ).encode()
        answer = await self._send("POST", {"entrypoint": self._entrypoint, "call": name}, [], body, None)
        if answer.status != 200:
            raise js_error("Error", f'The Worker "{self._service}" cannot be loaded: {await answer.text()}')
        return serialization.loads((await answer.arrayBuffer()).to_bytes())

    async def _send(
        self,
        method: str,
        query: dict[str, str],
        headers: list[tuple[str, str]],
        body: Any,
        length: int | None,
    ) -> Response:
        outgoing = Outgoing(method, f"http://worker/?{urlencode(query)}", headers, body, length)
        try:
            reply = await self._transport.send(outgoing)
        except NetworkError as reason:
            raise js_error("Error", f'The Worker "{self._service}" cannot be reached: {reason}') from None
        source = None
        if method != "HEAD" and reply.status not in NULL_BODY:
            source = stream_of(reply.chunks, None)
        response = Response._of_fetch(source, reply.status, reply.reason, reply.headers, "", False)
        if response.headers.has(_FAILED):
            raise serialization.loads((await response.arrayBuffer()).to_bytes())
        return response


def serve(dispatcher: Callable[[], Dispatcher], failed: Callable[[BaseException], object]) -> Handler:
    """The handler of this Worker's own Unix socket: what other Workers ask of it. `failed` hears of the
    exceptions, which the caller gets too."""

    async def handle(request: AnyRequest) -> Reply:
        query = dict(parse_qsl(request.raw_path.partition("?")[2], keep_blank_values=True))
        try:
            if "call" in query:
                wire = await request.on_wire()
                result = await suspend.enter(_called(dispatcher(), wire, query))
                return make_answer(wire, 200, "OK", [], result)
            js_response = await suspend.enter(
                dispatcher().fetch(_request(request, query["url"]), entrypoint=query["entrypoint"])
            )
            if js_response.status == 101:
                raise js_error("NotSupportedError", "WebSockets between Workers are not supported by sshim.")
            source = js_response.body_source
        except ConnectionError:
            raise
        except Exception as error:
            failed(error)
            body = await serialization.dumps(_as_js(error))
            return make_answer(request, 500, "Internal Server Error", [(_FAILED, "1")], body)
        if source is None or isinstance(source, bytes):
            pairs = js_response.header_pairs()
            return make_answer(request, js_response.status, js_response.statusText, pairs, source or b"")
        return await message.stream(request, js_response, source, failed)

    return handle


async def _called(dispatcher: Dispatcher, request: web.BaseRequest, query: dict[str, str]) -> bytes:
    args, options = json.loads(await request.read())
    result = await dispatcher.call(
        query["entrypoint"],
        query["call"],
        [serialization.loads(arg.encode()) for arg in args],
        {key: serialization.loads(value.encode()) for key, value in options.items()},
    )
    return await serialization.dumps(result)


def _request(request: AnyRequest, url: str) -> Request:
    headers = [
        (name.decode("latin-1").lower(), value.decode("utf-8", "replace"))
        for name, value in request.raw_headers
        if name.decode("latin-1").title() not in (hdrs.HOST, hdrs.CONNECTION)
    ]
    body = None
    if isinstance(request, WireRequest) and request.can_read_body:
        body = message.body(request)
    return Request.from_server(request.method, url, headers, body, cf=lambda: cf.for_request(""))


def _as_js(error: Exception) -> JsException:
    """An exception as the calling Worker sees it."""
    if isinstance(error, JsException):
        return js_error(error.name, error.message)
    return js_error("Error", f"{type(error).__name__}: {error}")
