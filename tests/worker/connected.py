"""A Worker for the tests of connections, and a look at whose these are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sshim.worker.connection import Connection
from sshim.worker.listener import Listener
from tests.settling import settled
from tests.worker.conftest import Served
from tests.worker.wire import PATIENCE, Wire

WORKER = """
import asyncio
from contextvars import ContextVar
from urllib.parse import urlsplit
from js import ReadableStream
from pyodide.ffi import create_proxy, to_js
from workers import Response, WorkerEntrypoint

release = asyncio.Event()
begun = []
user = ContextVar("user", default="nobody")

class Default(WorkerEntrypoint):
    async def fetch(self, request):
        path = urlsplit(request.url).path
        begun.append(path)
        before = user.get()
        user.set(path)
        if path.startswith("/slow"):
            await release.wait()
        if path == "/cancelled":
            raise asyncio.CancelledError
        if path.startswith("/large"):
            return Response("x" * 4_000_000)
        if path.startswith("/stream"):
            async def start(controller):
                controller.enqueue(to_js(b"first "))
                if path == "/stream/slow":
                    await release.wait()
                if path == "/stream/broken":
                    raise ValueError("broken")
                controller.enqueue(to_js(b"second"))
                controller.close()
            return Response(ReadableStream.new(start=create_proxy(start)))
        if path == "/user":
            return Response(before)
        return Response(f"{request.method} {path} {await request.text()}")
"""
END = b" HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def seen(condition: Callable[[], object]) -> None:
    """What must become true, soon."""
    await settled(condition)
    assert condition()


def get(path: str) -> bytes:
    return b"GET " + path.encode() + END


def post(path: str, body: bytes) -> bytes:
    return (
        b"POST "
        + path.encode()
        + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
        + body
    )


def entry(w: Served) -> Any:
    return w.server.dispatcher._module


def listener(w: Served) -> Listener:
    found = w.server._public
    assert found is not None
    return found


def ours(w: Served) -> set[Connection]:
    """The connections that are not aiohttp's."""
    return listener(w)._connections


def theirs(w: Served) -> list[Any]:
    return listener(w)._wire.connections


async def chunks(wire: Wire) -> bytes:
    """The body of a chunked answer."""
    body = b""
    while True:
        length = int((await asyncio.wait_for(wire.reader.readline(), PATIENCE)).strip(), 16)
        body += (await asyncio.wait_for(wire.reader.readexactly(length + 2), PATIENCE))[:-2]
        if not length:
            return body
