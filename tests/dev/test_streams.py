"""What a handler prints, and how lines reach a descriptor."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator

import pytest

from sshim.dev.streams import ConsoleStream, LineSink
from sshim.redaction import Redactor


def test_a_line_is_shown_when_it_is_finished() -> None:
    lines: list[str] = []
    stream = ConsoleStream(lines.append)
    print("one", end="", file=stream)
    assert lines == []
    print(" line", "and\nanother", file=stream)
    assert lines == ["one line and", "another"]


def test_a_line_never_finished_is_shown_at_the_end() -> None:
    lines: list[str] = []
    stream = ConsoleStream(lines.append)
    stream.write("half")
    stream.end()
    stream.end()
    assert lines == ["half"]


def test_it_passes_for_a_text_stream() -> None:
    stream = ConsoleStream(lambda line: None)
    assert stream.writable() and not stream.isatty() and stream.encoding == "utf-8"
    stream.flush()
    with pytest.raises(OSError):
        stream.fileno()


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    yield reader, writer
    os.close(reader)
    os.close(writer)


def test_without_a_loop_a_line_is_out_at_once(pipe: tuple[int, int]) -> None:
    LineSink(pipe[1]).write("now\n")
    assert os.read(pipe[0], 100) == b"now\n"


async def test_lines_that_come_close_together_go_out_together(pipe: tuple[int, int]) -> None:
    sink = LineSink(pipe[1])
    sink.follow(asyncio.get_running_loop())
    sink.write("a\n")
    sink.write("b\n")
    with pytest.raises(BlockingIOError):
        os.read(pipe[0], 100)
    readable = asyncio.Event()
    asyncio.get_running_loop().add_reader(pipe[0], readable.set)
    await asyncio.wait_for(readable.wait(), 30)
    asyncio.get_running_loop().remove_reader(pipe[0])
    assert os.read(pipe[0], 100) == b"a\nb\n"


async def test_flush_does_not_wait_for_the_loop(pipe: tuple[int, int]) -> None:
    sink = LineSink(pipe[1])
    sink.follow(asyncio.get_running_loop())
    sink.write("a\n")
    sink.flush()
    assert os.read(pipe[0], 100) == b"a\n"


async def test_a_value_that_becomes_known_while_a_line_waits_is_masked(
    pipe: tuple[int, int],
) -> None:
    redactor = Redactor()
    sink = LineSink(pipe[1], redact=redactor.redact)
    sink.follow(asyncio.get_running_loop())
    sink.write("GET /canary-value 200\n")
    redactor.add("canary-value")
    sink.write("GET /canary-value 200\n")
    sink.flush()
    assert os.read(pipe[0], 100) == b"GET /*** 200\n" * 2


async def test_lines_of_several_threads_are_all_there_and_whole(pipe: tuple[int, int]) -> None:
    sink = LineSink(pipe[1])
    sink.follow(asyncio.get_running_loop())
    mine = [f"loop {number}\n" for number in range(200)]
    theirs = [f"thread {number}\n" for number in range(200)]
    writing = asyncio.gather(*(asyncio.to_thread(sink.write, line) for line in theirs))
    for line in mine:
        sink.write(line)
        await asyncio.sleep(0)
    await writing
    sink.flush()
    lines = os.read(pipe[0], 65_536).decode().splitlines(keepends=True)
    assert sorted(lines) == sorted([*mine, *theirs])
    assert [line for line in lines if line.startswith("loop")] == mine


async def test_another_thread_writes_at_once(pipe: tuple[int, int]) -> None:
    sink = LineSink(pipe[1])
    sink.follow(asyncio.get_running_loop())
    await asyncio.to_thread(sink.write, "from a thread\n")
    assert os.read(pipe[0], 100) == b"from a thread\n"


def test_a_reader_that_has_left_is_not_an_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    sink = LineSink(writer)
    sink.write("anyone?\n")
    sink.write("anyone?\n")
    os.close(writer)
    assert sys.exc_info() == (None, None, None)


def test_letters_that_have_no_encoding_are_still_shown(pipe: tuple[int, int]) -> None:
    LineSink(pipe[1]).write("a\udcffb\n")
    assert os.read(pipe[0], 100) == b"a\\udcffb\n"
