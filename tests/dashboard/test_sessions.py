"""One-time codes and the bearers they are exchanged for."""

from __future__ import annotations

import pytest

from sshim.dashboard.sessions import (
    CODE_SECONDS,
    MAX_CODES,
    MAX_SESSIONS,
    SESSION_SECONDS,
    Offer,
    Sessions,
    new_code,
    proof,
)
from sshim.errors import RequestRefused

KEY = b"k" * 32


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def sessions(clock: Seconds) -> Sessions:
    return Sessions(KEY, clock=clock)


def offered(sessions: Sessions, role: str = "admin") -> str:
    code = new_code()
    sessions.accept(Offer(code, role, proof(KEY, True, code, role)))
    return code


def test_a_code_has_128_bits_and_gives_a_bearer_of_its_role_once(sessions: Sessions) -> None:
    code = offered(sessions, "reporter")
    assert len(code) == 22 and code != new_code()
    bearer = sessions.exchange(code)
    assert bearer is not None and len(bearer) > 40
    identity = sessions.identity(bearer)
    assert identity is not None
    assert (identity.actor.role, identity.actor.interface, identity.kind) == ("reporter", "dashboard", "dash")
    assert sessions.exchange(code) is None


def test_a_code_that_comes_twice_ends_what_the_first_one_got(sessions: Sessions) -> None:
    """Somebody else has seen it, and nobody knows which of the two is the user."""
    code, other = offered(sessions), offered(sessions)
    first, untouched = sessions.exchange(code), sessions.exchange(other)
    assert first is not None and untouched is not None
    sessions.exchange(code)
    assert sessions.identity(first) is None
    assert sessions.identity(untouched) is not None


def test_a_code_is_good_for_a_minute(sessions: Sessions, clock: Seconds) -> None:
    late, good = offered(sessions), offered(sessions)
    clock.now += CODE_SECONDS - 0.1
    assert sessions.exchange(good) is not None
    clock.now += 0.2
    assert sessions.exchange(late) is None


def test_a_bearer_is_good_for_twelve_hours_or_until_it_is_ended(sessions: Sessions, clock: Seconds) -> None:
    one, two = sessions.exchange(offered(sessions)), sessions.exchange(offered(sessions))
    assert one is not None and two is not None
    sessions.end(one)
    sessions.end("dash_of-nobody")
    assert sessions.identity(one) is None and sessions.identity(two) is not None
    clock.now += SESSION_SECONDS
    assert sessions.identity(two) is None


@pytest.mark.parametrize(
    "offer",
    [
        Offer("c" * 22, "admin", proof(b"x" * 32, True, "c" * 22, "admin")),
        Offer("c" * 22, "admin", proof(KEY, False, "c" * 22, "admin")),
        Offer("c" * 22, "super-administrator", proof(KEY, True, "c" * 22, "admin")),
        Offer("c" * 22, "admin", ""),
        Offer("short", "admin", proof(KEY, True, "short", "admin")),
        Offer("c" * 22, "owner", proof(KEY, True, "c" * 22, "owner")),
    ],
    ids=["another key", "the answer given back", "another role", "no proof", "a short code", "no such role"],
)
def test_only_who_knows_the_key_can_offer_a_code(sessions: Sessions, offer: Offer) -> None:
    with pytest.raises(RequestRefused) as refused:
        sessions.accept(offer)
    assert refused.value.status == 403
    assert sessions.exchange(offer.code) is None


def test_the_program_proves_that_it_knows_the_key_too(sessions: Sessions) -> None:
    code = new_code()
    answer = sessions.accept(Offer(code, "admin", proof(KEY, True, code, "admin")))
    assert answer == proof(KEY, False, code, "admin") != proof(KEY, True, code, "admin")


def test_codes_and_sessions_are_few(sessions: Sessions, clock: Seconds) -> None:
    for _ in range(MAX_CODES):
        offered(sessions)
    with pytest.raises(RequestRefused) as refused:
        offered(sessions)
    assert refused.value.status == 429
    clock.now += CODE_SECONDS
    bearers = []
    for _ in range(MAX_SESSIONS + 1):
        bearers.append(sessions.exchange(offered(sessions)))
        clock.now += CODE_SECONDS
    known = [bearer for bearer in bearers if bearer and sessions.identity(bearer)]
    assert known == bearers[1:], "the oldest has made room"
