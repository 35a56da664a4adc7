"""tee, pipeTo and pipeThrough: who is told what when one side fails."""

import asyncio
from typing import Any

import pytest

from sshim.platform.abort import AbortController, AbortSignal
from sshim.platform.exceptions import JsException
from sshim.platform.readable import ReadableStream
from sshim.platform.transform import TransformStream
from sshim.platform.writable import WritableStream
from tests.settling import settled, turns


def counting(limit: int, hits: list[int]) -> Any:
    def pull(controller: Any) -> None:
        hits.append(len(hits))
        if len(hits) > limit:
            controller.close()
        else:
            controller.enqueue(len(hits))

    return ReadableStream.new({"pull": pull}, {"highWaterMark": 0})


async def test_both_branches_of_a_tee_see_everything():
    hits: list[int] = []
    first, second = counting(3, hits).tee()
    assert [x async for x in first] == [1, 2, 3]
    assert [x async for x in second] == [1, 2, 3]
    assert len(hits) == 4


async def test_branches_read_in_step_ask_the_source_once_a_chunk():
    hits: list[int] = []
    first, second = counting(5, hits).tee()
    a, b = first.getReader(), second.getReader()
    pairs = [await asyncio.gather(a.read(), b.read()) for _ in range(5)]
    assert [[x.value for x in pair] for pair in pairs] == [[n, n] for n in range(1, 6)]
    assert not first._controller._queue
    assert not second._controller._queue


async def test_branches_that_wait_together_wait_for_one_chunk():
    gate = asyncio.Event()
    asked = 0

    async def pull(controller: Any) -> None:
        nonlocal asked
        asked += 1
        await gate.wait()
        controller.enqueue(asked)

    first, second = ReadableStream.new({"pull": pull}, {"highWaterMark": 0}).tee()
    reads = [first.getReader().read(), second.getReader().read()]
    await asyncio.sleep(0)
    gate.set()
    assert [(await read).value for read in reads] == [1, 1]
    await turns()
    assert asked == 1


async def test_the_source_is_cancelled_when_both_branches_are():
    reasons = []
    stream = ReadableStream.new(cancel=lambda reason: reasons.append(reason))
    first, second = stream.tee()
    await first.cancel("a")
    assert reasons == []
    await second.cancel("b")
    assert reasons == ["a"]


async def test_an_error_reaches_both_branches():
    first, second = ReadableStream.new(start=lambda c: c.error(ValueError("x"))).tee()
    for branch in (first, second):
        with pytest.raises(ValueError, match="x"):
            await branch.getReader().read()


async def test_pipe_to_moves_all_and_closes():
    seen: list[Any] = []
    sink = WritableStream.new(write=lambda x, c: seen.append(x), close=lambda: seen.append("closed"))
    source = counting(2, [])
    await source.pipeTo(sink)
    assert seen == [1, 2, "closed"]
    assert not source.locked
    assert not sink.locked


async def test_pipe_to_heeds_prevent_close():
    seen: list[Any] = []
    await counting(0, []).pipeTo(WritableStream.new(close=lambda: seen.append("closed")), preventClose=True)
    assert seen == []


async def test_a_failing_source_aborts_the_sink():
    reasons = []
    source = ReadableStream.new(start=lambda c: c.error(ValueError("src")))
    with pytest.raises(ValueError, match="src"):
        await source.pipeTo(WritableStream.new(abort=lambda reason: reasons.append(str(reason))))
    assert reasons == ["src"]


async def test_a_failing_sink_cancels_the_source():
    reasons = []

    def fail(chunk: Any, controller: Any) -> None:
        raise ValueError("dst")

    source = ReadableStream.new(
        {"pull": lambda c: c.enqueue(1), "cancel": lambda reason: reasons.append(str(reason))}
    )
    with pytest.raises(ValueError, match="dst"):
        await source.pipeTo(WritableStream.new(write=fail))
    assert reasons == ["dst"]


async def test_a_signal_ends_a_pipe_that_waits():
    events = []
    source = ReadableStream.new(cancel=lambda reason: events.append(("cancel", reason)))
    sink = WritableStream.new(abort=lambda reason: events.append(("abort", reason)))
    controller = AbortController.new()
    moving = source.pipeTo(sink, signal=controller.signal)
    await asyncio.sleep(0)
    controller.abort("enough")
    with pytest.raises(JsException, match="enough"):
        await moving
    assert events == [("abort", "enough"), ("cancel", "enough")]
    with pytest.raises(JsException, match="AbortError: The operation was aborted"):
        await ReadableStream.new().pipeTo(WritableStream.new(), signal=AbortSignal.abort())


async def test_locked_ends_cannot_be_piped():
    source, sink = ReadableStream.new(), WritableStream.new()
    source.getReader()
    sink.getWriter()
    with pytest.raises(JsException, match="ReadableStream is currently locked to a reader"):
        await source.pipeTo(sink)
    with pytest.raises(JsException, match="WritableStream is currently locked to a writer"):
        await ReadableStream.new().pipeTo(sink)


async def test_pipe_through_transforms():
    doubled = counting(3, []).pipeThrough(TransformStream.new(transform=lambda x, c: c.enqueue(x * 2)))
    assert [x async for x in doubled] == [2, 4, 6]


async def test_a_pipe_asks_its_source_no_faster_than_the_sink_takes():
    hits: list[int] = []
    gate = asyncio.Event()

    async def write(chunk: Any, controller: Any) -> None:
        await gate.wait()

    moving = counting(100, hits).pipeTo(WritableStream.new(write=write))
    await settled(lambda: hits)
    await turns()
    assert len(hits) == 1
    gate.set()
    await moving
    assert len(hits) == 101
