"""Compressing answers: when, with what, and chunk by chunk."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import Any

import pytest

from sshim.worker import encoding
from tests.worker.conftest import Serve, Served
from tests.worker.wire import PATIENCE, connect

LONG = "a line of text that is worth compressing\n" * 20


class Brotli:
    """Stands where the Brotli library would; reverses what it is given."""

    @staticmethod
    def compress(data: bytes, quality: int) -> bytes:
        return data[::-1]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "brotli", lambda: None)
    encoding._preferred.cache_clear()


@pytest.fixture
def with_brotli(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "brotli", lambda: Brotli)


TEXT = [("content-type", "text/plain;charset=UTF-8")]


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        (None, None),
        ("", None),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "gzip"),
        ("deflate", None),
        ("br", None),
        ("br, gzip", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0.5, identity", None),
        ("identity;q=0.2, gzip ; q=0.5", "gzip"),
        ("*", None),
        ("nonsense;;;, gzip", "gzip"),
        ("gzip;q=x", None),
        ("gzip," * 100, None),
    ],
)
def test_the_client_chooses(accept: str | None, coding: str | None) -> None:
    assert encoding.choose(accept, 200, TEXT) == coding


@pytest.mark.parametrize("accept", ["identity;q=0", "*;q=0", "br, identity;q=0"])
def test_a_client_that_accepts_nothing_to_be_had_is_told(accept: str) -> None:
    with pytest.raises(encoding.NotAcceptable):
        encoding.choose(accept, 200, TEXT)


@pytest.mark.parametrize(("accept", "coding"), [("br", "br"), ("br, gzip", "br"), ("gzip, br", "gzip")])
def test_brotli_is_used_where_its_library_is(with_brotli: None, accept: str, coding: str) -> None:
    assert encoding.choose(accept, 200, TEXT) == coding
    assert encoding.encode("br", b"abc") == b"cba"


@pytest.mark.parametrize(
    ("status", "headers", "coding"),
    [
        (200, [], "gzip"),
        (500, TEXT, "gzip"),
        (200, [("Content-Type", "Application/JSON; x=y")], "gzip"),
        (200, [("Content-Type", "text/event-stream")], None),
        (200, [("Content-Type", "image/png")], None),
        (200, [*TEXT, ("Content-Encoding", "none")], None),
        (200, [*TEXT, ("Cache-Control", "private, No-Transform")], None),
        (206, TEXT, None),
        (204, [], None),
        (304, TEXT, None),
    ],
)
def test_only_what_production_compresses_is_compressed(
    status: int, headers: list[tuple[str, str]], coding: str | None
) -> None:
    assert encoding.choose("gzip", status, headers) == coding


def test_each_chunk_of_a_stream_can_be_read_at_once() -> None:
    packer, reader = encoding.Encoder("gzip"), zlib.decompressobj(16 + zlib.MAX_WBITS)
    for word in (b"one", b"two", b"three"):
        assert reader.decompress(packer.write(word)) == word
    assert reader.decompress(packer.end()) == b"" and reader.eof


WORKER = f"""import asyncio, gzip, js
from js import TransformStream
from pyodide.ffi import to_js
from workers import Response, WorkerEntrypoint
LONG = {LONG!r}
go = asyncio.Event()
class Default(WorkerEntrypoint):
    async def fetch(self, request):
        what = request.url.rpartition('/')[2]
        if what == 'short':
            return Response('short')
        if what == 'large':
            return Response(LONG * 2000)
        if what == 'image':
            return Response(LONG.encode(), headers={{'content-type': 'image/png'}})
        if what == 'asked':
            headers = {{'content-type': 'image/png', 'content-encoding': 'gzip'}}
            return Response(LONG.encode(), headers=headers)
        if what == 'manual':
            return js.Response.new(to_js(gzip.compress(LONG.encode())), encodeBody='manual',
                headers={{'content-type': 'text/plain', 'content-encoding': 'gzip'}})
        if what == 'go':
            go.set()
        if what == 'stream':
            pair = TransformStream.new()
            async def produce():
                writer = pair.writable.getWriter()
                await writer.write(to_js(b'first'))
                await go.wait()
                await writer.write(to_js(b'second'))
                await writer.close()
            self.ctx.waitUntil(produce())
            return Response(pair.readable, headers={{'content-type': 'text/plain'}})
        return Response(LONG)
"""


@pytest.fixture
async def w(serve: Serve) -> Served:
    return await serve(WORKER)


async def ask(w: Served, path: str, accept: str | None = "gzip") -> tuple[dict[str, str], bytes]:
    """Headers and the very bytes of an answer."""
    wire = await connect(w.url)
    line = f"Accept-Encoding: {accept}\r\n" if accept is not None else ""
    wire.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{line}\r\n".encode())
    _, headers = await wire.head()
    body = await asyncio.wait_for(wire.reader.readexactly(int(headers["content-length"])), PATIENCE)
    await wire.close()
    return headers, body


@pytest.mark.parametrize("path", ["/", "/asked", "/manual"])
async def test_an_answer_is_compressed_once(w: Served, path: str) -> None:
    headers, body = await ask(w, path)
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body).decode() == LONG and len(body) < len(LONG)


@pytest.mark.parametrize(
    ("path", "accept"), [("/short", "gzip"), ("/image", "gzip"), ("/", None), ("/", "br")]
)
async def test_an_answer_goes_as_it_is_where_that_is_right(w: Served, path: str, accept: str | None) -> None:
    headers, body = await ask(w, path, accept)
    assert "content-encoding" not in headers
    assert body.decode() in (LONG, "short")


async def test_a_large_answer_is_compressed_too(w: Served) -> None:
    _, body = await ask(w, "/large")
    assert gzip.decompress(body).decode() == LONG * 2000


async def test_a_client_that_accepts_nothing_gets_a_415(w: Served) -> None:
    async with w.http.get(w.url, headers={"Accept-Encoding": "identity;q=0"}) as response:
        assert (response.status, await response.text()) == (415, "Unsupported Media Type")
        assert response.headers["Accept-Encoding"] == "br, gzip"


async def test_a_stream_is_compressed_and_still_comes_chunk_by_chunk(w: Served) -> None:
    async with w.http.get(w.url + "/stream", headers={"Accept-Encoding": "gzip"}) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        first = await asyncio.wait_for(response.content.readany(), PATIENCE)
        assert first == b"first"
        await w.text("/go")
        assert await asyncio.wait_for(response.content.read(), PATIENCE) == b"second"


async def test_static_assets_are_compressed(serve: Serve, tmp_path: Any) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "page.txt").write_text(LONG)
    w = await serve(WORKER, config='[assets]\ndirectory = "public"\n')
    headers, body = await ask(w, "/page.txt")
    assert headers["content-encoding"] == "gzip" and gzip.decompress(body).decode() == LONG
