"""The listener over TLS, where a connection is one only once both sides have agreed."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import struct
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sshim.dev import certificate
from tests.worker.conftest import Serve, Served
from tests.worker.test_connection import WORKER, chunks, entry, get, ours, post, seen, theirs
from tests.worker.wire import Wire, connect


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    made = certificate.kept(tmp_path / "tls", datetime.now(UTC))
    return {"ssl": made.context(), "scheme": "https"}


async def connect_tls(w: Served, tmp_path: Path) -> Wire:
    trusting = ssl.create_default_context(cafile=str(tmp_path / "tls" / certificate.FILE))
    where = urlsplit(w.url)
    return Wire(*await asyncio.open_connection(where.hostname, where.port, ssl=trusting, limit=1 << 20))


async def test_a_client_that_speaks_no_tls_leaves_nothing_behind(
    serve: Serve, options: dict[str, Any]
) -> None:
    w = await serve(WORKER, options=options)
    plain, silent = await connect(w.url), await connect(w.url)
    plain.send(get("/plain"))
    assert await plain.rest() == b""
    await plain.close()
    assert not ours(w)
    await w.server.stop(0.05)  # with one that has not said what it speaks
    await silent.close()
    assert not w.log.errors


@pytest.mark.parametrize("path", ["/slow", "/stream/slow"])
async def test_a_tls_client_that_breaks_off_disturbs_nobody(
    serve: Serve, options: dict[str, Any], tmp_path: Path, path: str
) -> None:
    w = await serve(WORKER, options=options)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        leaving, staying = await connect_tls(w, tmp_path), await connect_tls(w, tmp_path)
        leaving.send(get(path))
        await seen(lambda: entry(w).begun == [path])
        staying.send(get("/slow/too"))
        await seen(lambda: len(entry(w).begun) == 2)
        leaving.send(get("/ahead"))
        await asyncio.sleep(0.02)
        at_once = struct.pack("ii", 1, 0)
        leaving.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        leaving.abort()
        await asyncio.sleep(0.02)
        entry(w).release.set()
        assert await staying.answer() == (200, "GET /slow/too ")
        await seen(lambda: len(ours(w)) == 1 and not theirs(w))
        await staying.close()
        await seen(lambda: not ours(w))
        del leaving, staying
        gc.collect()
    assert not [each for each in caught if "unclosed" in str(each.message)]
    assert not w.log.errors and "/ahead" not in entry(w).begun


@pytest.mark.parametrize("more", ["", "Content-Length: 0\r\n"], ids=["plain", "aiohttp"])
async def test_the_end_closes_a_tls_connection_that_has_been_left_to_the_next(
    serve: Serve, options: dict[str, Any], tmp_path: Path, more: str
) -> None:
    w = await serve(WORKER, options=options)
    wire = await connect_tls(w, tmp_path)
    wire.send(get("/1")[:-2] + more.encode() + b"\r\n")
    assert await wire.answer() == (200, "GET /1 ")
    wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await w.server.close_idle()
    await w.server.stop(0.05)
    assert not w.log.errors and not w.log.warnings
    wire.abort()


async def test_plain_requests_bodies_and_streams_share_a_connection_over_tls(
    serve: Serve, options: dict[str, Any], tmp_path: Path
) -> None:
    w = await serve(WORKER, options=options)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        wire = await connect_tls(w, tmp_path)
        for path in ("/1", "/2"):
            wire.send(get(path))
            assert await wire.answer() == (200, f"GET {path} ")
        assert len(ours(w)) == 1 and not theirs(w)
        wire.send(get("/stream"))
        await wire.head()
        assert await chunks(wire) == b"first second"
        wire.send(post("/3", b"body"))
        assert await wire.answer() == (200, "POST /3 body")
        await wire.close()
        left = await connect_tls(w, tmp_path)
        left.send(get("/slow"))
        await seen(lambda: entry(w).begun[-1] == "/slow")
        left.abort()
        entry(w).release.set()
        await seen(lambda: not ours(w) and not theirs(w))
        del wire, left
        gc.collect()
    assert not [each for each in caught if "unclosed" in str(each.message)]
    assert not w.log.errors
