"""A whole answer, byte for byte."""

from __future__ import annotations

import asyncio

import pytest

from tests.worker.conftest import HEAD, Serve
from tests.worker.wire import PATIENCE


async def raw(url: str, request: str) -> tuple[str, list[str], bytes]:
    """Status line, headers without Date, and body of one request over a connection of its own."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request.encode())
    data = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    head, _, body = data.partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    return status, [line for line in headers if not line.startswith("Date: ")], body


async def test_the_bytes_of_an_answer(serve: Serve) -> None:
    w = await serve(
        HEAD + "    def fetch(self, request):\n"
        "        cookies = [('Set-Cookie', 'a'), ('Set-Cookie', 'b')]\n"
        "        return Response('é', status=418, headers=[('X-A', '1'), *cookies])\n"
    )
    answer = await raw(w.url, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    status, headers, body = answer
    assert status == "HTTP/1.1 418 I'm a teapot" or status == "HTTP/1.1 418 I'm a Teapot"
    assert sorted(line.lower() for line in headers) == [
        "connection: close",
        "content-length: 2",
        "content-type: text/plain;charset=utf-8",
        "set-cookie: a",
        "set-cookie: b",
        "x-a: 1",
    ]
    assert body == "é".encode()


async def test_head_gives_the_length_without_the_body(serve: Serve) -> None:
    w = await serve(HEAD + "    def fetch(self, request):\n        return Response('body')\n")
    status, headers, body = await raw(
        w.url, "HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    assert status == "HTTP/1.1 200 OK"
    assert "Content-Length: 4" in headers
    assert body == b""


@pytest.mark.parametrize("status", [204, 304])
async def test_a_status_without_body_has_no_length(serve: Serve, status: int) -> None:
    w = await serve(HEAD + f"    def fetch(self, request):\n        return Response(None, status={status})\n")
    line, headers, body = await raw(w.url, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert line.startswith(f"HTTP/1.1 {status} ")
    assert headers == ["Connection: close"]
    assert body == b""


async def test_an_http_1_0_client_is_answered_and_closed(serve: Serve) -> None:
    w = await serve(HEAD + "    def fetch(self, request):\n        return Response('old')\n")
    status, _, body = await raw(w.url, "GET / HTTP/1.0\r\n\r\n")
    assert (status, body) == ("HTTP/1.0 200 OK", b"old")


@pytest.mark.parametrize("value", ["a\\r\\nX-Evil: 1", "a\\nX-Evil: 1", "a\\rX-Evil: 1"])
async def test_a_handler_cannot_inject_a_header(serve: Serve, value: str) -> None:
    w = await serve(
        HEAD + f"    def fetch(self, request):\n        return Response('x', headers={{'x-a': '{value}'}})\n"
    )
    status, headers, _ = await raw(w.url, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert status == "HTTP/1.1 500 Internal Server Error"
    assert not any("evil" in line.lower() for line in headers)


async def test_a_reason_phrase_cannot_split_the_answer(serve: Serve) -> None:
    w = await serve(
        HEAD
        + "    def fetch(self, request):\n        return Response('x', status_text='OK\\r\\nX-Evil: 1')\n"
    )
    _, headers, _ = await raw(w.url, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert not any("evil" in line.lower() for line in headers)


async def test_framing_headers_of_a_handler_do_not_reach_the_wire(serve: Serve) -> None:
    w = await serve(
        HEAD + "    def fetch(self, request):\n"
        "        return Response('four', headers={'content-length': '99', 'transfer-encoding': 'chunked'})\n"
    )
    _, headers, body = await raw(w.url, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert [line for line in headers if "length" in line.lower()] == ["Content-Length: 4"]
    assert not any("transfer" in line.lower() for line in headers)
    assert body == b"four"


async def test_two_requests_go_over_one_connection(serve: Serve) -> None:
    w = await serve(HEAD + "    def fetch(self, request):\n        return Response(request.url[-1])\n")
    one = "GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    two = "GET /2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    _, _, body = await raw(w.url, one + two)
    assert body.startswith(b"1HTTP/1.1 200 OK\r\n")
    assert body.endswith(b"\r\n\r\n2")
