"""Bodies: reading once, from bytes, streams and what a server reads; cloning; streams made late."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sshim.platform.exceptions import JsException
from sshim.platform.ffi import Uint8Array, create_proxy, plain_object
from sshim.platform.readable import ReadableStream
from sshim.platform.request import Request
from sshim.platform.response import Response
from sshim.platform.transform import TransformStream

USED = "TypeError: Body has already been used. It can only be used once. Use tee\\(\\) first if you need"


async def pieces(*data: bytes) -> AsyncIterator[bytes]:
    for piece in data:
        yield piece


def incoming(body: Any, **headers: str) -> Request:
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Request.from_server("POST", "http://x/", pairs, body)


SOURCES = {
    "bytes": lambda: incoming(b'{"a": [1]}'),
    "server": lambda: incoming(pieces(b'{"a"', b": [1]}")),
    "stream": lambda: Response.new(ReadableStream.from_([Uint8Array.from_bytes(b'{"a": [1]}')])),
    "touched": lambda: _touched(incoming(pieces(b'{"a": [1]}'))),
    "touched bytes": lambda: _touched(incoming(b'{"a": [1]}')),
}


def _touched(owner: Any) -> Any:
    assert owner.body is owner.body
    return owner


@pytest.mark.parametrize("kind", SOURCES)
async def test_a_body_is_read_in_every_way_but_once(kind: str):
    make = SOURCES[kind]
    assert await make().text() == '{"a": [1]}'
    assert list((await make().json()).a) == [1]
    assert (await make().arrayBuffer()).to_bytes() == b'{"a": [1]}'
    assert (await make().bytes()).constructor.name == "Uint8Array"
    assert (await make().blob()).size == 10
    owner = make()
    assert not owner.bodyUsed
    await owner.text()
    assert owner.bodyUsed
    assert owner.body.locked
    for again in (owner.text(), owner.json(), owner.arrayBuffer(), owner.formData()):
        with pytest.raises(JsException, match=USED):
            await again


async def test_no_body_reads_as_nothing_and_again():
    response = Response.new(None)
    assert [await response.text(), await response.text()] == ["", ""]
    assert not response.bodyUsed
    assert not response.body


async def test_an_empty_body_is_a_body():
    response = Response.new("")
    assert response.body
    assert await response.text() == ""
    assert response.bodyUsed


async def test_a_body_begun_by_a_reader_is_used_and_a_locked_one_is_locked():
    response = Response.new("x")
    reader = response.body.getReader()
    with pytest.raises(JsException, match="TypeError: This ReadableStream is currently locked to a reader"):
        await response.text()
    with pytest.raises(JsException, match="locked to a reader,"):
        response.clone()
    await reader.read()
    reader.releaseLock()
    assert response.bodyUsed
    with pytest.raises(JsException, match=USED):
        await response.text()
    with pytest.raises(JsException, match=r"disturbed \(has already been read from\)"):
        Response.new(response.body)


async def test_the_stream_of_a_body_gives_arrays():
    reader = Response.new("abc").body.getReader()
    first, second = await reader.read(), await reader.read()
    assert (first.value.to_bytes(), first.done, second.done) == (b"abc", False, True)
    assert [chunk.to_bytes() async for chunk in incoming(pieces(b"a", b"b")).body] == [b"a", b"b"]


@pytest.mark.parametrize("kind", SOURCES)
async def test_clones_of_any_source_read_the_same(kind: str):
    owner = SOURCES[kind]()
    copy = owner.clone()
    assert await asyncio.gather(owner.text(), copy.text()) == ['{"a": [1]}', '{"a": [1]}']


@pytest.mark.parametrize(
    "body",
    ["text", b"python bytes", create_proxy(b"proxied"), [1, 2], ["x"]],
    ids=lambda body: str(type(body)),
)
async def test_streams_and_iterables_must_give_bytes(body: Any):
    source = ReadableStream.from_([body]) if isinstance(body, str) else body
    with pytest.raises(JsException, match="TypeError: This ReadableStream did not return bytes"):
        await Response.new(source).text()


async def test_generators_of_arrays_are_bodies():
    async def later() -> AsyncIterator[Any]:
        yield Uint8Array.from_bytes(b"A")
        yield Uint8Array.from_bytes(b"B")

    assert await Response.new(later()).text() == "AB"
    assert await Response.new(Uint8Array.from_bytes(b"x") for _ in range(2)).text() == "xx"


async def test_other_values_are_bodies_by_their_text():
    assert await Response.new(123).text() == "123"
    assert await Response.new(True).text() == "true"
    assert await Response.new(plain_object({})).text() == "[object Object]"


async def test_errors_of_a_source_reach_the_reader():
    async def fail() -> AsyncIterator[bytes]:
        yield b"x"
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError, match="gone"):
        await incoming(fail()).text()
    with pytest.raises(ConnectionResetError, match="gone"):
        await _touched(incoming(fail())).text()
    with pytest.raises(JsException, match="boo"):
        await Response.new(ReadableStream.new(start=lambda c: c.error("boo"))).text()


async def test_bad_json_is_a_syntax_error():
    for text in ("{x", ""):
        with pytest.raises(JsException) as caught:
            await Response.new(text).json()
        assert caught.value.name == "SyntaxError"


async def test_text_drops_the_mark_and_replaces_bad_bytes():
    assert await incoming(b"\xef\xbb\xbfa\xff").text() == "a\ufffd"


async def test_blob_and_form_go_by_the_content_type():
    request = incoming(b"a=b", content_type="Application/X-WWW-Form-Urlencoded; Charset=UTF-8")
    assert (await request.clone().blob()).type == "application/x-www-form-urlencoded;charset=UTF-8"
    assert (await request.formData()).get("a") == "b"
    with pytest.raises(JsException, match="requires a Content-Type header"):
        await incoming(b"x").formData()


async def test_a_server_gets_a_stream_and_can_abandon_it():
    closed = []

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            closed.append(True)

    response = Response.new(incoming(endless()).body)
    stream = response.body_source
    assert isinstance(stream, ReadableStream)
    chunks = stream.iter_bytes()
    assert [await anext(chunks) for _ in range(3)] == [b"x"] * 3
    await stream.abandon("the client went away")
    assert closed == [True]
    assert [chunk async for chunk in chunks] == []


async def test_abandoning_fails_the_writer_of_a_transform():
    pipe = TransformStream.new()
    response = Response.new(pipe.readable)
    writer = pipe.writable.getWriter()
    writing = writer.write(Uint8Array.from_bytes(b"x"))
    await response.body_source.abandon(ConnectionResetError("gone"))
    with pytest.raises(ConnectionResetError, match="gone"):
        await writing


async def test_much_data_passes_with_few_chunks_in_memory():
    made = 0
    alive = 0

    class Piece(bytes):
        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    async def much() -> AsyncIterator[bytes]:
        nonlocal made, alive
        for _ in range(1600):
            made += 1
            alive += 1
            yield Piece(64 * 1024)

    pipe = TransformStream.new()
    incoming(much()).body.pipeTo(pipe.writable)
    highest = total = 0
    async for chunk in Response.new(pipe.readable).body_source.iter_bytes():
        total += len(chunk)
        highest = max(highest, alive)
    assert (made, total) == (1600, 1600 * 64 * 1024)
    assert highest <= 8
