"""Access records that wait, and what becomes of them when they cannot be written."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sshim.control import ControlPlane, recorder
from sshim.control.recorder import AccessRecorder
from sshim.errors import StoreError, StoreUnavailable
from sshim.model import Actor
from sshim.store.audit import Note
from sshim.store.sealed import SealedStore

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def note(name: str) -> Note:
    return Note(NOW, Actor("super-administrator"), "access", "secret", name)


class Moody(SealedStore):
    """Refuses every change while it is out of order."""

    well = False

    def second(self) -> SealedStore:
        return self

    def change(self):  # type: ignore[no-untyped-def]
        if not self.well:
            raise StoreUnavailable(self.location, "it is out of order")
        return super().change()


@pytest.fixture
def store(plane: ControlPlane) -> Iterator[Moody]:
    opened = plane.store.opened()
    own = opened._replace(backend=opened.backend.second())
    yield Moody(lambda: own, location="here")
    own.backend.close()


def recorded(plane: ControlPlane) -> list[tuple[str, object]]:
    events = plane.audit(action="access", direction="asc")
    return [(event.resource_id, event.metadata.get("unrecorded_before")) for event in events]


def test_what_cannot_be_written_waits_for_the_next_time(
    plane: ControlPlane, store: Moody, caplog: pytest.LogCaptureFixture
) -> None:
    records = AccessRecorder(store, delay=0)
    with caplog.at_level(logging.WARNING):
        records._batch.add(note("first"))
        records._batch.flush()
    assert "access records wait" in caplog.text
    store.well = True
    records._batch.add(note("second"))
    records._batch.flush()
    assert recorded(plane) == [("first", None), ("second", None)]


def test_what_is_too_much_to_keep_is_counted_in_the_next_record(
    plane: ControlPlane, store: Moody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "MAX_WAITING", 2)
    records = AccessRecorder(store, delay=0)
    for name in ("a", "b", "c", "d", "e"):
        records._batch.add(note(name))
    store.well = True
    records.at_once(note("strict"))  # has its record whatever else was lost
    records.at_once(note("again"))
    assert recorded(plane) == [("a", 3), ("b", None), ("strict", None), ("again", None)]


def test_a_strict_record_that_fails_is_not_written_later(plane: ControlPlane, store: Moody) -> None:
    records = AccessRecorder(store, delay=0)
    with pytest.raises(StoreError):
        records.at_once(note("never handed out"))
    store.well = True
    records.close()
    assert recorded(plane) == []


def test_a_record_is_written_by_itself_a_moment_after(plane: ControlPlane, store: Moody) -> None:
    store.well = True
    records = AccessRecorder(store, delay=0.01)
    assert recorder.DELAY < 1
    for name in ("one", "two"):
        records.soon(note(name))
    for _ in range(2000):
        if len(recorded(plane)) == 2:
            break
        time.sleep(0.01)
    assert recorded(plane) == [("one", None), ("two", None)]
    records.close()


def test_what_waits_is_written_when_the_reader_is_forgotten(plane: ControlPlane, store: Moody) -> None:
    store.well = True
    records = AccessRecorder(store, delay=3600)
    records.soon(note("in an hour"))
    del records
    assert recorded(plane) == [("in an hour", None)]
