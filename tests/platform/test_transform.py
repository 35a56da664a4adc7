"""TransformStream, IdentityTransformStream and FixedLengthStream."""

import asyncio
from typing import Any

import pytest

from sshim.platform.exceptions import JsException
from sshim.platform.ffi import Uint8Array
from sshim.platform.transform import FixedLengthStream, IdentityTransformStream, TransformStream
from tests.settling import turns


def array(data: bytes) -> Any:
    return Uint8Array.from_bytes(data)


async def content(stream: Any) -> bytes:
    return b"".join([chunk.to_bytes() async for chunk in stream])


async def test_chunks_pass_through_transform_and_flush():
    stream = TransformStream.new(transform=lambda x, c: c.enqueue(x * 2), flush=lambda c: c.enqueue(99))
    writer = stream.writable.getWriter()
    writer.write(1)
    writer.write(2)
    closing = writer.close()
    assert [x async for x in stream.readable] == [2, 4, 99]
    await closing


@pytest.mark.parametrize("kind", [TransformStream, IdentityTransformStream])
async def test_a_write_waits_for_a_reader(kind: Any):
    stream = kind.new()
    writer = stream.writable.getWriter()
    writing = writer.write(array(b"ab"))
    await turns()
    assert not writing._settled
    assert writer.desiredSize == 0
    read = await stream.readable.getReader().read()
    assert read.value.to_bytes() == b"ab"
    await writing
    assert writer.desiredSize == 1


async def test_an_error_in_transform_breaks_both_sides():
    def fail(chunk: Any, controller: Any) -> None:
        raise ValueError("tx")

    stream = TransformStream.new(transform=fail)
    writing = stream.writable.getWriter().write(1)
    with pytest.raises(ValueError, match="tx"):
        await stream.readable.getReader().read()
    with pytest.raises(ValueError, match="tx"):
        await writing


async def test_terminate_ends_the_readable_side_and_refuses_writes():
    def transform(chunk: Any, controller: Any) -> None:
        controller.enqueue(chunk)
        controller.terminate()

    stream = TransformStream.new(transform=transform)
    writer = stream.writable.getWriter()
    writer.write(1)
    assert [x async for x in stream.readable] == [1]
    with pytest.raises(JsException, match="terminated"):
        await writer.write(2)


async def test_cancelling_the_readable_side_fails_writes_that_wait():
    stream = TransformStream.new()
    writing = stream.writable.getWriter().write(1)
    await stream.readable.cancel(ValueError("gone"))
    with pytest.raises(ValueError, match="gone"):
        await writing


async def test_aborting_the_writable_side_fails_the_reader():
    stream = IdentityTransformStream.new()
    writer = stream.writable.getWriter()
    waiting = writer.write(array(b"x"))
    await writer.abort(ValueError("ab"))
    with pytest.raises(ValueError, match="ab"):
        await stream.readable.getReader().read()
    with pytest.raises(ValueError, match="ab"):
        await waiting


async def test_byte_streams_refuse_text_and_python_bytes():
    writer = IdentityTransformStream.new().writable.getWriter()
    with pytest.raises(JsException, match="received a string on its writable side"):
        await writer.write("abc")
    other = IdentityTransformStream.new().writable.getWriter()
    with pytest.raises(JsException, match="non-ArrayBuffer"):
        await other.write(b"abc")


async def test_a_fixed_length_is_known_and_kept():
    stream = FixedLengthStream.new(3)
    assert stream.readable._length == 3
    writer = stream.writable.getWriter()
    writer.write(array(b"abc"))
    writer.close()
    assert await content(stream.readable) == b"abc"


async def test_too_few_and_too_many_bytes_break_a_fixed_length():
    short = FixedLengthStream.new(3)
    writer = short.writable.getWriter()
    writer.write(array(b"ab"))
    writer.close()
    with pytest.raises(JsException, match="did not see all expected bytes before close"):
        await content(short.readable)
    long = FixedLengthStream.new(3)
    with pytest.raises(JsException, match="Attempt to write too many bytes"):
        await long.writable.getWriter().write(array(b"abcd"))


@pytest.mark.parametrize(
    ("length", "text"),
    [("x", "not an integer"), (-1, "is negative"), (2**53, "less than 2"), (None, "integer")],
)
def test_lengths_must_be_sensible(length: Any, text: str):
    with pytest.raises(JsException, match=text):
        FixedLengthStream.new(length)


async def test_asynchronous_start_transform_and_flush_are_waited_for():
    order = []

    async def note(what: str) -> None:
        await asyncio.sleep(0)
        order.append(what)

    async def transform(chunk: Any, controller: Any) -> None:
        await note("transform")
        controller.enqueue(chunk)

    stream = TransformStream.new(
        {"start": lambda c: note("start"), "transform": transform, "flush": lambda c: note("flush")},
        {"highWaterMark": 2},
        {"highWaterMark": 1},
    )
    writer = stream.writable.getWriter()
    assert writer.desiredSize == 2
    writer.write("x")
    closing = writer.close()
    assert [x async for x in stream.readable] == ["x"]
    await closing
    assert order == ["start", "transform", "flush"]


async def test_a_failing_flush_fails_both_sides():
    async def fail(controller: Any) -> None:
        raise ValueError("end")

    stream = TransformStream.new(flush=fail)
    closing = stream.writable.close()
    with pytest.raises(ValueError, match="end"):
        await stream.readable.getReader().read()
    with pytest.raises(ValueError, match="end"):
        await closing


async def test_a_controller_tells_and_breaks_off():
    seen: dict[str, Any] = {}
    stream = TransformStream.new(start=lambda c: seen.update(c=c))
    assert seen["c"].desiredSize == 0
    waiting = stream.writable.getWriter().write("x")
    seen["c"].error(ValueError("off"))
    with pytest.raises(ValueError, match="off"):
        await waiting
    with pytest.raises(ValueError, match="off"):
        await stream.readable.getReader().read()


async def test_cancel_is_told_the_transformer():
    reasons = []
    stream = TransformStream.new(cancel=reasons.append)
    await stream.readable.cancel("why")
    assert reasons == ["why"]


async def test_numbers_are_no_bytes_and_empty_chunks_pass_unseen():
    writer = IdentityTransformStream.new().writable.getWriter()
    await writer.write(array(b""))
    with pytest.raises(JsException, match="non-ArrayBuffer"):
        await writer.write(5)
