"""Which Host names reach a Worker's listener."""

import pytest

from sshim.worker.host import HostRule, host_name


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8787",
        "LOCALHOST:8787",
        "127.0.0.1:8787",
        "127.0.0.53",
        "[::1]:8787",
        "app.localhost:8787",
        "localhost.:8787",
    ],
)
def test_loopback_names_pass(host: str) -> None:
    assert HostRule().allows_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8787",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.168.1.5:8787",
        "169.254.169.254",
        "[fe80::1]:8787",
        "xlocalhost",
        "",
        ":8787",
        "localhost:1@evil.example",
        "localhost:8787/x",
        "2130706433",
        "0x7f000001",
    ],
)
def test_other_names_do_not_pass(host: str) -> None:
    assert not HostRule().allows_host(host)


def test_a_name_the_user_allowed_passes_with_any_port() -> None:
    rule = HostRule(["dev.example.com"])
    assert rule.allows_host("dev.example.com:8787")
    assert not rule.allows_host("www.dev.example.com")


def test_an_address_passes_when_the_user_listens_on_all_of_them() -> None:
    assert HostRule(bound="0.0.0.0").allows_host("192.168.1.5:8787")
    assert not HostRule(bound="0.0.0.0").allows_host("evil.example")


def test_a_refused_host_stays_refused_when_asked_again() -> None:
    rule = HostRule()
    assert [rule.allows_host("evil.example") for _ in range(3)] == [False, False, False]


@pytest.mark.parametrize(
    ("origin", "passes"),
    [
        (None, True),
        ("http://localhost:8787", True),
        ("http://127.0.0.1:3000", True),
        ("https://evil.example", False),
        ("null", False),
        ("http://[", False),
    ],
)
def test_an_origin_must_name_this_machine(origin: str | None, passes: bool) -> None:
    assert HostRule().allows_origin(origin) is passes


def test_the_name_of_a_host_header_is_without_port_brackets_and_final_dot() -> None:
    assert [host_name(h) for h in ("A.b:1", "[::1]:2", "a.", "::1")] == ["a.b", "::1", "a", "::1"]
