"""Requests from where they must not come: targets, Host, Origin and Sec-Fetch headers."""

from __future__ import annotations

import pytest

from sshim.api.guard import guard_for, split_host

GUARD = guard_for(8788, ["store.test", "Other.Test."])


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8788",
        "localhost:8788",
        "LOCALHOST:8788",
        "[::1]:8788",
        "api.localhost:8788",
        "a.b.localhost:8788",
        "store.test:8788",
        "STORE.test:8788",
        "other.test:8788",
    ],
)
def test_names_of_this_machine_with_our_port_are_served(host: str) -> None:
    assert GUARD.allows_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost",
        "127.0.0.1",
        "localhost:8787",
        "127.0.0.1:80",
        "evil.example",
        "evil.example:8788",
        "localhost.evil.example:8788",
        "localhost.:8788",
        "127.0.0.1.:8788",
        "127.0.0.2:8788",
        "127.1:8788",
        "2130706433:8788",
        "0.0.0.0:8788",
        "0:8788",
        "192.168.1.2:8788",
        "[::]:8788",
        "[::ffff:127.0.0.1]:8788",
        "::1:8788",
        "[::1]",
        "[::1]x:8788",
        "user@localhost:8788",
        "localhost:8788@evil.example",
        "localhost:8788/",
        "localhost:8788, evil.example",
        "localhost:08788x",
        "localhost:+8788",
        "localhost:",
        ".localhost:8788",
        "..localhost:8788",
        "xlocalhost:8788",
        "localhost\x00:8788",
        "locälhost:8788",
        "store.test.evil.example:8788",
        "127.0.0.1:8788:8788",
    ],
)
def test_every_other_host_is_refused(host: str) -> None:
    assert not GUARD.allows_host(host)


def test_the_address_a_client_connected_to_is_served_but_no_other_address() -> None:
    assert GUARD.allows_host("192.168.1.2:8788", local="192.168.1.2")
    assert not GUARD.allows_host("192.168.1.3:8788", local="192.168.1.2")
    assert not GUARD.allows_host("192.168.1.2:8787", local="192.168.1.2")


def test_a_listener_on_the_scheme_s_own_port_is_named_without_it() -> None:
    assert guard_for(80).allows_host("localhost")
    assert not guard_for(80).allows_host("localhost:8788")


def test_a_host_is_split_into_name_and_port() -> None:
    assert split_host("A.Example:80") == ("a.example", 80)
    assert split_host("[::1]:80") == ("[::1]", 80)
    assert split_host("[::1]") == ("[::1]", None)
    assert split_host("a b") == (None, None)
    assert split_host("::1") == (None, None)
