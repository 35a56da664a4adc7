"""Pages hear of every change, whoever makes it, and of nothing else."""

from __future__ import annotations

import asyncio
import time

import pytest

from sshim.control import ControlPlane
from sshim.dashboard.live import MAX_PAGES
from sshim.store.open import open_store
from tests.api.conftest import ADMINISTRATOR, options
from tests.api.wire import request
from tests.dashboard.conftest import STORE, Site, some
from tests.settling import PATIENCE, settled


class Stream:
    """An open stream of events."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        self.reader, self.writer, self.head = reader, writer, head

    async def event(self, seconds: float = PATIENCE) -> bytes:
        """The next chunk, b"" at the end."""
        async with asyncio.timeout(seconds):
            size = int(await self.reader.readline() or b"0", 16)
            data = await self.reader.readexactly(size)
            await self.reader.readline()
            return data


async def follow(site: Site, bearer: str | None = None) -> Stream:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    headers = {
        "Host": f"127.0.0.1:{site.port}",
        "Authorization": f"Bearer {bearer or await site.bearer('reporter')}",
    }
    writer.write(request("GET", "/dashboard/events", headers))
    stream = Stream(reader, writer, await reader.readuntil(b"\r\n\r\n"))
    if b" 200 " in stream.head:
        assert await stream.event() == b": open\n\n"
    return stream


async def test_a_change_by_another_process_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await site.fill()
    looks: list[object] = []
    look = site.dashboard._live._look

    async def counted() -> dict[str, int]:
        looks.append(found := await look())
        return found

    monkeypatch.setattr(site.dashboard._live, "_look", counted)
    stream = await follow(site)
    assert b"text/event-stream" in stream.head and b"no-store" in stream.head
    await settled(lambda: looks)  # what it was before is known
    other = ControlPlane(open_store(options(site.home)), actor=ADMINISTRATOR)
    await asyncio.to_thread(other.create_secrets, STORE, some(1))
    event = await stream.event()
    assert event.startswith(b"event: change\ndata: {")
    other.close()
    stream.writer.close()


async def test_nothing_is_said_while_nothing_changes(site: Site) -> None:
    await site.fill()
    stream = await follow(site)
    try:
        event = await stream.event(1.0)
    except TimeoutError:
        event = b""
    assert event == b""
    stream.writer.close()


async def test_a_stream_needs_a_bearer_and_is_cut_with_it(site: Site) -> None:
    refused = await follow(site, "x" * 40)
    assert b" 401 " in refused.head
    refused.writer.close()
    site.dashboard._live._beat = 0.05
    bearer = await site.bearer()
    stream = await follow(site, bearer)
    assert await stream.event() == b": beat\n\n"
    site.dashboard.sessions.end(bearer)
    while event := await stream.event():
        assert event == b": beat\n\n"
    stream.writer.close()


async def test_the_program_ends_with_pages_open(site: Site) -> None:
    streams = [await follow(site) for _ in range(3)]
    await asyncio.wait_for(site.serving.stop(10 * PATIENCE), PATIENCE)
    for stream in streams:
        assert await stream.event() == b""
        stream.writer.close()


async def test_pages_are_not_without_number_and_those_that_go_make_room(site: Site) -> None:
    bearer = await site.bearer()
    streams = [await follow(site, bearer) for _ in range(MAX_PAGES)]
    refused = await follow(site, bearer)
    assert b" 503 " in refused.head
    refused.writer.close()
    site.dashboard._live._beat = 0.05
    for stream in streams:
        stream.writer.close()
    await site.fill()
    deadline = time.monotonic() + PATIENCE
    while site.dashboard._live._pages and time.monotonic() < deadline:
        await site.control(lambda control: control.create_token(role="reporter"))
        await asyncio.sleep(0.05)
    assert site.dashboard._live._pages == set() and site.dashboard._live._task is None
