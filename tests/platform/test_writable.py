"""WritableStream: order, back-pressure, closing and failing."""

import asyncio
from typing import Any

import pytest

from sshim.platform.exceptions import JsException
from sshim.platform.writable import WritableStream
from sshim.platform.writer import WritableStreamDefaultWriter


async def test_chunks_reach_the_sink_in_order_and_close_comes_last():
    seen: list[Any] = []

    async def write(chunk: Any, controller: Any) -> None:
        await asyncio.sleep(0)
        seen.append(chunk)

    writer = WritableStream.new(write=write, close=lambda: seen.append("closed")).getWriter()
    writer.write(1)
    writer.write(2)
    await writer.close()
    assert seen == [1, 2, "closed"]
    assert await writer.closed is None


async def test_desired_size_and_ready_follow_the_queue():
    async def write(chunk: Any, controller: Any) -> None:
        await asyncio.sleep(0.01)

    writer = WritableStream.new({"write": write}, {"highWaterMark": 2}).getWriter()
    sizes = [writer.desiredSize]
    writer.write(1)
    sizes.append(writer.desiredSize)
    last = writer.write(2)
    sizes.append(writer.desiredSize)
    assert not writer.ready._settled
    await writer.ready
    sizes.append(writer.desiredSize)
    await last
    assert [*sizes, writer.desiredSize] == [2, 1, 0, 1, 2]


async def test_a_closed_stream_takes_no_more():
    writer = WritableStream.new().getWriter()
    await writer.close()
    assert writer.desiredSize == 0
    for attempt in (writer.write("x"), writer.close()):
        with pytest.raises(JsException, match="TypeError: This WritableStream has been closed"):
            await attempt


async def test_a_failing_sink_fails_this_write_and_all_that_follow():
    calls = []

    def write(chunk: Any, controller: Any) -> None:
        calls.append(chunk)
        raise ValueError("bad")

    writer = WritableStream.new(write=write).getWriter()
    for attempt in (writer.write(1), writer.write(2), writer.close(), writer.closed, writer.ready):
        with pytest.raises(ValueError, match="bad"):
            await attempt
    assert calls == [1]
    assert not writer.desiredSize


async def test_abort_drops_the_queue_and_tells_sink_and_signal():
    events = []
    stream = WritableStream.new(
        start=lambda c: c.signal.addEventListener("abort", lambda e: events.append("signal")),
        abort=lambda reason: events.append(reason),
        write=lambda chunk, c: asyncio.sleep(10),
    )
    writer = stream.getWriter()
    writer.write(1)
    queued = writer.write(2)
    assert await writer.abort("q") is None
    assert events == ["signal", "q"]
    with pytest.raises(JsException, match="q"):
        await queued
    writer.releaseLock()
    with pytest.raises(JsException, match="q"):
        await stream.getWriter().write("x")


async def test_locks_hold_until_released():
    stream = WritableStream.new()
    writer = stream.getWriter()
    for attempt in (stream.getWriter, lambda: stream._lock(object())):
        with pytest.raises(
            JsException, match="TypeError: This WritableStream is currently locked to a writer"
        ):
            attempt()
    for promise in (stream.close(), stream.abort()):
        with pytest.raises(JsException, match="locked to a writer"):
            await promise
    writer.releaseLock()
    assert not stream.locked
    for promise in (writer.write(1), writer.ready, writer.closed):
        with pytest.raises(JsException, match="TypeError: This WritableStream writer has been released"):
            await promise


async def test_an_asynchronous_start_comes_before_the_first_write():
    order = []

    async def start(controller: Any) -> None:
        await asyncio.sleep(0)
        order.append("start")

    writer = WritableStream.new(start=start, write=lambda x, c: order.append(x)).getWriter()
    await writer.write("x")
    assert order == ["start", "x"]


async def test_a_controller_may_fail_the_stream():
    seen: dict[str, Any] = {}
    writer = WritableStream.new(start=lambda c: seen.update(c=c)).getWriter()
    seen["c"].error(ValueError("z"))
    with pytest.raises(ValueError, match="z"):
        await writer.write(1)


async def test_a_failing_start_fails_the_stream():
    async def start(controller: Any) -> None:
        raise ValueError("no")

    writer = WritableStream.new(start=start).getWriter()
    with pytest.raises(ValueError, match="no"):
        await writer.write(1)


async def test_a_stream_without_a_writer_can_be_closed_and_aborted():
    events: list[Any] = []
    stream = WritableStream.new(
        close=lambda: events.append("close"), abort=lambda reason: events.append(reason)
    )
    assert await stream.close() is None
    assert await stream.abort("late") is None
    assert events == ["close"]
    other = WritableStream.new(abort=lambda reason: events.append(reason))
    await other.abort("q")
    assert events == ["close", "q"]
    with pytest.raises(JsException, match="q"):
        await other.close()


async def test_chunks_weigh_what_the_strategy_says():
    writer = WritableStream.new(
        {"write": lambda chunk, c: asyncio.sleep(0.01)}, {"highWaterMark": 10, "size": len}
    ).getWriter()
    writing = writer.write("abcd")
    assert writer.desiredSize == 6
    await writing
    assert writer.desiredSize == 10


async def test_writers_can_be_made_by_hand():
    stream = WritableStream.new()
    writer = WritableStreamDefaultWriter.new(stream)
    assert stream.locked
    writer.releaseLock()
    writer.releaseLock()
    with pytest.raises(JsException, match="TypeError"):
        WritableStreamDefaultWriter.new("x")
