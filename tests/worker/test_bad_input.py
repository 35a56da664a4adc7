"""What clients and handlers do wrong over a real socket: the server stays up, answers others, and says one
clear line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.worker.conftest import Serve, Served
from tests.worker.wire import PATIENCE, connect

HEAD = "import asyncio\nfrom workers import Response, WorkerEntrypoint\n"
ECHO = (
    HEAD + "class Default(WorkerEntrypoint):\n"
    "    async def fetch(self, request):\n"
    "        return Response(f'{request.method} {request.url} {len(await request.bytes())}')\n"
)
LINES = b"Host: localhost\r\n"


async def lives(w: Served) -> None:
    """The server answers somebody else."""
    async with w.http.get(w.url + "/alive") as response:
        assert response.status == 200
        await response.read()


async def until(check: Callable[[], object], what: str) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(PATIENCE):
        while not check():
            await asyncio.sleep(0.01)
    assert check(), what


MALFORMED = {
    "no_http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "nonsense": b"hello there\r\n\r\n",
    "no_utf8_in_the_path": b"GET /caf\xe9 HTTP/1.1\r\n" + LINES + b"\r\n",
    "blank_in_the_path": b"GET /a b HTTP/1.1\r\n" + LINES + b"\r\n",
    "bad_version": b"GET / HTTP/9.9\r\n" + LINES + b"\r\n",
    "blank_in_a_name": b"GET / HTTP/1.1\r\nBad Name: x\r\n" + LINES + b"\r\n",
    "name_only": b"GET / HTTP/1.1\r\nnothing\r\n\r\n",
    "null_in_a_value": b"GET / HTTP/1.1\r\nX: a\0b\r\n" + LINES + b"\r\n",
    "bare_line_feed": b"GET / HTTP/1.1\nHost: localhost\nX: a\n\n",
    "folded": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n",
    "two_lengths": b"POST / HTTP/1.1\r\n" + LINES + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "negative_length": b"POST / HTTP/1.1\r\n" + LINES + b"Content-Length: -1\r\n\r\n",
    "length_and_chunks": b"POST / HTTP/1.1\r\n" + LINES + b"Content-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "bad_chunk_size": b"POST / HTTP/1.1\r\n" + LINES + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n",
    "unknown_coding": b"POST / HTTP/1.1\r\n" + LINES + b"Transfer-Encoding: wonderful\r\n\r\nab",
    "long_target": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n" + LINES + b"\r\n",
    "huge_header": b"GET / HTTP/1.1\r\n" + LINES + b"X: " + b"a" * 2_000_000 + b"\r\n\r\n",
    "endless_headers": b"GET / HTTP/1.1\r\n" + LINES + b"".join(b"X-%d: a\r\n" % n for n in range(60_000)),
}


@pytest.mark.parametrize("name", sorted(MALFORMED))
async def test_what_is_no_http_gets_a_400_at_most_and_harms_nobody(serve: Serve, name: str) -> None:
    w = await serve(ECHO)
    wire = await connect(w.url)
    wire.send(MALFORMED[name])
    try:
        status, _ = await wire.head()
    except (asyncio.IncompleteReadError, ConnectionError):
        status = 0
    assert 400 <= status < 500, f"{name}: {status}"
    await wire.close()
    await lives(w)
    assert [text for text, _ in w.log.errors] == []
    assert w.log.requests == [("GET", "/alive", 200, "OK")]


async def test_absolute_targets_and_asterisks_are_told_what_is_wanted(serve: Serve) -> None:
    w = await serve(ECHO)
    for target in (b"http://localhost/x", b"*", b"localhost:80"):
        wire = await connect(w.url)
        wire.send(b"OPTIONS " + target + b" HTTP/1.1\r\n" + LINES + b"\r\n")
        status, _ = await wire.head()
        assert status == 400
        await wire.close()
    await lives(w)


async def test_headers_that_are_no_utf8_reach_the_worker_as_they_can(serve: Serve) -> None:
    w = await serve(
        HEAD + "class Default(WorkerEntrypoint):\n    async def fetch(self, request):\n"
        "        return Response(ascii([request.headers['x-a'], request.js_object.headers.get('x-a')]))\n"
    )
    wire = await connect(w.url)
    wire.send(b"GET / HTTP/1.1\r\n" + LINES + b"X-A: \xe9 \xc3\xa9\r\n\r\n")
    status, text = await wire.answer()
    assert status == 200, text
    assert text == ascii(["\ufffd \xe9"] * 2)
    await wire.close()
    await lives(w)


async def test_a_percent_encoded_path_that_is_no_utf8_is_kept(serve: Serve) -> None:
    w = await serve(ECHO)
    wire = await connect(w.url)
    wire.send(b"GET /%ff%00%2e%2e/%E0%80 HTTP/1.1\r\n" + LINES + b"\r\n")
    assert await wire.answer() == (200, "GET http://localhost/%ff%00%2e%2e/%E0%80 0")
    await wire.close()


async def test_an_upload_that_stops_half_way_is_cut_off_and_told_of(serve: Serve) -> None:
    w = await serve(ECHO)
    wire = await connect(w.url)
    wire.send(b"POST /up HTTP/1.1\r\n" + LINES + b"Content-Length: 100\r\n\r\nhalf")
    wire.writer.write_eof()
    assert b"200 OK" not in await wire.rest()
    await wire.close()
    await lives(w)
    await until(lambda: w.log.infos, "nothing was said")
    assert w.log.infos == ["POST /up: the client went away"]
    assert w.log.errors == []


async def test_a_client_gone_in_the_middle_of_its_upload_is_told_of(serve: Serve) -> None:
    w = await serve(ECHO)
    wire = await connect(w.url)
    wire.send(b"POST /up HTTP/1.1\r\n" + LINES + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    await asyncio.sleep(0.05)
    wire.abort()
    await until(lambda: w.log.infos, "nothing was said")
    await lives(w)
    assert w.log.infos == ["POST /up: the client went away"]
    assert w.log.errors == []


STREAMING = (
    HEAD + "from js import ReadableStream\nfrom pyodide.ffi import create_proxy, to_js\nended = []\n"
    "class Default(WorkerEntrypoint):\n"
    "    async def fetch(self, request):\n"
    "        if not request.url.endswith('/stream'):\n            return Response(str(ended))\n"
    "        async def pull(controller):\n"
    "            await asyncio.sleep(0.005)\n"
    "            controller.enqueue(to_js(b'x' * 1000))\n"
    "        return Response(ReadableStream.new(pull=create_proxy(pull), "
    "cancel=create_proxy(lambda reason: ended.append(str(reason)))))\n"
)


async def test_a_client_gone_in_the_middle_of_an_answer_stops_the_producer(serve: Serve) -> None:
    w = await serve(STREAMING)
    wire = await connect(w.url)
    wire.send(b"GET /stream HTTP/1.1\r\n" + LINES + b"\r\n")
    assert (await wire.head())[0] == 200
    await wire.reader.readexactly(1000)
    wire.abort()
    await until(lambda: w.log.infos, "nothing was said")
    assert w.log.infos == ["GET /stream: the client went away"]
    assert "disconnected" in await w.text("/")
    assert w.log.errors == []


@pytest.mark.parametrize(
    "made",
    [
        "Response('x', headers={'X-A': 'a\\r\\nX-Evil: b'})",
        "Response('x', headers={'X-A\\r\\nX-Evil': 'b'})",
        "Response('x', headers=[('X-A', 'a\\nb')])",
        "Response('x', headers={'X-A': 'a\\0b'})",
        "Response('x', status_text='OK\\r\\nX-Evil: b')",
        "js.Response.new('x', statusText='OK\\r\\nX-Evil: b')",
        "Response(STREAM(), headers={'X-A': 'a\\r\\nX-Evil: b'})",
        "asyncio.sleep(0) and js.Response.redirect('http://h/\\r\\nX-Evil: b')",
    ],
)
async def test_a_handler_cannot_slip_a_header_in(serve: Serve, made: str) -> None:
    w = await serve(
        HEAD
        + "import js\nfrom js import ReadableStream\nSTREAM = ReadableStream.new\n"
        "class Default(WorkerEntrypoint):\n"
        "    async def fetch(self, request):\n"
        "        if request.url.endswith('/alive'):\n            return Response('x')\n"
        f"        return {made}\n".replace("asyncio.sleep(0) and ", "")
    )
    wire = await connect(w.url)
    wire.send(b"GET / HTTP/1.1\r\n" + LINES + b"Connection: close\r\n\r\n")
    raw = await wire.rest()
    assert b"\nX-Evil:" not in raw.partition(b"\r\n\r\n")[0]
    assert b" 500 " in raw or b"%0" in raw or b"Location: http://h/X-Evil" in raw, raw
    await wire.close()
    await lives(w)


async def test_an_exception_before_the_answer_is_one_line_and_a_500(serve: Serve) -> None:
    w = await serve(
        HEAD + "class Default(WorkerEntrypoint):\n    async def fetch(self, request):\n"
        "        if request.url.endswith('/alive'):\n            return Response('x')\n"
        "        raise ValueError('no \\x1b[31m good\\n second')\n"
    )
    wire = await connect(w.url)
    wire.send(b"GET / HTTP/1.1\r\n" + LINES + b"\r\n")
    status, text = await wire.answer()
    assert status == 500 and text.startswith("Traceback (most recent call last)")
    # The connection goes on.
    wire.send(b"GET /alive HTTP/1.1\r\n" + LINES + b"\r\n")
    assert (await wire.answer())[0] == 200
    await wire.close()
    assert len(w.log.errors) == 1 and w.log.errors[0][0].startswith("Uncaught ValueError: no ")


async def test_an_exception_after_the_answer_began_cuts_the_connection(serve: Serve) -> None:
    w = await serve(
        HEAD + "from js import ReadableStream\nfrom pyodide.ffi import create_proxy, to_js\n"
        "class Default(WorkerEntrypoint):\n    async def fetch(self, request):\n"
        "        if request.url.endswith('/alive'):\n            return Response('x')\n"
        "        seen = []\n"
        "        async def pull(controller):\n"
        "            seen.append(1)\n"
        "            if len(seen) > 2:\n                raise ValueError('midway')\n"
        "            controller.enqueue(to_js(b'part'))\n"
        "        return Response(ReadableStream.new(pull=create_proxy(pull)))\n"
    )
    wire = await connect(w.url)
    wire.send(b"GET / HTTP/1.1\r\n" + LINES + b"\r\n")
    assert (await wire.head())[0] == 200
    rest = await wire.rest()
    assert b"0\r\n\r\n" not in rest, "the client would take the answer for whole"
    await wire.close()
    await lives(w)
    assert [text for text, _ in w.log.errors] == ["Uncaught ValueError: midway"]


async def test_a_handler_that_never_answers_keeps_nobody_waiting(serve: Serve) -> None:
    w = await serve(
        HEAD + "class Default(WorkerEntrypoint):\n    async def fetch(self, request):\n"
        "        if request.url.endswith('/stuck'):\n            await asyncio.Event().wait()\n"
        "        return Response('x')\n"
    )
    stuck = [await connect(w.url) for _ in range(20)]
    for wire in stuck:
        wire.send(b"GET /stuck HTTP/1.1\r\n" + LINES + b"\r\n")
    await asyncio.sleep(0.05)
    await asyncio.wait_for(lives(w), PATIENCE)
    for wire in stuck:
        wire.abort()
    await lives(w)


async def test_connections_that_say_nothing_keep_nobody_waiting(serve: Serve) -> None:
    w = await serve(ECHO)
    silent = [await connect(w.url) for _ in range(50)]
    for wire in silent[::2]:
        wire.send(b"GET / HT")
    await asyncio.wait_for(lives(w), PATIENCE)
    for wire in silent:
        wire.abort()


async def test_pipelined_requests_are_answered_in_order(serve: Serve) -> None:
    w = await serve(ECHO)
    wire = await connect(w.url)
    wire.send(b"".join(b"GET /%d HTTP/1.1\r\n" % n + LINES + b"\r\n" for n in range(20)))
    for n in range(20):
        assert await wire.answer() == (200, f"GET http://localhost/{n} 0")
    await wire.close()


async def test_a_body_that_the_handler_leaves_unread_does_not_become_the_next_request(serve: Serve) -> None:
    w = await serve(
        HEAD + "class Default(WorkerEntrypoint):\n    async def fetch(self, request):\n"
        "        return Response(request.url)\n"
    )
    body = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
    wire = await connect(w.url)
    wire.send(b"POST /a HTTP/1.1\r\n" + LINES + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert await wire.answer() == (200, "http://localhost/a")
    wire.send(b"GET /b HTTP/1.1\r\n" + LINES + b"\r\n")
    assert await wire.answer() == (200, "http://localhost/b")
    await wire.close()
    assert [path for _, path, _, _ in w.log.requests] == ["/a", "/b"]


async def test_a_body_of_a_head_request_is_not_sent(serve: Serve) -> None:
    w = await serve(ECHO)
    wire = await connect(w.url)
    wire.send(b"HEAD /x HTTP/1.1\r\n" + LINES + b"Connection: close\r\n\r\n")
    head, _, body = (await wire.rest()).partition(b"\r\n\r\n")
    assert b"200 OK" in head and body == b""
    await wire.close()
