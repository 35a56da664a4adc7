"""How connections end: at a reload, at the end of all, and when their client takes its time."""

from __future__ import annotations

import asyncio

import pytest

from tests.worker.conftest import Serve
from tests.worker.connected import WORKER, entry, get, listener, ours, seen, theirs
from tests.worker.wire import PATIENCE, connect


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
