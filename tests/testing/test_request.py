"""Requests as a test describes them, and as the handler gets them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sshim.errors import UsageError
from sshim.testing import chunks
from tests.testing.conftest import CLASS, ECHO, Serve


async def test_the_request_is_what_the_development_server_makes_of_it(serve: Serve) -> None:
    async with serve(ECHO) as worker:
        response = await worker.fetch("/a b?x=1", query={"q": ["é", 2], "t": True}, headers={"X-Name": "v"})
        seen = await response.json()
    assert seen["method"] == "GET"
    assert seen["url"] == "http://localhost/a%20b?x=1&q=%C3%A9&q=2&t=true"
    assert seen["headers"] == {
        "host": "localhost",
        "x-name": "v",
        "accept-encoding": "br, gzip",
        "cf-connecting-ip": "127.0.0.1",
    }


async def test_a_target_arrives_as_a_request_line_would_bring_it(serve: Serve) -> None:
    async with serve(ECHO) as worker:
        seen = await (await worker.fetch("//other.example/a#part", query={"q": 1})).json()
    assert seen["url"] == "http://localhost//other.example/a?q=1"
    assert seen["headers"]["host"] == "localhost"


@pytest.mark.parametrize("headers", [{"X": "a\r\nY: b"}, {"X\n": "a"}, {"": "a"}, {"X": "a\0b"}])
async def test_a_header_that_no_client_can_send_is_refused(serve: Serve, headers: dict[str, str]) -> None:
    async with serve(ECHO) as worker:
        with pytest.raises(UsageError, match="no client can send the header"):
            await worker.fetch("/", headers=headers)


@pytest.mark.parametrize(
    ("options", "method", "content_type", "body"),
    [
        ({"json": {"a": [1, None]}}, "POST", "application/json", '{"a":[1,null]}'),
        ({"json": None, "method": "put"}, "PUT", "application/json", "null"),
        ({"body": "té"}, "POST", "text/plain;charset=UTF-8", "té"),
        ({"body": b"raw", "headers": [("Content-Type", "image/x")]}, "POST", "image/x", "raw"),
        ({"body": b"raw"}, "POST", None, "raw"),
        (
            {"form": {"a": "1 2", "b": ["x", "y"]}},
            "POST",
            "application/x-www-form-urlencoded;charset=UTF-8",
            "a=1+2&b=x&b=y",
        ),
    ],
)
async def test_each_kind_of_body_arrives(
    serve: Serve, options: dict[str, object], method: str, content_type: str | None, body: str
) -> None:
    async with serve(ECHO) as worker:
        seen = await (await worker.fetch("/", **options)).json()
    assert (seen["method"], seen["headers"].get("content-type"), seen["body"]) == (method, content_type, body)
    assert seen["headers"]["content-length"] == str(len(body.encode()))


async def test_files_arrive_as_a_form(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("from a path")
    source = CLASS + (
        "    async def fetch(self, request):\n"
        "        form = await request.form_data()\n"
        "        seen = {'field': form['field']}\n"
        "        for name in ('a', 'b', 'c'):\n"
        "            file = form[name]\n"
        "            seen[name] = [file.name, file.content_type, await file.text()]\n"
        "        return Response.json(seen)\n"
    )
    files = {"a": b"bytes", "b": tmp_path / "notes.txt", "c": ("c.json", '{"x":1}', "application/json")}
    async with serve(source) as worker:
        seen = await (await worker.fetch("/", form={"field": "value"}, files=files)).json()
    assert seen == {
        "field": "value",
        "a": ["a", "application/octet-stream", "bytes"],
        "b": ["notes.txt", "text/plain", "from a path"],
        "c": ["c.json", "application/json", '{"x":1}'],
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"json": {}, "body": "x"}, "a request has one body, not json and body"),
        ({"body": "x", "method": "get"}, "a GET request cannot have a body"),
        ({"body": {"a": 1}}, "body= takes text, bytes or an iterable of bytes, not dict"),
        ({"body": 5}, "body= takes text, bytes or an iterable of bytes, not int"),
    ],
)
async def test_a_request_that_cannot_be_is_refused(
    serve: Serve, options: dict[str, object], said: str
) -> None:
    async with serve(ECHO) as worker:
        with pytest.raises(UsageError, match=said):
            await worker.fetch("/", **options)


async def test_bodies_stream_both_ways_at_once(serve: Serve) -> None:
    source = CLASS + ("    async def fetch(self, request):\n        return Response(request.body)\n")
    steps: list[str] = []

    async def produce() -> AsyncIterator[bytes]:
        for word in (b"one", b"two", b"three"):
            steps.append(f"sent {word.decode()}")
            yield word
            await asyncio.sleep(0.01)

    async with serve(source) as worker:
        response = await worker.fetch("/", body=produce())
        async for chunk in chunks(response):
            steps.append(f"got {chunk.decode()}")
    assert steps == ["sent one", "got one", "sent two", "got two", "sent three", "got three"]
