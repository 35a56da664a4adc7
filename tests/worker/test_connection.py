"""One connection over its life: plain requests, what aiohttp takes over, and how it ends."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from sshim.worker.answer import Answer
from sshim.worker.connection import Connection
from sshim.worker.listener import Listener
from sshim.worker.message import text
from tests.worker.conftest import Serve
from tests.worker.connected import WORKER, chunks, entry, get, ours, post, seen, theirs
from tests.worker.wire import connect


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
