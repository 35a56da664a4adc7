"""Bodies of 100 MB up and down: the process that serves them stays small."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.dev.running import PATIENCE, Dev, Project, entry

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")

MB = 1 << 20
SIZE = 100 * MB
GROWTH = 40 * MB
PIECE = b"\xa5" * (64 * 1024)
WORKER = entry(
    "path = request.url.rpartition('/')[2]\n"
    "if path == 'echo':\n"
    "    return Response(request.js_object.body)\n"
    "if path == 'count':\n"
    "    reader, size = request.js_object.body.getReader(), 0\n"
    "    while not (step := await reader.read()).done:\n"
    "        size += step.value.byteLength\n"
    "    return Response(str(size))\n"
    "if path == 'down':\n"
    "    left = [1600]\n"
    "    async def pull(controller):\n"
    "        left[0] -= 1\n"
    "        controller.enqueue(to_js(b'x' * 65536))\n"
    "        if not left[0]:\n"
    "            controller.close()\n"
    "    return Response(ReadableStream.new(pull=create_proxy(pull)))\n"
    "return Response('warm')",
    before="from js import ReadableStream\nfrom pyodide.ffi import create_proxy, to_js",
)


class Watched:
    """A served Worker and the peak of its memory."""

    def __init__(self, dev: Dev) -> None:
        self.url = dev.url
        self._proc = Path(f"/proc/{dev.pid}")

    def begin(self) -> None:
        """Count the peak from here on."""
        (self._proc / "clear_refs").write_text("5")
        self._start = self._bytes("VmRSS")

    def growth(self) -> int:
        """Bytes between the beginning and the peak."""
        return self._bytes("VmHWM") - self._start

    def _bytes(self, name: str) -> int:
        for line in (self._proc / "status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"no {name}")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    project = Project(tmp_path_factory.mktemp("large"))
    project.entry.write_text(WORKER)
    dev = Dev(project, "--no-reload").ready()
    dev.get()
    yield Watched(dev)
    dev.clean_up()


async def produce() -> AsyncIterator[bytes]:
    for _ in range(SIZE // len(PIECE)):
        yield PIECE


async def drain(response: aiohttp.ClientResponse, *, pause: float = 0) -> int:
    size = 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if pause and size < MB:
            await asyncio.sleep(pause)
    return size


async def test_an_upload_that_is_counted_keeps_memory_flat(served: Watched) -> None:
    served.begin()
    async with asyncio.timeout(PATIENCE * 3), aiohttp.ClientSession() as session:
        async with session.post(served.url + "/count", data=produce()) as response:
            assert await response.text() == str(SIZE)
    assert served.growth() < GROWTH


async def test_a_download_keeps_memory_flat(served: Watched) -> None:
    served.begin()
    async with asyncio.timeout(PATIENCE * 3), aiohttp.ClientSession() as session:
        async with session.get(served.url + "/down") as response:
            assert await drain(response) == SIZE
    assert served.growth() < GROWTH


async def test_an_echo_goes_through_in_both_directions_at_the_pace_of_the_client(served: Watched) -> None:
    served.begin()
    async with asyncio.timeout(PATIENCE * 3), aiohttp.ClientSession() as session:
        async with session.post(served.url + "/echo", data=produce()) as response:
            assert await drain(response, pause=0.02) == SIZE
    assert served.growth() < GROWTH


async def test_a_client_that_does_not_read_stops_the_producer(served: Watched) -> None:
    served.begin()
    async with asyncio.timeout(PATIENCE), aiohttp.ClientSession(read_bufsize=1024) as session:
        async with session.get(served.url + "/down"):
            await asyncio.sleep(0.5)
            assert served.growth() < GROWTH
        async with session.get(served.url + "/") as response:
            assert await response.text() == "warm"
