"""Streams that fail: their source, their controller, and whoever reads them."""

from typing import Any

import pytest

from sshim.platform.exceptions import JsException
from sshim.platform.readable import ReadableStream


async def test_errors_of_start_pull_and_controller_reach_the_reader():
    def fail(controller: Any) -> None:
        raise ValueError("boo")

    with pytest.raises(ValueError, match="boo"):
        ReadableStream.new(start=fail)
    with pytest.raises(ValueError, match="boo"):
        await ReadableStream.new(pull=fail).getReader().read()
    stream = ReadableStream.new(start=lambda c: c.error("text"))
    reader = stream.getReader()
    with pytest.raises(JsException, match="text"):
        await reader.read()
    with pytest.raises(JsException, match="text"):
        await reader.closed


async def test_an_error_drops_what_is_queued():
    def start(controller: Any) -> None:
        controller.enqueue(1)
        controller.error(ValueError("z"))
        assert not controller.desiredSize

    with pytest.raises(ValueError, match="z"):
        await ReadableStream.new(start=start).getReader().read()


async def test_a_failing_asynchronous_start_or_cancel_reaches_the_caller():
    async def fail(*args: Any) -> None:
        raise ValueError("late")

    with pytest.raises(ValueError, match="late"):
        await ReadableStream.new(start=fail).getReader().read()
    with pytest.raises(ValueError, match="late"):
        await ReadableStream.new(cancel=fail).cancel()


async def test_a_failed_stream_fails_cancel_and_closed_too():
    stream = ReadableStream.new(start=lambda controller: controller.error(ValueError("x")))
    with pytest.raises(ValueError, match="x"):
        await stream.cancel()
    with pytest.raises(ValueError, match="x"):
        async for _ in stream:
            pass
    assert not stream.locked
