"""What every backend promises, on SQLite and on PostgreSQL alike, through the interface and the door."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sshim.control import ControlPlane
from sshim.errors import Corrupt, NameTaken, RolledBack, SecretNotFound, WrongKey
from sshim.model import Actor, SecretValue, Store, new_secret
from sshim.store.interface import Backend
from sshim.store.open import StoreOptions, open_store
from sshim.store.schema import ALL_TABLES, SCHEMA, SECRETS

ACTOR = Actor("super-administrator", interface="test")
NAME = "API_KEY"


@dataclass
class Place:
    """One place for a store, opened as often as wanted."""

    options: StoreOptions
    opened: list[ControlPlane]

    def open(self, *, create: bool = True, **changes: object) -> ControlPlane:
        options = self.options._replace(create=create, **changes)  # type: ignore[arg-type]
        plane = ControlPlane(open_store(options), actor=ACTOR)
        self.opened.append(plane)
        return plane

    def backend(self) -> Backend:
        return self.open().store.opened().backend

    def store(self) -> tuple[ControlPlane, Store]:
        plane = self.open()
        return plane, plane.create_store("main")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    url = request.getfixturevalue("fresh_url")() if request.param == "postgresql" else None
    options = StoreOptions(
        tmp_path / "home", url=url, key_folder=tmp_path / "keys", anchor_folder=tmp_path / "anchors"
    )
    found = Place(options, [])
    yield found
    for plane in found.opened:
        plane.close()


def put(plane: ControlPlane, store: Store, value: str, name: str = NAME) -> str:
    return plane.create_secrets(store.id, [new_secret(name, value, ("workers",))])[0].id


def read(plane: ControlPlane, store: Store, name: str = NAME) -> str:
    reader = plane.reader(worker=None, environment=None)
    try:
        return asyncio.run(reader.read(store.id, name, "workers")).reveal()
    finally:
        reader.close()


def test_a_place_without_a_store_reads_as_empty_and_is_found_when_one_is_made(place: Place) -> None:
    before = place.open(create=False)
    assert before.list_stores() == []
    place.store()
    assert [store.name for store in before.list_stores()] == ["main"]


def test_a_value_comes_back_as_it_was_written_for_every_opening(place: Place) -> None:
    plane, store = place.store()
    value = "ключ \U0001f511 ' \" \\ %s ; DROP SCHEMA sshim --\r\n"
    put(plane, store, value)
    assert read(place.open(create=False), store) == value


@pytest.mark.parametrize("size", [1, 1023, 1024, 65536])
def test_values_of_every_size_come_back(place: Place, size: int) -> None:
    plane, store = place.store()
    put(plane, store, "x" * size)
    assert read(place.open(create=False), store) == "x" * size


def test_comments_hold_what_people_write(place: Place) -> None:
    plane, store = place.store()
    comment = "für Zoë'; DELETE FROM secrets; -- %s {} \U0001f511"
    plane.create_secrets(store.id, [new_secret(NAME, "v", ("workers",), comment)])
    assert place.open(create=False).list_secrets(store.id)[0].comment == comment


def test_a_change_by_one_is_seen_by_another_that_was_open_before(place: Place) -> None:
    plane, store = place.store()
    other = place.open(create=False)
    secret_id = put(plane, store, "first")
    assert other.list_secrets(store.id)[0].version == 1
    plane.update_secret(store.id, secret_id, value=SecretValue("second"))
    assert other.list_secrets(store.id)[0].version == 2
    assert read(other, store) == "second"


def test_a_deleted_secret_is_gone_for_everybody(place: Place) -> None:
    plane, store = place.store()
    other = place.open(create=False)
    plane.delete_secret(store.id, put(plane, store, "v"))
    assert other.list_secrets(store.id) == []
    with pytest.raises(SecretNotFound):
        read(other, store)


def test_a_change_that_fails_leaves_nothing_behind(place: Place) -> None:
    plane, store = place.store()
    put(plane, store, "v")
    with pytest.raises(NameTaken):
        plane.create_secrets(
            store.id, [new_secret("OTHER", "w", ("workers",)), new_secret(NAME, "x", ("workers",))]
        )
    assert [secret.name for secret in place.open(create=False).list_secrets(store.id)] == [NAME]


def test_a_transaction_left_by_an_exception_changes_nothing(place: Place) -> None:
    place.store()
    backend = place.backend()
    with backend.read() as tx:
        before = {table.name: sorted(tx.rows(table), key=repr) for table in ALL_TABLES}
    with pytest.raises(ZeroDivisionError), backend.write() as tx:
        for table in ALL_TABLES:
            for row in tx.rows(table):
                tx.delete(table, row[0])
        raise ZeroDivisionError
    with backend.read() as tx:
        assert {table.name: sorted(tx.rows(table), key=repr) for table in ALL_TABLES} == before


def test_a_reader_keeps_its_snapshot_while_another_commits(place: Place) -> None:
    plane, store = place.store()
    backend = plane.store.opened().backend.second()
    try:
        with backend.read() as tx:
            before, version = tx.rows(SECRETS), tx.version()
            put(plane, store, "v")
            assert tx.rows(SECRETS) == before == []
            assert tx.version() == version
        with backend.read() as tx:
            assert len(tx.rows(SECRETS)) == 1
    finally:
        backend.close()


def test_the_tables_are_those_of_the_format(place: Place) -> None:
    with place.backend().read() as tx:
        assert tx.schema() == SCHEMA


def test_a_payload_stays_when_only_its_row_is_put(place: Place) -> None:
    plane, store = place.store()
    secret_id = put(plane, store, "v")
    plane.update_secret(store.id, secret_id, comment="changed")
    assert read(place.open(create=False), store) == "v"


def test_another_key_is_refused_and_nothing_is_made_in_its_place(place: Place) -> None:
    _, store = place.store()
    with pytest.raises(WrongKey):
        place.open(key=b"k" * 32)
    assert place.open(create=False).list_stores() == [store]


def test_every_change_is_in_the_audit_log_in_order(place: Place) -> None:
    plane, store = place.store()
    secret_id = put(plane, store, "v")
    plane.delete_secret(store.id, secret_id)
    events = place.open(create=False).audit(direction="asc")
    assert [(e.action, e.resource_type) for e in events] == [
        ("create", "store"), ("create", "secret"), ("delete", "secret"),
    ]  # fmt: skip


def test_writers_wait_for_each_other_and_no_change_is_lost(place: Place) -> None:
    plane, store = place.store()
    errors: list[BaseException] = []

    def write(number: int) -> None:
        mine = place.open(create=False)
        try:
            for turn in range(5):
                put(mine, store, "v", f"S{number}_{turn}")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert len(plane.list_secrets(store.id)) == 20
    assert len(plane.audit(resource_type="secret")) == 20


def test_two_creators_at_once_make_one_store(place: Place) -> None:
    options = place.options._replace(key=b"k" * 32)
    barrier, made = threading.Barrier(4), []

    def make() -> None:
        barrier.wait(30)
        store = open_store(options._replace(create=True))
        made.append((store.made is not None, store.opened().keys.vault_id))
        store.close()

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(made) == 4
    assert sum(first for first, _ in made) == 1
    assert len({vault for _, vault in made}) == 1


def test_an_older_state_put_in_its_place_is_refused_where_the_newer_was_seen(place: Place) -> None:
    plane, store = place.store()
    backend = plane.store.opened().backend
    with backend.read() as tx:
        old = {table: tx.rows(table) for table in ALL_TABLES}
    secret_id = put(plane, store, "v")
    plane.close()
    opened = place.open(create=False).store
    raw = opened.opened().backend
    with raw.write() as tx:
        tx.delete(SECRETS, secret_id)
        for row in list(tx.audit(old_seq := max(row[0] for row in old[ALL_TABLES[2]]))):
            tx.delete(ALL_TABLES[2], row[0])
        assert old_seq == 1
        for table in (ALL_TABLES[1], ALL_TABLES[0]):
            for row in old[table]:
                tx.put(table, row)
    with pytest.raises(RolledBack):
        place.open(create=False)


def test_a_row_that_was_taken_away_is_noticed(place: Place) -> None:
    plane, store = place.store()
    secret_id = put(plane, store, "v")
    with plane.store.opened().backend.write() as tx:
        tx.delete(SECRETS, secret_id)
    with pytest.raises(Corrupt):
        read(place.open(create=False), store)


def test_a_change_runs_on_after_the_connection_was_closed(place: Place) -> None:
    plane, store = place.store()
    plane.store.forget()
    put(plane, store, "v")
    assert read(plane, store) == "v"
