"""Waiting for sockets and signals in one thread."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from sshim.dev.channel import Channel
from sshim.dev.loop import Loop
from tests.settling import PATIENCE


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    left, right = socket.socketpair()
    with left, right:
        yield left, right


def test_an_action_is_called_when_its_source_is_readable(
    loop: Loop, pair: tuple[socket.socket, socket.socket]
) -> None:
    got: list[bytes] = []
    loop.watch(pair[0], lambda: got.append(pair[0].recv(10)))
    loop.wait(0)
    assert got == []
    pair[1].send(b"x")
    loop.wait(PATIENCE)
    assert got == [b"x"]


def test_a_forgotten_source_is_left_alone(loop: Loop, pair: tuple[socket.socket, socket.socket]) -> None:
    got: list[str] = []
    loop.watch(pair[0], lambda: got.append("heard"))
    loop.forget(pair[0])
    loop.forget(pair[0])
    pair[1].send(b"x")
    loop.wait(0)
    assert got == []


def test_a_channel_goes_on_sending(loop: Loop, pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = Channel(pair[0]), Channel(pair[1])
    loop.watch(near, lambda: None)
    near.send("x" * 2_000_000)
    assert near.pending
    got: list[object] = []
    deadline = time.monotonic() + PATIENCE
    while not got and time.monotonic() < deadline:
        got = far.receive()
        loop.wait(0.1)
    assert len(got) == 1 and not near.pending


def test_another_thread_can_wake_it(loop: Loop) -> None:
    waker = threading.Timer(0.02, loop.wake)
    waker.start()
    began = time.monotonic()
    loop.wait(2 * PATIENCE)
    assert time.monotonic() - began < PATIENCE
    waker.join()


def test_a_caught_signal_ends_the_wait_and_is_told_once(loop: Loop) -> None:
    loop.catch((signal.SIGUSR1, signal.SIGUSR2))
    os.kill(os.getpid(), signal.SIGUSR1)
    loop.wait(PATIENCE)
    assert loop.caught() == [signal.SIGUSR1]
    assert loop.caught() == []


def test_a_caught_signal_may_be_disregarded_before_it_is_heard_of(loop: Loop) -> None:
    loop.catch((signal.SIGUSR1, signal.SIGUSR2))
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGUSR1):
        os.kill(os.getpid(), number)
    loop.disregard(signal.SIGUSR1)
    assert loop.caught() == [signal.SIGUSR2]
    loop.wait(0)
    assert loop.caught() == []


def test_closing_gives_the_signals_back() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    loop = Loop()
    loop.catch((signal.SIGUSR1,))
    assert signal.getsignal(signal.SIGUSR1) is not before
    loop.close()
    assert signal.getsignal(signal.SIGUSR1) is before
