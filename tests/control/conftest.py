"""A store in a temporary folder, nothing of the user's own, and a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sshim.control import ControlPlane
from sshim.model import Actor
from sshim.store.open import StoreOptions, open_store

SUPER = Actor("super-administrator", interface="test")


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def options(tmp_path: Path) -> StoreOptions:
    return StoreOptions(
        tmp_path / "home",
        key_folder=tmp_path / "keys",
        anchor_folder=tmp_path / "anchors",
        create=True,
        lock_timeout=5,
    )


@pytest.fixture
def opened(options: StoreOptions, clock: Clock) -> Iterator[Callable[..., ControlPlane]]:
    """Opens the store once more, as another process would."""
    planes: list[ControlPlane] = []

    def again(actor: Actor = SUPER) -> ControlPlane:
        plane = ControlPlane(open_store(options), actor=actor, clock=clock)
        planes.append(plane)
        return plane

    yield again
    for plane in planes:
        plane.close()


@pytest.fixture
def plane(opened: Callable[..., ControlPlane]) -> ControlPlane:
    """An account with the store `main`."""
    plane = opened()
    plane.create_store("main", store_id="main")
    return plane
