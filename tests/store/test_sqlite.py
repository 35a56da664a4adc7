"""The file of a store under other hands: exchanged, replaced, deleted while it is open."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from sshim.errors import Corrupt, StoreFull, StoreUnavailable
from sshim.model import SecretValue
from sshim.store import sqlite
from sshim.store.disk import Disk
from sshim.store.interface import Gone
from sshim.store.schema import HEADER, SECRETS
from sshim.store.sqlite import SqliteBackend
from sshim.store.sqlite_making import create_sqlite
from tests.faults.scene import STORE, Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "s").filled(2)


def exchange(path: Path) -> None:
    """Another file, as whole, takes the name."""
    fresh = path.with_name("fresh")
    shutil.copy(path, fresh)
    fresh.replace(path)


def test_a_file_that_is_exchanged_while_it_is_opened_is_refused(scene: Scene) -> None:
    class Quick(Disk):
        def connect(self, path: Path) -> sqlite3.Connection:
            exchange(path)
            return super().connect(path)

    with pytest.raises(Corrupt, match="exchanged while it was opened"):
        SqliteBackend(scene.path, Quick())


def test_one_that_is_replaced_later_is_gone(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "IDENTITY_HOLDS", -1)
    for use in (
        lambda backend: backend.version(),
        lambda backend: backend.read().__enter__(),
        lambda backend: backend.write().__enter__(),
    ):
        backend = SqliteBackend(scene.path, Disk())
        backend.version()
        exchange(scene.path)
        with pytest.raises(Gone):
            use(backend)


def test_a_store_that_was_replaced_is_read_anew(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "IDENTITY_HOLDS", -1)
    plane = scene.plane(create=False)
    secret = plane.find_secret(STORE, "KEY_0")
    exchange(scene.path)
    plane.update_secret(STORE, secret.id, value=SecretValue("in the new file"))
    plane.close()
    seen = scene.look()
    assert seen is not None and seen.values[STORE, "KEY_0"] == "in the new file"


def test_a_value_is_only_handed_out_with_the_row_that_was_asked_for(scene: Scene) -> None:
    store, plane = scene.plane(create=False).store, scene.plane(create=False)
    state = store.state()
    assert state is not None
    row = next(row for row in state.tables[SECRETS.name].values() if row[2] == "KEY_0")
    plane.update_secret(STORE, row[0], value=SecretValue("newer"))
    assert store.value(row[0], expected=row) is None
    plane.close()
    store.close()


def test_a_new_file_has_its_name_only_when_it_is_whole_and_synced(scene: Scene) -> None:
    steps: list[str] = []

    class Telling(Disk):
        def sync_file(self, path: Path) -> None:
            steps.append("sync")
            super().sync_file(path)

        def rename(self, source: Path, target: Path) -> None:
            steps.append("rename")
            super().rename(source, target)

    target = scene.home / "another.db"
    create_sqlite(target, Telling(), lambda tx: tx.put(HEADER, (1, 1, "body", b"")))
    assert steps == ["sync", "rename"]
    backend = SqliteBackend(target, Disk(), private=True)
    with backend.read() as tx:
        assert tx.rows(HEADER) == [(1, 1, "body", b"")]
    backend.close()


def test_a_file_that_cannot_be_made_leaves_nothing(scene: Scene) -> None:
    class Stopping(Disk):
        def point(self, name: str) -> None:
            if name == "create.before-rename":
                raise StoreFull("here", "no space left")

    before = sorted(scene.home.iterdir())
    with pytest.raises(StoreFull):
        create_sqlite(scene.home / "another.db", Stopping(), lambda tx: None)
    assert sorted(scene.home.iterdir()) == before


def test_a_journal_without_its_file_is_no_place_for_a_new_store(scene: Scene) -> None:
    scene.path.rename(scene.home / "lost")
    scene.path.with_name("store.db-wal").write_bytes(b"the last commits")
    with pytest.raises(Corrupt, match="its journal is there"):
        scene.plane()
    assert not scene.path.exists()
    assert scene.path.with_name("store.db-wal").read_bytes() == b"the last commits"


def test_what_is_folded_into_the_file_is_in_the_file(scene: Scene) -> None:
    backend = SqliteBackend(scene.path, Disk())
    with backend.write() as tx:
        tx.put(HEADER, (7, 7, "body", b""))
    backend.fold()
    alone = scene.home / "alone.db"
    shutil.copy(scene.path, alone)
    connection = sqlite3.connect(alone)
    assert connection.execute("SELECT count(*) FROM header").fetchone() == (2,)
    connection.close()
    backend.close()


def test_a_store_that_vanishes_is_said_to_be_gone_and_not_made_anew(scene: Scene) -> None:
    plane = scene.plane(create=False)
    assert plane.list_secrets(STORE)
    scene.path.rename(scene.home / "lost")
    with pytest.raises(StoreUnavailable):
        plane.create_gateway("another")
    assert not scene.path.exists()
    plane.close()


def test_sqlite_is_asked_for_a_version_only_after_a_commit(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "IDENTITY_HOLDS", 3600)
    backend, plane = SqliteBackend(scene.path, Disk()), scene.plane(create=False)
    first = backend.version()
    assert {backend.version() for _ in range(sqlite.OFTEN + 2)} == {first}
    asked: list[str] = []
    backend._connection.set_trace_callback(asked.append)
    assert {backend.version() for _ in range(10)} == {first}
    assert asked == []
    plane.update_secret(STORE, plane.find_secret(STORE, "KEY_0").id, value=SecretValue("newer"))
    second = backend.version()
    assert second != first
    assert {backend.version() for _ in range(10)} == {second}
    assert asked == ["PRAGMA data_version"]
    backend.close()
    plane.close()


def test_a_shared_index_that_misleads_hides_a_commit_for_a_moment_only(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, plane = SqliteBackend(scene.path, Disk()), scene.plane(create=False)
    versions = {backend.version() for _ in range(sqlite.OFTEN + 2)}
    with open("/dev/zero", "rb") as another:
        index = backend._index
        assert index is not None
        index._descriptor = another.fileno()
        versions |= {backend.version() for _ in range(2)}
        plane.update_secret(STORE, plane.find_secret(STORE, "KEY_0").id, value=SecretValue("newer"))
        monkeypatch.setattr(sqlite, "IDENTITY_HOLDS", -1)  # as if that time were over
        assert backend.version() not in versions
    backend.close()
    plane.close()
