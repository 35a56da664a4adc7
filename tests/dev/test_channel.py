"""Messages over a socket pair."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from sshim.dev.channel import Channel, Closed


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    left, right = map(Channel, socket.socketpair())
    yield left, right
    left.close()
    right.close()


def test_messages_arrive_whole_and_in_order(ends: tuple[Channel, Channel]) -> None:
    left, right = ends
    left.send("one")
    left.send({"two": 2})
    assert right.receive() == ["one", {"two": 2}]


def test_nothing_sent_is_nothing_received(ends: tuple[Channel, Channel]) -> None:
    assert ends[1].receive() == []
    assert ends[1].wait(0.01) == []


def test_a_message_larger_than_the_socket_is_kept_and_sent_later(ends: tuple[Channel, Channel]) -> None:
    left, right = ends
    big = "x" * 3_000_000
    left.send(big)
    assert left.pending
    got: list[object] = []
    while not got:
        got = right.receive()
        left.flush()
    assert got == [big] and not left.pending


def test_send_all_returns_only_when_everything_is_out(ends: tuple[Channel, Channel]) -> None:
    left, right = ends
    got: list[object] = []

    def read() -> None:
        while not got:
            got.extend(right.wait(5))

    reader = threading.Thread(target=read)
    reader.start()
    left.send_all("y" * 3_000_000)
    assert not left.pending
    reader.join(5)
    assert len(got) == 1


def test_what_was_sent_before_the_end_is_still_received(ends: tuple[Channel, Channel]) -> None:
    left, right = ends
    left.send("last words")
    left.close()
    assert right.receive() == ["last words"]
    with pytest.raises(Closed):
        right.receive()


def test_sending_to_a_closed_end_is_not_an_error(ends: tuple[Channel, Channel]) -> None:
    left, right = ends
    right.close()
    left.send("anyone?")
    left.send_all("anyone?")
    assert not left.pending
