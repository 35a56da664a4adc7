"""How a listener ends."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from sshim.api.envelope import answer
from tests.api.listening import Opener, hello
from tests.api.wire import read_answer, request, send
from tests.settling import PATIENCE


async def test_stopping_lets_open_requests_end_and_takes_no_new_ones(listen: Opener) -> None:
    entered = asyncio.Event()

    async def slow(incoming: web.BaseRequest) -> web.StreamResponse:
        entered.set()
        await asyncio.sleep(0.3)
        return answer(200, "finished")

    port, listener = await listen(slow)
    answering = asyncio.ensure_future(send(port, request("GET", "/", {"Host": "localhost"})))
    await entered.wait()
    await listener.stop(PATIENCE)
    assert (await answering).json == "finished"
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_stopping_does_not_wait_for_idle_connections(listen: Opener) -> None:
    port, listener = await listen(hello)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request("GET", "/", {"Host": "localhost"}))
    assert (await read_answer(reader)).status == 200
    await asyncio.wait_for(listener.stop(10 * PATIENCE), PATIENCE)
    writer.close()


@pytest.mark.parametrize("hurry", [False, True])
async def test_stopping_cuts_off_what_would_go_on_for_ever(listen: Opener, hurry: bool) -> None:
    cut = asyncio.Event()

    async def endless(incoming: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(incoming)
        try:
            while True:
                await response.write(b"more")
                await asyncio.sleep(0.01)
        finally:
            cut.set()

    port, listener = await listen(endless)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request("GET", "/", {"Host": "localhost"}))
    await reader.readuntil(b"more")
    stopping = asyncio.ensure_future(listener.stop(10 * PATIENCE if hurry else 0.3))
    await asyncio.sleep(0.1 if hurry else 0)
    assert not stopping.done() and not cut.is_set()
    if hurry:
        listener.hurry()
    await asyncio.wait_for(stopping, PATIENCE)
    assert cut.is_set()
    writer.close()
