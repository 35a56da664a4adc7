"""Clients that send further requests before they have their answers."""

from __future__ import annotations

import asyncio
import socket
import struct

from tests.worker.conftest import Serve
from tests.worker.connected import WORKER, entry, get, ours, post, seen, theirs
from tests.worker.wire import connect


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
