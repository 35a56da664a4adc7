"""One connection over its life: plain requests, what aiohttp takes over, and how it ends."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from sshim.worker.answer import Answer
from sshim.worker.connection import Connection
from sshim.worker.listener import Listener
from sshim.worker.message import text
from tests.settling import settled
from tests.worker.conftest import Serve, Served
from tests.worker.wire import PATIENCE, Wire, connect

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


async def test_plain_requests_are_answered_one_after_the_other_without_aiohttp(serve: Serve) -> None:
    w = await serve(WORKER)
    wire = await connect(w.url)
    for path in ("/1", "/2", "/3"):
        wire.send(get(path))
        assert await wire.answer() == (200, f"GET {path} ")
    assert len(ours(w)) == 1 and not theirs(w)
    await wire.close()
    await seen(lambda: not ours(w))


async def test_a_body_brings_aiohttp_in_and_the_connection_goes_on(serve: Serve) -> None:
    w = await serve(WORKER)
    wire = await connect(w.url)
    for sent, answer in (
        (get("/1"), "GET /1 "),
        (post("/2", b"body"), "POST /2 body"),
        (get("/3"), "GET /3 "),
        (post("/4", b"more"), "POST /4 more"),
    ):
        wire.send(sent)
        assert await wire.answer() == (200, answer)
    assert not ours(w) and len(theirs(w)) == 1
    await wire.close()
    await seen(lambda: not theirs(w))


@pytest.mark.parametrize("cut", [1, 4, 20, 37, 38])
async def test_a_request_in_pieces_is_put_together(serve: Serve, cut: int) -> None:
    w = await serve(WORKER)
    wire = await connect(w.url)
    wire.send(get("/first"))
    assert await wire.answer() == (200, "GET /first ")
    whole = get("/pieces")
    wire.send(whole[:cut])
    await asyncio.sleep(0.01)
    wire.send(whole[cut:])
    assert await wire.answer() == (200, "GET /pieces ")
    await wire.close()


async def test_requests_sent_ahead_are_answered_in_order(serve: Serve) -> None:
    w = await serve(WORKER)
    wire = await connect(w.url)
    wire.send(get("/slow"))
    await seen(lambda: entry(w).begun == ["/slow"])
    wire.send(get("/2") + post("/3", b"three"))
    wire.send(get("/4"))
    await asyncio.sleep(0.02)
    assert entry(w).begun == ["/slow"]
    entry(w).release.set()
    assert [await wire.answer() for _ in range(4)] == [
        (200, "GET /slow "),
        (200, "GET /2 "),
        (200, "POST /3 three"),
        (200, "GET /4 "),
    ]
    await wire.close()


async def test_a_client_that_sends_ahead_without_end_is_not_read_without_end(serve: Serve) -> None:
    w = await serve(WORKER)
    wire = await connect(w.url)
    wire.send(get("/slow"))
    await seen(lambda: entry(w).begun == ["/slow"])
    (connection,) = ours(w)
    for _ in range(400):
        wire.send(get("/" + "x" * 5000) * 4)
        await asyncio.sleep(0)
    await seen(lambda: not connection.transport.is_reading())
    assert len(connection._ahead) < 1_000_000
    entry(w).release.set()
    assert await wire.answer() == (200, "GET /slow ")
    for _ in range(1600):
        assert (await wire.answer())[0] == 200
    await wire.close()


async def test_a_client_that_sends_ahead_of_what_aiohttp_has_is_not_read_without_end(serve: Serve) -> None:
    w = await serve(WORKER)
    wire = await connect(w.url)
    wire.send(get("/slow") * 64)
    await seen(lambda: entry(w).begun)
    (connection,) = theirs(w)
    assert not connection.transport.is_reading()
    entry(w).release.set()
    for _ in range(64):
        assert await wire.answer() == (200, "GET /slow ")
    await wire.close()


async def test_a_client_that_sent_ahead_and_left_costs_nobody_an_answer(serve: Serve) -> None:
    w = await serve(WORKER)
    leaving, staying = await connect(w.url), await connect(w.url)
    leaving.send(get("/slow/1"))
    await seen(lambda: entry(w).begun == ["/slow/1"])
    (connection,) = (each for each in ours(w) if each._task is not None)
    staying.send(get("/slow/2"))
    await seen(lambda: len(entry(w).begun) == 2)
    leaving.send(get("/ahead"))
    await seen(lambda: connection._ahead)
    at_once = struct.pack("ii", 1, 0)
    leaving.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    leaving.abort()
    await seen(lambda: connection.transport.is_closing())
    entry(w).release.set()
    assert await staying.answer() == (200, "GET /slow/2 ")
    await seen(lambda: len(ours(w)) == 1)
    assert not theirs(w) and not w.log.errors and entry(w).begun == ["/slow/1", "/slow/2"]
    await staying.close()


async def test_answers_that_nobody_reads_are_not_made_without_end(serve: Serve) -> None:
    w = await serve(WORKER)
    wire = await connect(w.url)
    wire.send(get("/large/first") + b"".join(get(f"/large/{number}") for number in range(50)))
    await seen(lambda: entry(w).begun)
    await seen(lambda: entry(w).begun)
    made = -1
    while made != len(entry(w).begun):
        made = len(entry(w).begun)
        await asyncio.sleep(0.2)
    assert 1 <= made < 10
    for _ in range(51):
        status, text = await wire.answer()
        assert status == 200 and len(text) == 4_000_000
    await wire.close()


async def test_a_stream_answers_a_plain_request_and_the_connection_goes_on(serve: Serve) -> None:
    w = await serve(WORKER)
    wire = await connect(w.url)
    for path in ("/1", "/stream", "/2", "/stream", "/3"):
        wire.send(get(path))
        if path == "/stream":
            status, headers = await wire.head()
            assert (status, headers["transfer-encoding"]) == (200, "chunked")
            assert await chunks(wire) == b"first second"
        else:
            assert await wire.answer() == (200, f"GET {path} ")
    await wire.close()
    assert [line[1] for line in w.log.requests] == ["/1", "/stream", "/2", "/stream", "/3"]
    assert not w.log.errors


async def test_a_request_that_comes_during_a_stream_waits_for_its_end(serve: Serve) -> None:
    w = await serve(WORKER)
    wire = await connect(w.url)
    wire.send(get("/stream/slow"))
    assert (await wire.head())[0] == 200
    wire.send(get("/next"))
    await asyncio.sleep(0.02)
    assert entry(w).begun == ["/stream/slow"]
    entry(w).release.set()
    assert await chunks(wire) == b"first second"
    assert await wire.answer() == (200, "GET /next ")
    await wire.close()


@pytest.mark.parametrize("first", ["/stream", "/slow"])
async def test_a_request_sees_no_context_variables_of_those_before(serve: Serve, first: str) -> None:
    w = await serve(WORKER)
    wire = await connect(w.url)
    wire.send(get(first))
    await seen(lambda: entry(w).begun == [first])
    wire.send(get("/user"))
    if first == "/stream":
        await wire.head()
        await chunks(wire)
    else:
        (connection,) = ours(w)
        await seen(lambda: connection._ahead)
        entry(w).release.set()
        await wire.answer()
    assert await wire.answer() == (200, "nobody")
    await wire.close()


@pytest.mark.parametrize("path", ["/1", "/slow", "/large"])
async def test_a_client_that_only_ends_its_own_side_gets_its_answer(serve: Serve, path: str) -> None:
    w = await serve(WORKER)
    wire = await connect(w.url)
    wire.send(get(path))
    wire.writer.write_eof()
    await seen(lambda: entry(w).begun == [path])
    if path == "/slow":
        (connection,) = ours(w)
        await seen(lambda: connection._ended)
        entry(w).release.set()
    assert len((await wire.rest()).partition(b"\r\n\r\n")[2]) >= len("GET /1 ")
    await wire.close()
    await seen(lambda: not ours(w))
    assert not w.log.errors


async def test_a_stream_for_a_client_that_leaves_just_then_is_no_error(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    w = await serve(WORKER)
    loop, on_wire = asyncio.get_running_loop(), Connection.on_wire

    def leave(connection: Connection, turns: int) -> None:
        if turns:
            loop.call_soon(leave, connection, turns - 1)
        else:
            connection.transport.close()

    for turns in range(6):

        async def leaving(connection: Connection, data: bytes, turns: int = turns) -> Any:
            leave(connection, turns)
            return await on_wire(connection, data)

        monkeypatch.setattr(Connection, "on_wire", leaving)
        wire = await connect(w.url)
        wire.send(get("/stream"))
        await wire.rest()
        await wire.close()
        await seen(lambda: not ours(w) and not theirs(w) and w.server._open_requests == 0)
        await asyncio.sleep(0.01)
        assert not w.log.errors, turns


async def test_a_stream_that_breaks_cuts_the_connection_and_no_other(serve: Serve) -> None:
    w = await serve(WORKER)
    broken, other = await connect(w.url), await connect(w.url)
    broken.send(get("/stream/broken"))
    assert (await broken.head())[0] == 200
    assert b"0\r\n\r\n" not in await broken.rest()
    await broken.close()
    other.send(get("/fine"))
    assert await other.answer() == (200, "GET /fine ")
    await other.close()
    assert [text for text, _ in w.log.errors] == ["Uncaught ValueError: broken"]


@pytest.mark.parametrize("path", ["/slow", "/stream/slow"])
async def test_a_client_that_leaves_disturbs_nobody(serve: Serve, path: str) -> None:
    w = await serve(WORKER)
    leaving, staying = await connect(w.url), await connect(w.url)
    leaving.send(get(path))
    await seen(lambda: entry(w).begun == [path])
    leaving.abort()
    staying.send(get("/fine"))
    assert await staying.answer() == (200, "GET /fine ")
    entry(w).release.set()
    await seen(lambda: w.server._open_requests == 0 and len(ours(w)) == 1 and not theirs(w))
    assert not w.log.errors
    await staying.close()


async def test_a_handler_that_is_cancelled_by_itself_is_answered(serve: Serve) -> None:
    w = await serve(WORKER)
    wire = await connect(w.url)
    wire.send(get("/cancelled"))
    assert (await wire.answer())[0] == 500
    wire.send(get("/next"))
    assert await wire.answer() == (200, "GET /next ")
    await wire.close()


@pytest.mark.parametrize("path", ["/slow", "/stream/slow"])
async def test_what_is_at_work_at_the_end_is_broken_off_after_its_grace(serve: Serve, path: str) -> None:
    w = await serve(WORKER)
    wire = await connect(w.url)
    wire.send(get(path))
    await seen(lambda: entry(w).begun == [path])
    await w.server.stop(0.05)
    assert b"0\r\n\r\n" not in await wire.rest()
    await wire.close()
    assert w.server._open_requests == 0 and not ours(w)
    assert w.log.warnings == ["1 request(s) were still open and have been cut off"]


@pytest.mark.parametrize("path", ["/slow", "/stream/slow"])
async def test_what_is_at_work_at_the_end_may_finish_and_its_client_is_told(serve: Serve, path: str) -> None:
    w = await serve(WORKER)
    wire = await connect(w.url)
    wire.send(get(path))
    await seen(lambda: entry(w).begun == [path])
    stopping = asyncio.ensure_future(w.server.stop(PATIENCE))
    await asyncio.sleep(0.02)
    entry(w).release.set()
    rest = await wire.rest()
    await wire.close()
    await stopping
    assert rest.startswith(b"HTTP/1.1 200 OK\r\n")
    assert rest.endswith(b"0\r\n\r\n") if "stream" in path else b"\r\nConnection: close\r\n" in rest
    assert not w.log.warnings


@pytest.mark.parametrize("more", ["", "Content-Length: 0\r\n"], ids=["plain", "aiohttp"])
async def test_an_answer_that_its_client_takes_slowly_is_not_cut_at_the_end(serve: Serve, more: str) -> None:
    w = await serve(WORKER)
    wire, idle = await connect(w.url), await connect(w.url)
    wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
    wire.send(get("/large")[:-2] + more.encode() + b"\r\n")
    await seen(lambda: listener(w).unsent)
    await seen(lambda: w.server._open_requests == 0)
    stopping = asyncio.ensure_future(w.server.stop(PATIENCE))
    assert await idle.rest() == b""
    await asyncio.sleep(0.3)  # longer than what is broken off may take
    assert not stopping.done()
    wire.writer.transport.resume_reading()  # type: ignore[attr-defined]
    assert len((await wire.rest()).partition(b"\r\n\r\n")[2]) == 4_000_000
    await stopping
    await wire.close()
    await idle.close()
    assert not w.log.warnings


async def test_an_answer_that_its_client_never_takes_is_cut_after_its_grace(serve: Serve) -> None:
    w = await serve(WORKER)
    wire = await connect(w.url)
    wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
    wire.send(get("/large"))
    await seen(lambda: listener(w).unsent)
    await w.server.stop(0.05)
    assert w.log.warnings == ["1 answer(s) were still on their way and have been cut off"]
    wire.abort()


async def test_closing_the_idle_spares_a_first_request_that_is_on_its_way(serve: Serve) -> None:
    w = await serve(WORKER)
    silent, begun, heard = [await connect(w.url) for _ in range(3)]
    heard.send(get("/heard"))
    assert await heard.answer() == (200, "GET /heard ")
    begun.send(get("/begun")[:20])
    await seen(lambda: len(theirs(w)) == 1 and len(ours(w)) == 2)
    await w.server.close_idle()
    assert await heard.rest() == b""
    begun.send(get("/begun")[20:])
    silent.send(get("/silent"))
    for wire, answer in ((begun, b"GET /begun "), (silent, b"GET /silent ")):
        head, _, body = (await wire.rest()).partition(b"\r\n\r\n")
        assert body == answer and b"Connection: close" in head
    for wire in (silent, begun, heard):
        await wire.close()


async def test_a_connection_that_is_never_used_is_closed_in_the_end(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sshim.worker.connection._IDLE", 0.05)
    w = await serve(WORKER)
    wire = await connect(w.url)
    assert await wire.rest() == b""
    await wire.close()
    await seen(lambda: not ours(w))


@pytest.mark.parametrize("path", ["/1", "/stream", "/large", "/cancelled", "/cdn-cgi/handler/scheduled"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("host", ["localhost", "evil.example"])
async def test_both_ways_give_the_same_answer(serve: Serve, method: str, path: str, host: str) -> None:
    w = await serve(WORKER)
    answers = []
    for more in ("", "Content-Length: 0\r\n"):
        wire = await connect(w.url)
        fields = "Accept-Encoding: gzip\r\nOrigin: http://localhost\r\nX-A: 1\r\n"
        wire.send(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{fields}{more}\r\n".encode())
        status, headers = await wire.head()
        headers.pop("date")
        body: object = None
        if method != "HEAD":
            body = await (chunks(wire) if "transfer-encoding" in headers else wire.body(headers))
        answers.append((status, headers, body))
        await wire.close()
    assert answers[0] == answers[1]


@pytest.mark.parametrize("more", ["", "Content-Length: 0\r\n"], ids=["plain", "aiohttp"])
async def test_an_asset_that_cannot_be_read_is_a_500(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "page.txt").write_text("page")
    w = await serve(WORKER, config='[assets]\ndirectory = "public"\n')
    failing = mock.Mock(side_effect=OSError(5, "Input/output error"))
    monkeypatch.setattr(Path, "read_bytes", failing)
    wire = await connect(w.url)
    wire.send(get("/page.txt")[:-2] + more.encode() + b"\r\n")
    assert (await wire.answer())[0] == 500
    monkeypatch.undo()
    wire.send(get("/page.txt"))
    assert await wire.answer() == (200, "page")
    await wire.close()
    assert [text for text, _ in w.log.errors] == ["Uncaught OSError: [Errno 5] Input/output error"]


async def test_a_transport_of_another_event_loop_is_served() -> None:
    async def handle(request: Any) -> Answer:
        return text(request, 200, "here")

    connection = Connection(Listener(handle))
    transport = mock.Mock()  # uvloop's do not inherit from asyncio's either
    transport.is_closing.return_value = False
    connection.connection_made(transport)
    connection.data_received(get("/"))
    await seen(lambda: transport.write.called)
    assert transport.write.call_args.args[0].endswith(b"\r\n\r\nhere")
    connection.connection_lost(None)
