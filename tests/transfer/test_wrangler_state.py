"""Secrets out of wrangler's local state: a frozen one, damaged copies of it, and nothing changed there."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sshim.control import ControlPlane
from sshim.errors import TransferError
from sshim.model import Actor
from sshim.store.open import StoreOptions, open_store
from sshim.transfer import wrangler_state
from sshim.transfer.plan import apply, checked
from sshim.transfer.wrangler_state import NAMESPACE, incoming, read_state

FROZEN = Path(__file__).resolve().parents[2] / "fixtures" / "wrangler-state"
STORE = "0123456789abcdef0123456789abcdef"
HELD = [
    (STORE, "api-key", "203db7fc116543fd995c5c84e366abd8", "frozen-api-key"),
    (STORE, "multi_line", "c00f59edac1e486f9f850193913635b0", 'line one\nline "two" ☃'),
    ("my-store", "other", "3a1906bd070f447e8c200fbd0d26afd7", " y "),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project's folder with a copy of the state."""
    shutil.copytree(FROZEN / "v3", tmp_path / ".wrangler" / "state" / "v3")
    return tmp_path


@pytest.fixture
def folder(project: Path) -> Path:
    return project / ".wrangler" / "state" / "v3" / "secrets-store"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(wrangler_state, "_PAUSE", 0)
    yield


def held(directory: Path) -> list[tuple[str, str, str | None, str]]:
    return [(s.store_id, s.name, s.id, s.value.reveal()) for s in read_state(directory).secrets]


def fingerprint(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
        )
        for path in folder.rglob("*")
        if path.is_file()
    }


def database_of(folder: Path, store: str = STORE) -> Path:
    return folder / NAMESPACE / wrangler_state._database_of(store)


def change(database: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement, values)


@pytest.mark.parametrize(
    "place", [".", ".wrangler/state", ".wrangler/state/v3", ".wrangler/state/v3/secrets-store"]
)
def test_every_secret_is_found_from_the_project_or_the_states_folder(project: Path, place: str) -> None:
    assert held(project / place) == HELD


