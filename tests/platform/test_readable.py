"""ReadableStream as production's behaves, in order of reads, back-pressure, errors and locks."""

import asyncio
from typing import Any

import pytest

from sshim.platform.chunks import END
from sshim.platform.exceptions import JsException
from sshim.platform.ffi import Uint8Array, plain_object
from sshim.platform.queuing import ByteLengthQueuingStrategy, CountQueuingStrategy
from sshim.platform.readable import ReadableStream
from sshim.platform.reader import ReadableStreamDefaultReader
from tests.settling import turns


def queue_of(*chunks: Any) -> Any:
    def start(controller: Any) -> None:
        for chunk in chunks:
            controller.enqueue(chunk)
        controller.close()

    return ReadableStream.new(start=start)


async def test_a_reader_gives_values_and_then_done():
    stream = queue_of("x")
    reader = stream.getReader()
    first, second = await reader.read(), await reader.read()
    assert (first.value, first.done, second.value, second.done) == ("x", False, None, True)
    assert stream.locked
    assert str(stream) == "[object ReadableStream]"


async def test_async_for_gives_every_chunk_and_unlocks_at_the_end():
    stream = queue_of(1, 2)
    assert [chunk async for chunk in stream] == [1, 2]
    assert not stream.locked


@pytest.mark.parametrize("form", ["keywords", "dict", "object", "instance"])
async def test_a_source_may_come_in_any_form(form: str):
    async def pull(controller: Any) -> None:
        controller.enqueue("x")
        controller.close()

    class Source:
        async def pull(self, controller: Any) -> None:
            await pull(controller)

    made = {
        "keywords": lambda: ReadableStream.new(pull=pull),
        "dict": lambda: ReadableStream.new({"pull": pull}),
        "object": lambda: ReadableStream.new(plain_object({"pull": pull})),
        "instance": lambda: ReadableStream.new(Source()),
    }[form]()
    assert [chunk async for chunk in made] == ["x"]


@pytest.mark.parametrize(("mark", "calls"), [(None, 1), (0, 0), (3, 3)])
async def test_the_source_is_asked_up_to_the_high_water_mark_and_after_the_constructor(mark: Any, calls: int):
    count = 0

    def pull(controller: Any) -> None:
        nonlocal count
        count += 1
        controller.enqueue(count)

    ReadableStream.new({"pull": pull}, {"highWaterMark": mark})
    assert count == 0
    await turns()
    assert count == calls


async def test_a_source_that_is_still_working_is_not_asked_again():
    gate = asyncio.Event()
    calls = 0

    async def pull(controller: Any) -> None:
        nonlocal calls
        calls += 1
        await gate.wait()
        controller.enqueue(calls)

    stream = ReadableStream.new({"pull": pull}, {"highWaterMark": 0})
    reader = stream.getReader()
    reads = [reader.read(), reader.read()]
    await asyncio.sleep(0)
    assert calls == 1
    gate.set()
    assert [(await read).value for read in reads] == [1, 2]


async def test_desired_size_goes_down_with_what_is_queued():
    seen = {}
    ReadableStream.new({"start": lambda c: seen.update(c=c)})
    controller = seen["c"]
    assert controller.desiredSize == 1
    controller.enqueue("x")
    assert controller.desiredSize == 0
    strategy = ByteLengthQueuingStrategy.new(highWaterMark=10)
    ReadableStream.new({"start": lambda c: seen.update(c=c)}, strategy)
    seen["c"].enqueue(Uint8Array.from_bytes(b"abc"))
    assert seen["c"].desiredSize == 7


async def test_enqueueing_after_the_end_and_closing_twice_are_type_errors():
    seen = {}
    ReadableStream.new({"start": lambda c: seen.update(c=c)})
    seen["c"].close()
    with pytest.raises(JsException, match="TypeError: Unable to enqueue"):
        seen["c"].enqueue("x")
    with pytest.raises(JsException, match="TypeError: This ReadableStream is closed"):
        seen["c"].close()


LOCKED = r"TypeError: This ReadableStream is currently locked to a reader\."


async def test_a_locked_stream_refuses_everybody_else():
    stream = ReadableStream.new()
    stream.getReader()
    with pytest.raises(JsException, match=LOCKED):
        stream.getReader()
    with pytest.raises(JsException, match=LOCKED):
        await stream.cancel()
    with pytest.raises(JsException, match=LOCKED):
        async for _ in stream:
            pass
    with pytest.raises(JsException, match="locked to a reader,"):
        stream.tee()


