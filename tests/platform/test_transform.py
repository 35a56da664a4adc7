"""TransformStream, IdentityTransformStream and FixedLengthStream."""

import asyncio
from typing import Any

import pytest

from sshim.platform.exceptions import JsException
from sshim.platform.ffi import Uint8Array
from sshim.platform.streams import FixedLengthStream, IdentityTransformStream, TransformStream


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
    await asyncio.sleep(0.01)
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