def test_nothing_is_changed_and_nothing_stays_behind(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = project / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    before = fingerprint(project)
    read_state(project)
    assert fingerprint(project) == before and list(temporary.iterdir()) == []


def test_a_state_that_is_in_use_is_read(project: Path, folder: Path) -> None:
    database = database_of(folder)
    with closing(sqlite3.connect(database)) as wrangler:
        wrangler.execute("UPDATE _mf_entries SET expiration = NULL")
        wrangler.commit()
        wrangler.execute("BEGIN IMMEDIATE")
        wrangler.execute("DELETE FROM _mf_entries")  # not committed: nobody else may see it
        assert held(project) == HELD
        wrangler.rollback()


def test_a_state_without_logs_is_read(project: Path, folder: Path) -> None:
    for database in (folder / NAMESPACE).glob("*.sqlite"):
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA journal_mode=DELETE")
    assert not list((folder / NAMESPACE).glob("*-wal"))
    assert held(project) == HELD


def test_an_empty_state_holds_nothing(project: Path, folder: Path) -> None:
    shutil.rmtree(folder / NAMESPACE)
    shutil.rmtree(folder / STORE)
    shutil.rmtree(folder / "my-store")
    (folder / NAMESPACE).mkdir()
    assert held(project) == []


def test_an_id_in_another_form_is_normalised_or_left_out(project: Path, folder: Path) -> None:
    database = database_of(folder)
    with_dashes = '{"uuid":"203db7fc-1165-43fd-995c-5c84e366abd8"}'
    change(database, "UPDATE _mf_entries SET metadata = ? WHERE key = 'api-key'", with_dashes)
    change(database, "UPDATE _mf_entries SET metadata = ? WHERE key = 'multi_line'", "[1")
    assert [each[2] for each in held(project)[:2]] == ["203db7fc116543fd995c5c84e366abd8", None]


def assert_refused(project: Path, said: str) -> None:
    before = fingerprint(project)
    with pytest.raises(TransferError, match=said) as caught:
        read_state(project)
    assert caught.value.hint
    for _, _, _, value in HELD:
        assert value not in caught.value.message + (caught.value.hint or "")
    assert fingerprint(project) == before


def test_a_folder_without_state_says_where_it_would_be(tmp_path: Path) -> None:
    assert_refused(tmp_path, "there are no secrets of wrangler")
    assert_refused(tmp_path / "none", "is not a folder")


def test_an_unknown_version_is_told_as_such(project: Path) -> None:
    (project / ".wrangler" / "state" / "v3").rename(project / ".wrangler" / "state" / "v9")
    assert_refused(project, "is of version v9; this version of sshim reads v3")


@pytest.mark.parametrize(
    "statement",
    ["ALTER TABLE _mf_entries RENAME TO entries", "ALTER TABLE _mf_entries RENAME blob_id TO blob"],
)
def test_another_schema_is_told_as_such(project: Path, folder: Path, statement: str) -> None:
    change(database_of(folder), statement)
    assert_refused(project, "is not in the form that wrangler 4 writes")


def test_a_lost_log_is_noticed(project: Path, folder: Path) -> None:
    database_of(folder).with_name(database_of(folder).name + "-wal").unlink()
    assert_refused(project, "do not fit together")


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_log_cut_short_is_noticed(project: Path, folder: Path, part: float) -> None:
    log = database_of(folder).with_name(database_of(folder).name + "-wal")
    log.write_bytes(log.read_bytes()[: int(log.stat().st_size * part)])
    assert_refused(project, "do not fit together|damaged")


def test_a_database_of_other_bytes_is_damaged(project: Path, folder: Path) -> None:
    database_of(folder).write_bytes(b"not a database" * 400)
    database_of(folder).with_name(database_of(folder).name + "-wal").unlink()
    assert_refused(project, "is damaged")


def test_a_database_with_a_broken_page_is_damaged(project: Path, folder: Path) -> None:
    database = database_of(folder)
    change(database, "PRAGMA user_version = 0")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(database.read_bytes())
    data[4096:8192] = b"\xff" * 4096
    database.write_bytes(data)
    assert_refused(project, "is damaged")


def test_a_missing_value_and_one_too_many_are_noticed(project: Path, folder: Path) -> None:
    blob = next((folder / STORE / "blobs").iterdir())
    (folder / STORE / "blobs" / "0123").write_text("left over")
    assert_refused(project, "do not fit together")
    (folder / STORE / "blobs" / "0123").unlink()
    blob.unlink()
    assert_refused(project, "do not fit together")


def test_a_store_whose_folder_is_gone_is_noticed(project: Path, folder: Path) -> None:
    shutil.rmtree(folder / "my-store")
    assert_refused(project, "belongs to no store's folder")


def test_a_value_that_is_not_text_is_told_by_name(project: Path, folder: Path) -> None:
    for blob in (folder / "my-store" / "blobs").iterdir():
        blob.write_bytes(b"\xff\xfe")
    assert_refused(project, "value of 'other' is not UTF-8 text")


def test_a_link_in_place_of_a_value_is_not_followed(project: Path, folder: Path) -> None:
    (project / "elsewhere").write_text("somebody's")
    for blob in (folder / "my-store" / "blobs").iterdir():
        blob.unlink()
        blob.symlink_to(project / "elsewhere")
    assert_refused(project, "value of 'other' cannot be read")


def test_a_pipe_in_place_of_a_value_does_not_hang(project: Path, folder: Path) -> None:
    for blob in (folder / "my-store" / "blobs").iterdir():
        blob.unlink()
        os.mkfifo(blob)
    with pytest.raises(TransferError, match="is not a plain file"):
        read_state(project)


@pytest.mark.parametrize("blob", ["../../../secret", "/etc/passwd", "a/b", "", "x" * 300])
def test_a_blob_outside_of_its_folder_is_not_read(project: Path, folder: Path, blob: str) -> None:
    (project / ".wrangler" / "secret").write_text("somebody's")
    change(database_of(folder), "UPDATE _mf_entries SET blob_id = ? WHERE key = 'api-key'", blob)
    assert_refused(project, "is damaged")


def test_ids_are_kept_where_they_are_free(project: Path, tmp_path: Path) -> None:
    options = StoreOptions(
        tmp_path / "home", key_folder=tmp_path / "keys", anchor_folder=tmp_path / "anchors", create=True
    )
    control = ControlPlane(open_store(options), actor=Actor("admin"))
    try:
        found = checked(incoming(read_state(project)))
        assert [each.step for each in apply(control, found, source="wrangler")] == ["create"] * 3
        kept = {secret.name: secret for secret in control.list_secrets(STORE)}
        assert {name: secret.id for name, secret in kept.items()} == {name: id for _, name, id, _ in HELD[:2]}
        assert kept["api-key"].scopes == ("workers",)
        assert [each.step for each in apply(control, found, source="wrangler")] == ["leave"] * 3
        elsewhere = [each._replace(store_id="another") for each in found[:1]]
        apply(control, elsewhere, source="wrangler")
        (second,) = control.list_secrets("another")
        assert second.id != kept["api-key"].id
    finally:
        control.close()
