"""A `101 Switching Protocols` answer: couples the Worker's WebSocket with the client's connection."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from sshim.platform.ffi import is_nullish
from sshim.worker.log import Log

_MAX_MESSAGE = 32 * 1024 * 1024
"""Bytes in one message; production's limit."""


async def websocket(request: web.BaseRequest, js_response: Any, log: Log) -> web.StreamResponse:
    """Run the connection until either side closes it; returns the upgraded response."""
    end = js_response.webSocket
    if request.headers.get("Upgrade", "").lower() != "websocket" or is_nullish(end):
        return web.Response(
            status=500 if is_nullish(end) else 426,
            text="Worker tried to return status code 101 to a request that is no WebSocket upgrade.",
        )
    socket = web.WebSocketResponse(max_msg_size=_MAX_MESSAGE, autoping=True)
    for name, value in js_response.header_pairs():
        socket.headers.add(name, value)
    await socket.prepare(request)
    outgoing: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
    end.couple(lambda kind, data: outgoing.put_nowait((kind, data)))
    writer = asyncio.ensure_future(_write(socket, outgoing))
    try:
        code, reason = await _read(socket, end)
        end.deliver_close(code, reason)
        await asyncio.sleep(0)
    finally:
        writer.cancel()
        await asyncio.wait({writer})
    return socket


async def _read(socket: web.WebSocketResponse, end: Any) -> tuple[int, str]:
    """Hand the client's messages to the Worker; returns the close code and reason at the end."""
    while True:
        message = await socket.receive()
        if message.type is WSMsgType.TEXT:
            end.deliver(message.data)
        elif message.type is WSMsgType.BINARY:
            end.deliver(bytes(message.data))
        elif message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
            code = socket.close_code or WSCloseCode.ABNORMAL_CLOSURE
            return int(code), str(message.extra or "")


async def _write(socket: web.WebSocketResponse, outgoing: asyncio.Queue[tuple[str, Any]]) -> None:
    """Send what the Worker's end produced, in order, until it closes."""
    while True:
        kind, data = await outgoing.get()
        if kind == "text":
            await socket.send_str(data)
        elif kind == "bytes":
            await socket.send_bytes(data)
        else:
            code, reason = data
            await socket.close(code=code or 1000, message=reason.encode())
            return
