"""Connections: slow, many, large, broken; and the end of the listener."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest
from aiohttp import web

from sshim.api.body import read_json
from sshim.api.envelope import answer
from tests.api.listening import Opener, closes_within, echo_size, hello
from tests.api.wire import read_answer, request, send
from tests.settling import PATIENCE, settled


@pytest.mark.parametrize(
    "start", [b"", b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\n"]
)
async def test_a_header_that_does_not_end_is_waited_for_only_so_long(listen: Opener, start: bytes) -> None:
    port, _ = await listen(hello, header=0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(start)
    assert await closes_within(reader)
    writer.close()


async def test_a_header_that_trickles_in_does_not_extend_its_time(listen: Opener) -> None:
    port, _ = await listen(hello, header=0.4)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\n")

    async def trickle() -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"X: y\r\n")
                await asyncio.sleep(0.05)

    task = asyncio.ensure_future(trickle())
    assert await closes_within(reader)
    task.cancel()
    writer.close()


async def test_the_second_header_of_a_connection_is_timed_too(listen: Opener) -> None:
    port, _ = await listen(hello, header=0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request("GET", "/", {"Host": "localhost"}))
    assert (await read_answer(reader)).status == 200
    writer.write(b"GET / HTTP/1.1\r\n")
    assert await closes_within(reader)
    writer.close()


async def test_a_request_that_is_being_answered_is_not_cut_by_the_header_timer(listen: Opener) -> None:
    async def slow(incoming: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(0.6)
        return answer(200, "late")

    port, _ = await listen(slow, header=0.2)
    assert (await send(port, request("GET", "/", {"Host": "localhost"}))).json == "late"


async def test_an_idle_connection_is_closed(listen: Opener) -> None:
    port, _ = await listen(hello, idle=0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request("GET", "/", {"Host": "localhost"}))
    assert (await read_answer(reader)).status == 200
    assert await closes_within(reader)
    writer.close()


async def test_a_body_that_does_not_arrive_is_given_up(listen: Opener) -> None:
    port, _ = await listen(echo_size)
    data = request("POST", "/", {"Host": "localhost", "Content-Length": "10"}) + b"12345"
    answered = await send(port, data)
    assert answered.error == (408, 408, "the body did not arrive in time")
    assert answered.headers["connection"] == "close"


@pytest.mark.parametrize("length", ["1001", "1073741824", "18446744073709551615"])
async def test_a_body_that_says_it_is_too_large_is_refused_unread(listen: Opener, length: str) -> None:
    port, _ = await listen(echo_size)
    answered = await send(port, request("POST", "/", {"Host": "localhost", "Content-Length": length}))
    assert answered.error == (413, 1001, "request_body_too_large")


async def test_a_chunked_body_that_grows_too_large_is_refused(listen: Opener) -> None:
    port, _ = await listen(echo_size)
    head = request("POST", "/", {"Host": "localhost", "Transfer-Encoding": "chunked"})
    assert (await send(port, head + b"3e8\r\n" + b"x" * 1000 + b"\r\n0\r\n\r\n")).json == 1000
    assert (await send(port, head + b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n")).status == 413


async def test_an_endless_body_does_not_fill_the_memory(listen: Opener) -> None:
    port, _ = await listen(echo_size, linger=0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request("POST", "/", {"Host": "localhost", "Transfer-Encoding": "chunked"}))
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < 64 * 1024 * 1024:
            writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            await writer.drain()
            sent += 65536
    assert await closes_within(reader)
    writer.close()


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip", "x"])
async def test_a_compressed_body_is_refused(listen: Opener, encoding: str) -> None:
    port, _ = await listen(echo_size)
    data = request("POST", "/", {"Host": "localhost", "Content-Encoding": encoding}, b"x" * 10)
    assert (await send(port, data)).error == (415, 1001, "invalid_json_body")


async def test_a_client_that_waits_for_leave_to_send_gets_it(listen: Opener) -> None:
    port, _ = await listen(echo_size)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    headers = {"Host": "localhost", "Content-Length": "4", "Expect": "100-continue"}
    writer.write(request("POST", "/", headers))
    async with asyncio.timeout(PATIENCE):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        writer.write(b"four")
        assert (await read_answer(reader)).json == 4
    writer.close()
    headers = {"Host": "localhost", "Content-Length": "4", "Expect": "the unexpected"}
    assert (await send(port, request("POST", "/", headers, b"four"))).status == 417


BROKEN = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 32 + b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\xff\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n",
    b"GET / HTTP/1.1\nHost: a\n\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1_0\r\n\r\nx",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 9000 + b"\r\n\r\n",
    b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 2000 + b"\r\n",
]


@pytest.mark.parametrize("data", BROKEN, ids=lambda data: repr(data[:40]))
async def test_what_is_no_http_is_refused_and_not_repeated(listen: Opener, data: bytes) -> None:
    async def read(incoming: web.BaseRequest) -> web.StreamResponse:
        await read_json(incoming, seconds=1.0)
        return answer(200, "read")

    port, _ = await listen(read, header=1.0)
    got = await send(port, data)
    assert got.status == 0 or 400 <= got.status < 500, got
    if got.body:
        assert data[5:25] not in got.body
        assert got.json["success"] is False
    assert (await send(port, request("GET", "/", {"Host": "localhost"}))).status == 400


async def test_connections_above_the_limit_take_the_place_of_idle_ones(listen: Opener) -> None:
    port, _ = await listen(hello, connections=5, header=30.0)
    hanging = [await asyncio.open_connection("127.0.0.1", port) for _ in range(12)]
    for _, writer in hanging:
        writer.write(b"GET / HTTP/1.1\r\n")
    for _ in range(5):
        assert (await send(port, request("GET", "/", {"Host": "localhost"}))).status == 200
    closed = [asyncio.ensure_future(closes_within(reader)) for reader, _ in hanging]
    await settled(lambda: sum(each.done() for each in closed) >= 7)
    assert sum(each.done() for each in closed) >= 7
    for each in closed:
        each.cancel()
    for _, writer in hanging:
        writer.close()


async def test_of_very_many_that_come_at_one_moment_the_last_is_answered(listen: Opener) -> None:
    port, _ = await listen(hello, connections=4)
    with contextlib.ExitStack() as stack:
        # the listener hears of all of them at once, since this loop has not turned
        crowd = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(20)]
        crowd[-1].sendall(request("GET", "/", {"Host": "a"}))
        reader, writer = await asyncio.open_connection(sock=crowd[-1])
        try:
            assert (await read_answer(reader)).status == 200
        finally:
            writer.close()


async def test_a_connection_at_work_does_not_lose_its_place(listen: Opener) -> None:
    release = asyncio.Event()
    working: list[web.BaseRequest] = []

    async def wait(incoming: web.BaseRequest) -> web.StreamResponse:
        working.append(incoming)
        await release.wait()
        return answer(200, "done")

    port, _ = await listen(wait, connections=3)
    busy = [asyncio.ensure_future(send(port, request("GET", "/", {"Host": "a"}))) for _ in range(3)]
    await settled(lambda: len(working) == 3)
    assert (await send(port, request("GET", "/", {"Host": "a"}))).status == 0
    release.set()
    assert [each.status for each in await asyncio.gather(*busy)] == [200, 200, 200]
