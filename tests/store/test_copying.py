"""A store moves between a folder and a database, whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sshim.control import ControlPlane
from sshim.errors import Corrupt, NameTaken, UsageError
from sshim.model import Actor, SecretValue, new_secret
from sshim.store.copying import copy_store, place_of
from sshim.store.disk import Disk
from sshim.store.open import StoreOptions, open_store
from sshim.store.schema import SECRETS

ACTOR = Actor("super-administrator", interface="test")
pytestmark = pytest.mark.postgres


class Broken(Exception):
    pass


@dataclass(frozen=True)
class BreakingDisk(Disk):
    at: str = ""

    def point(self, name: str) -> None:
        if name == self.at:
            raise Broken(name)


@pytest.fixture
def options(tmp_path: Path) -> StoreOptions:
    return StoreOptions(tmp_path / "from", key_folder=tmp_path / "keys", anchor_folder=tmp_path / "anchors")


@pytest.fixture(params=["to a database", "to a folder", "between databases"])
def places(
    request: pytest.FixtureRequest, options: StoreOptions, tmp_path: Path, fresh_url: Callable[[], str]
) -> tuple[StoreOptions, StoreOptions]:
    folder, other = options, options._replace(home=tmp_path / "to")
    url = options._replace(url=fresh_url())
    found = {
        "to a database": (folder, url),
        "to a folder": (url, other),
        "between databases": (url, options._replace(url=fresh_url())),
    }
    return found[request.param]


def fill(options: StoreOptions, count: int = 20) -> str:
    plane = ControlPlane(open_store(options._replace(create=True)), actor=ACTOR)
    store = plane.create_store("main")
    plane.create_secrets(
        store.id, [new_secret(f"S{n}", f"value {n} \U0001f511", ("workers",)) for n in range(count)]
    )
    plane.close()
    return store.id


def values(options: StoreOptions, store_id: str, count: int = 20) -> list[str]:
    plane = ControlPlane(open_store(options), actor=ACTOR)
    reader = plane.reader(worker=None, environment=None)
    try:
        return [asyncio.run(reader.read(store_id, f"S{n}", "workers")).reveal() for n in range(count)]
    finally:
        reader.close()
        plane.close()


EXPECTED = [f"value {n} \U0001f511" for n in range(20)]


def test_a_copy_holds_every_value_and_the_audit_log(places: tuple[StoreOptions, StoreOptions]) -> None:
    source, target = places
    store_id = fill(source)
    before = ControlPlane(open_store(source), actor=ACTOR)
    events = before.audit()
    before.close()
    moved = copy_store(source, target)
    assert (moved.secrets, moved.resumed) == (20, 0)
    after = ControlPlane(open_store(target), actor=ACTOR)
    assert after.audit() == events
    after.close()
    assert values(target, store_id) == EXPECTED
    assert values(source, store_id) == EXPECTED


@pytest.mark.parametrize("at", ["copy.filled", "copy.proven", "copy.placed"])
def test_a_copy_that_was_broken_off_goes_on_and_takes_up_what_changed(
    places: tuple[StoreOptions, StoreOptions], at: str
) -> None:
    source, target = places
    store_id = fill(source)
    with pytest.raises(Broken):
        copy_store(source, target._replace(disk=BreakingDisk(at)))
    absent = open_store(target)
    assert (absent.state() is None) == (at != "copy.placed")
    absent.close()
    if at != "copy.placed":
        plane = ControlPlane(open_store(source), actor=ACTOR)
        first = plane.find_secret(store_id, "S0")
        plane.update_secret(store_id, first.id, value=SecretValue("newer"))
        plane.delete_secret(store_id, plane.find_secret(store_id, "S19").id)
        plane.close()
        moved = copy_store(source, target)
        assert moved.resumed >= 18
        assert values(target, store_id, 19) == ["newer", *EXPECTED[1:19]]
    else:
        assert copy_store(source, target).secrets == 20
        assert values(target, store_id) == EXPECTED


def test_a_place_that_has_a_store_is_left_alone(places: tuple[StoreOptions, StoreOptions]) -> None:
    source, target = places
    fill(source)
    kept = fill(target)
    with pytest.raises(NameTaken):
        copy_store(source, target)
    assert values(target, kept) == EXPECTED


def test_the_same_copy_twice_counts_as_done(places: tuple[StoreOptions, StoreOptions]) -> None:
    source, target = places
    fill(source)
    assert copy_store(source, target).generation == copy_store(source, target).generation


def test_a_damaged_store_is_not_copied(places: tuple[StoreOptions, StoreOptions]) -> None:
    source, target = places
    fill(source)
    store = open_store(source)
    with store.opened().backend.write() as tx:
        tx.put(SECRETS, tx.rows(SECRETS)[0], b"not what was sealed")
    store.close()
    with pytest.raises(Corrupt):
        copy_store(source, target)
    absent = open_store(target)
    assert absent.state() is None
    absent.close()


def test_a_journal_that_is_left_of_a_lost_store_is_not_taken_for_that_of_the_copy(
    options: StoreOptions, tmp_path: Path
) -> None:
    fill(options)
    target = options._replace(home=tmp_path / "to")
    target.home.mkdir(0o700)
    Disk().create(target.home / "store.db-wal", b"pages")
    with pytest.raises(Corrupt, match="its journal is there"):
        copy_store(options, target)
    assert not target.path.exists()


def test_from_and_to_must_differ(options: StoreOptions) -> None:
    fill(options)
    with pytest.raises(UsageError):
        copy_store(options, options)


def test_a_place_is_a_url_or_a_folder(options: StoreOptions, tmp_path: Path) -> None:
    assert place_of("postgresql://h/d", tmp_path, options).url == "postgresql://h/d"
    assert place_of("data", tmp_path, options).home == tmp_path / "data"
