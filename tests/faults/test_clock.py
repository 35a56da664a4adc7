"""The clock may be wrong, stand still, and jump either way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sshim.control import ControlPlane
from sshim.model import SecretValue, new_secret
from sshim.store.open import open_store
from tests.faults.scene import ACTOR, SCOPES, STORE, Scene

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
YEARS = timedelta(days=3650)


class HandClock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def hand() -> HandClock:
    return HandClock()


@pytest.fixture
def opened(root: Path, hand: HandClock) -> Callable[[], ControlPlane]:
    scene = Scene(root / "s")

    def again() -> ControlPlane:
        return ControlPlane(open_store(scene.options(create=True)), actor=ACTOR, clock=hand)

    return again


@pytest.mark.parametrize("jump", [-YEARS, YEARS, timedelta(0), timedelta(microseconds=-1)])
def test_order_is_that_of_the_changes_not_of_the_clock(
    opened: Callable[[], ControlPlane], hand: HandClock, jump: timedelta
) -> None:
    plane = opened()
    plane.create_store(STORE, store_id=STORE)
    [secret] = plane.create_secrets(STORE, [new_secret("KEY", "first", SCOPES)])
    hand.now += jump
    changed = plane.update_secret(STORE, secret.id, value=SecretValue("second"))
    assert changed.version == 2
    assert changed.modified >= secret.modified
    events = plane.audit(direction="asc")
    assert [(event.seq, event.action) for event in events] == [(1, "create"), (2, "create"), (3, "update")]
    plane.close()
    again = opened()
    assert again.get_secret(STORE, secret.id) == changed
    again.close()


def test_a_token_ends_at_its_time_and_not_again_when_the_clock_goes_back(
    opened: Callable[[], ControlPlane], hand: HandClock
) -> None:
    plane = opened()
    _, token = plane.create_token(role="reporter", expires=NOON + timedelta(hours=1))
    assert plane.authenticate(token.reveal()) is not None
    hand.now = NOON + timedelta(hours=1)
    assert plane.authenticate(token.reveal()) is None
    hand.now = NOON
    assert plane.authenticate(token.reveal()) is None
    plane.close()
    again = opened()
    assert again.authenticate(token.reveal()) is None
    again.close()


def test_a_clock_that_is_set_back_gives_a_token_at_most_a_minute(
    opened: Callable[[], ControlPlane], hand: HandClock
) -> None:
    plane = opened()
    passed = [0.0]
    plane.monotonic = lambda: passed[0]
    _, token = plane.create_token(role="reporter", expires=NOON + timedelta(hours=1))
    lived = 0
    while plane.authenticate(token.reveal()) is not None:
        # a real minute passes, of which the clock shows a second
        passed[0] += 60
        hand.now += timedelta(seconds=1)
        lived += 60
        assert lived <= 3660
    assert lived >= 3600
    plane.close()
    hand.now = NOON
    again = opened()  # a new process has only what was written down
    assert again.authenticate(token.reveal()) is None
    again.close()


def test_a_clock_far_ahead_for_a_moment_harms_no_token_without_an_end(
    opened: Callable[[], ControlPlane], hand: HandClock
) -> None:
    plane = opened()
    _, token = plane.create_token(role="reporter")
    hand.now = NOON + YEARS
    assert plane.authenticate(token.reveal()) is not None
    hand.now = NOON
    assert plane.authenticate(token.reveal()) is not None
    _, other = plane.create_token(role="reporter", expires=NOON + timedelta(days=1))
    assert plane.authenticate(other.reveal()) is not None
    plane.close()


async def test_accesses_are_recorded_while_the_clock_goes_back(
    opened: Callable[[], ControlPlane], hand: HandClock
) -> None:
    plane = opened()
    plane.create_store(STORE, store_id=STORE)
    plane.create_secrets(STORE, [new_secret("KEY", "v", SCOPES)])
    reader = plane.reader(worker="w", environment=None)
    for step in (timedelta(0), timedelta(hours=-3), timedelta(hours=-3), YEARS):
        hand.now += step
        await reader.read(STORE, "KEY", "workers", binding="B")
    reader.close()
    times = [event.when for event in plane.audit(action="access", direction="asc")]
    assert len(times) == 4
    plane.close()
