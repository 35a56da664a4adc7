"""What of a request reaches the Worker, and what of its answer the client, byte for byte."""

from __future__ import annotations

import asyncio
import gzip
import socket

import pytest

from tests.worker.conftest import Serve, Served
from tests.worker.wire import PATIENCE, connect

HEAD = (
    "import asyncio\nfrom js import ReadableStream\nfrom pyodide.ffi import create_proxy, to_js\n"
    "from workers import Response, WorkerEntrypoint\n"
    "class Default(WorkerEntrypoint):\n    async def fetch(self, request):\n"
)
ENDLESS = (
    HEAD + "        if request.url.endswith('/next'):\n            return Response('next')\n"
    "        async def pull(controller):\n"
    "            await asyncio.sleep(0.005)\n            controller.enqueue(to_js(b'x' * 1000))\n"
    "        stopped = lambda reason: print('stopped', flush=True)\n"
    "        return Response(ReadableStream.new(pull=create_proxy(pull), cancel=create_proxy(stopped)))\n"
)
LINES = b"Host: localhost\r\n"


async def test_the_answer_to_head_has_no_body_when_the_worker_streams_one(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    w = await serve(ENDLESS)
    wire = await connect(w.url)
    wire.send(b"HEAD /stream HTTP/1.1\r\n" + LINES + b"\r\nGET /next HTTP/1.1\r\n" + LINES + b"\r\n")
    assert (await wire.head())[0] == 200
    assert await wire.answer() == (200, "next")
    await wire.close()
    assert "stopped" in capsys.readouterr().out


async def test_a_stream_shorter_than_its_content_length_breaks_off(serve: Serve) -> None:
    w = await serve(
        HEAD + "        def start(controller):\n"
        "            controller.enqueue(to_js(b'x' * 10))\n            controller.close()\n"
        "        stream = ReadableStream.new(start=create_proxy(start))\n"
        "        return Response(stream, headers={'Content-Length': '20'})\n"
    )
    wire = await connect(w.url)
    wire.send(b"GET / HTTP/1.1\r\n" + LINES + b"\r\n")
    assert (await wire.head())[0] == 200
    assert len(await wire.rest()) <= 10
    await wire.close()
    assert [text for text, _ in w.log.errors] == [
        "Uncaught ValueError: the body ended 10 bytes before the Content-Length of the response"
    ]


async def test_a_client_that_waits_for_it_is_told_to_send_its_body(serve: Serve) -> None:
    w = await serve(HEAD + "        return Response(await request.text())\n")
    wire = await connect(w.url)
    wire.send(b"POST / HTTP/1.1\r\n" + LINES + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
    assert (await wire.head())[0] == 100
    wire.send(b"hello")
    assert await wire.answer() == (200, "hello")
    await wire.close()


async def test_a_compressed_request_reaches_the_worker_as_it_was_sent(serve: Serve) -> None:
    w = await serve(HEAD + "        return Response((await request.bytes()).hex())\n")
    sent = gzip.compress(b"signed")
    async with w.http.post(w.url, data=sent, headers={"Content-Encoding": "gzip"}) as response:
        assert bytes.fromhex(await response.text()) == sent


async def test_headers_and_targets_of_production_s_size_reach_the_worker(serve: Serve) -> None:
    w = await serve(HEAD + "        return Response(str(len(request.url) + len(request.headers['x'])))\n")
    wire = await connect(w.url)
    target = b"/" + b"a" * 12_000
    wire.send(b"GET " + target + b" HTTP/1.1\r\n" + LINES + b"X: " + b"b" * 60_000 + b"\r\n\r\n")
    assert await wire.answer() == (200, str(len("http://localhost") + len(target) + 60_000))
    await wire.close()


@pytest.mark.parametrize(
    ("raised", "line"),
    [("asyncio.CancelledError('job')", "CancelledError: job"), ("SystemExit(3)", "SystemExit: 3")],
)
async def test_a_handler_cancelled_from_within_is_a_500_like_any_other(
    serve: Serve, raised: str, line: str
) -> None:
    w = await serve(HEAD + f"        raise {raised}\n")
    wire = await connect(w.url)
    wire.send(b"GET / HTTP/1.1\r\n" + LINES + b"\r\n")
    status, text = await wire.answer()
    assert status == 500 and line in text
    await wire.close()
    assert line in w.log.errors[0][0]


async def test_a_request_without_a_host_gets_a_url_of_the_address_it_came_to(serve: Serve) -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    w = await serve(HEAD + "        return Response(request.url)\n")
    await w.server.stop(0.1)
    sock = socket.create_server(("::1", 0), family=socket.AF_INET6)
    await w.server.start(sock)
    port = sock.getsockname()[1]
    reader, writer = await asyncio.open_connection("::1", port)
    writer.write(b"GET /a HTTP/1.0\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(-1), PATIENCE)
    writer.close()
    assert answer.endswith(f"http://[::1]:{port}/a".encode())


async def test_a_server_that_leaves_says_so_in_its_last_answer_on_a_connection(serve: Serve) -> None:
    w = await serve(
        HEAD + "        await asyncio.sleep(0.2 if request.url.endswith('/slow') else 0)\n"
        "        return Response('x')\n"
    )
    busy, idle = await connect(w.url), await connect(w.url)
    for wire in (busy, idle):
        wire.send(b"GET / HTTP/1.1\r\n" + LINES + b"\r\n")
        _, headers = await wire.head()
        assert "connection" not in headers
        await wire.reader.readexactly(1)
    busy.send(b"GET /slow HTTP/1.1\r\n" + LINES + b"\r\n")
    await until_open(w, 1)
    leaving = asyncio.ensure_future(w.server.close_idle())
    idle.send(b"POST / HTTP/1.1\r\n" + LINES + b"Content-Length: 1\r\n\r\ny")
    for wire in (idle, busy):
        status, headers = await wire.head()
        assert (status, headers["connection"], await wire.rest()) == (200, "close", b"x")
        await wire.close()
    await leaving


async def until_open(w: Served, number: int) -> None:
    """Wait until so many requests are being answered."""
    async with asyncio.timeout(PATIENCE):
        while w.server._open_requests < number:
            await asyncio.sleep(0)