async def test_a_released_reader_reads_no_more_and_waiting_reads_are_rejected():
    stream = ReadableStream.new()
    reader = stream.getReader()
    waiting = reader.read()
    reader.releaseLock()
    for attempt in (waiting, reader.read(), reader.cancel(), reader.closed):
        with pytest.raises(JsException, match="TypeError: This ReadableStream reader has been released"):
            await attempt
    assert not stream.locked


async def test_an_asynchronous_start_holds_the_pulling_back():
    order = []

    async def start(controller: Any) -> None:
        await asyncio.sleep(0)
        order.append("start")

    def pull(controller: Any) -> None:
        order.append("pull")
        controller.close()

    reader = ReadableStream.new(start=start, pull=pull).getReader()
    assert (await reader.read()).done
    assert order == ["start", "pull"]
    assert await reader.closed is None


async def test_cancel_hands_the_reason_to_the_source_and_ends_the_stream():
    reasons = []

    async def cancel(reason: Any) -> None:
        reasons.append(reason)

    stream = ReadableStream.new(cancel=cancel)
    assert await stream.cancel("why") is None
    assert reasons == ["why"]
    assert [chunk async for chunk in stream] == []
    assert await stream.cancel("again") is None
    assert reasons == ["why"]


async def test_python_bytes_stay_python_and_platform_bytes_become_arrays():
    assert [chunk async for chunk in queue_of(b"abc")] == [b"abc"]
    [chunk] = [chunk async for chunk in ReadableStream._of_bytes(b"abc")]
    assert chunk.constructor.name == "Uint8Array"
    assert chunk.to_bytes() == b"abc"


async def test_from_takes_iterables_of_both_kinds():
    async def numbers() -> Any:
        yield 1
        yield 2

    assert [x async for x in ReadableStream.from_([1, 2])] == [1, 2]
    assert [x async for x in getattr(ReadableStream, "from")(numbers())] == [1, 2]


async def test_byob_readers_and_numbers_as_sources_are_refused():
    with pytest.raises(JsException, match="TypeError: This ReadableStream does not support BYOB reads"):
        queue_of().getReader(mode="byob")
    with pytest.raises(JsException, match="UnderlyingSource"):
        ReadableStream.new(5)


async def test_leaving_the_loop_by_aclose_cancels():
    reasons = []
    stream = ReadableStream.new(pull=lambda c: c.enqueue(1), cancel=reasons.append)
    iterator = stream.values()
    assert await anext(iterator) == 1
    await iterator.aclose()
    assert reasons == [None]
    assert not stream.locked


def test_a_stream_can_be_made_without_an_event_loop():
    stream = ReadableStream.new(pull=lambda c: (c.enqueue(1), c.close()))

    async def read() -> list[Any]:
        return [chunk async for chunk in stream]

    assert asyncio.run(read()) == [1]


async def test_a_long_synchronous_source_does_not_recurse():
    count = 0

    def pull(controller: Any) -> None:
        nonlocal count
        count += 1
        if count > 20_000:
            controller.close()
        else:
            controller.enqueue(count)

    assert len([x async for x in ReadableStream.new({"pull": pull}, {"highWaterMark": 5000})]) == 20_000


async def test_readers_can_be_made_by_hand_and_cancel():
    reasons = []
    stream = ReadableStream.new(cancel=reasons.append)
    reader = ReadableStreamDefaultReader.new(stream)
    closed = reader.closed
    assert await reader.cancel("why") is None
    assert (reasons, await closed) == (["why"], None)
    reader.releaseLock()
    reader.releaseLock()
    with pytest.raises(JsException, match="TypeError"):
        ReadableStreamDefaultReader.new("x")
    assert repr(END) == "END"


async def test_an_iterator_asks_no_more_after_its_end():
    iterator = aiter(queue_of(1))
    assert [x async for x in iterator] == [1]
    assert [x async for x in iterator] == []
    await iterator.aclose()


def test_controllers_have_no_byob_request():
    seen: dict[str, Any] = {}
    ReadableStream.new(start=lambda controller: seen.update(c=controller))
    assert not seen["c"].byobRequest
    assert CountQueuingStrategy.new({"highWaterMark": 4}).size("x") == 1
    assert CountQueuingStrategy.new(highWaterMark=4).highWaterMark == 4
