"""Which port dev listens on."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from sshim.dev import ports
from sshim.errors import PortInUse
from tests.ports import free_port


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def listen(opened: ExitStack, ip: str, port: int | None, **options: int) -> list[socket.socket]:
    sockets = ports.listen(ip, port, **options)
    for sock in sockets:
        opened.enter_context(sock)
    return sockets


def number(sockets: list[socket.socket]) -> int:
    numbers = {sock.getsockname()[1] for sock in sockets}
    assert len(numbers) == 1
    return int(numbers.pop())


def taken(opened: ExitStack, ip: str = "127.0.0.1") -> int:
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    return int(opened.enter_context(socket.create_server((ip, free_port()), family=family)).getsockname()[1])


def test_a_port_that_nobody_asked_for_is_told_of_when_it_is_not_the_usual_one(opened: ExitStack) -> None:
    sockets = listen(opened, "127.0.0.1", 0)
    at = number(sockets)
    assert ports.moved(None, sockets) == f"port 8787 is taken, so the Worker is served on {at}"
    assert ports.moved(0, sockets) is None
    assert ports.moved(None, sockets, first=at) is None


def test_localhost_is_both_loopback_addresses_on_one_port(opened: ExitStack) -> None:
    sockets = listen(opened, "localhost", 0)
    number(sockets)
    assert [sock.getsockname()[0] for sock in sockets] in (["127.0.0.1", "::1"], ["127.0.0.1"])


def test_an_asked_for_port_that_is_taken_is_refused_with_the_next_one_named(opened: ExitStack) -> None:
    port = taken(opened)
    with pytest.raises(PortInUse) as caught:
        ports.listen("localhost", port)
    assert f"Address already in use (127.0.0.1:{port})" in caught.value.message
    assert caught.value.hint == f"--port {port + 1}"


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_a_port_taken_on_one_loopback_address_counts_as_taken(opened: ExitStack) -> None:
    port = taken(opened, "::1")
    with pytest.raises(PortInUse) as caught:
        ports.listen("localhost", port)
    assert f"([::1]:{port})" in caught.value.message


def test_a_taken_default_port_gives_one_of_the_next_ten(opened: ExitStack) -> None:
    first = taken(opened)
    port = number(listen(opened, "localhost", None, first=first))
    assert port != first


def test_a_port_is_found_when_default_and_next_ten_are_taken(opened: ExitStack) -> None:
    first = _eleven_taken(opened)
    port = number(listen(opened, "127.0.0.1", None, first=first))
    assert not first <= port <= first + 10


def _eleven_taken(opened: ExitStack) -> int:
    """A number whose eleven ports are in use, by us or others."""
    first = 20_000
    for port in range(first, first + 11):
        try:
            opened.enter_context(socket.create_server(("127.0.0.1", port)))
        except OSError:
            continue
    return first


@pytest.mark.parametrize(
    ("ip", "shown"),
    [
        ("localhost", "http://localhost:1"),
        ("*", "http://localhost:1"),
        ("0.0.0.0", "http://localhost:1"),
        ("127.0.0.1", "http://127.0.0.1:1"),
        ("::1", "http://[::1]:1"),
    ],
)
def test_the_url_shown_is_one_that_opens(ip: str, shown: str) -> None:
    assert ports.url(ip, 1) == shown
