"""Listening on several addresses, or on none of them."""

from __future__ import annotations

import socket
from contextlib import ExitStack

import pytest

from sshim.errors import PortInUse, UsageError
from sshim.sockets import LOOPBACKS, is_loopback, listen_on
from tests.ports import free_port


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.8.7", "::1"])
def test_hosts_that_only_this_machine_can_mean(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example.com", "127.1", "localhost.example.com", "[::1]"],
)
def test_hosts_that_others_may_answer_for(host: str) -> None:
    assert not is_loopback(host)


def test_all_sockets_have_one_port_number() -> None:
    with ExitStack() as opened:
        sockets = [opened.enter_context(sock) for sock in listen_on(LOOPBACKS, 0)]
        assert len({sock.getsockname()[1] for sock in sockets}) == 1


def test_a_port_taken_on_the_second_address_leaves_none_open() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with socket.create_server(("::1", free_port()), family=socket.AF_INET6) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortInUse) as caught:
            listen_on(LOOPBACKS, port)
        assert f"([::1]:{port})" in caught.value.message
        socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_an_address_of_another_machine_is_a_usage_error(address: str) -> None:
    with pytest.raises(UsageError, match="not an address of this machine"):
        listen_on((address,), 0)


@pytest.mark.parametrize("port", [-1, 65_536, 900_000])
def test_a_number_that_is_no_port_is_a_usage_error(port: int) -> None:
    with pytest.raises(UsageError, match="not a port number"):
        listen_on(LOOPBACKS, port)
