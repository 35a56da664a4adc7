"""What a change replaces is gone from the files, not only from the tables."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from sshim.model import SecretValue, new_secret
from sshim.store import sqlite_connection
from tests.faults.scene import SCOPES, STORE, Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "s").filled(2)


def ciphertexts(scene: Scene) -> dict[str, bytes]:
    """The last 48 bytes of every sealed value, by name."""
    connection = sqlite3.connect(f"file:{scene.path}?mode=ro", uri=True)
    rows = connection.execute("SELECT name, ciphertext FROM secrets").fetchall()
    connection.close()
    return {name: ciphertext[-48:] for name, ciphertext in rows}


def on_disk(scene: Scene) -> bytes:
    journal = scene.path.with_name("store.db-wal")
    return scene.path.read_bytes() + (journal.read_bytes() if journal.exists() else b"")


@pytest.mark.parametrize("how", ["updated", "deleted", "rotated"])
@pytest.mark.parametrize("size", [30, 3000, 60_000])
def test_the_ciphertext_of_what_was_replaced_is_in_no_file(scene: Scene, how: str, size: int) -> None:
    plane = scene.plane(create=False)
    plane.create_secrets(STORE, [new_secret(f"S{n}", f"{n}" * size, SCOPES) for n in range(6)])
    plane.close()
    before = ciphertexts(scene)
    assert all(each in on_disk(scene) for each in before.values())
    plane = scene.plane(create=False)
    for name in [f"S{n}" for n in range(6)]:
        secret = plane.find_secret(STORE, name)
        if how == "updated":
            plane.update_secret(STORE, secret.id, value=SecretValue("short"))
        elif how == "deleted":
            plane.delete_secret(STORE, secret.id)
    if how == "rotated":
        care = scene.care()
        care.rotate_key()  # what it does not tidy at once is for nobody to find
        left = [name for name, each in before.items() if each in on_disk(scene)]
        assert left == []
        care.close()
    plane.close()
    left = [name for name, each in before.items() if name.startswith("S") and each in on_disk(scene)]
    assert left == []


def test_the_journal_does_not_keep_them_while_the_store_stays_open(scene: Scene) -> None:
    plane = scene.plane(create=False)
    old = ciphertexts(scene)["KEY_0"]
    secret = plane.find_secret(STORE, "KEY_0")
    plane.update_secret(STORE, secret.id, value=SecretValue("another"))
    assert old not in on_disk(scene)
    plane.close()


def test_sqlite_left_to_itself_keeps_them(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the test above would find without our settings, whatever this build of SQLite starts with."""
    settings = sqlite_connection.set_up

    def careless(connection: sqlite3.Connection) -> None:
        settings(connection)
        connection.execute("PRAGMA secure_delete=OFF")

    for module in ("sqlite", "sqlite_making", "migrate"):
        monkeypatch.setattr(f"sshim.store.{module}.set_up", careless)
    plane = scene.plane(create=False)
    plane.create_secrets(STORE, [new_secret(f"S{n}", os.urandom(900).hex(), SCOPES) for n in range(9)])
    before = ciphertexts(scene)
    for n in range(9):
        plane.delete_secret(STORE, plane.find_secret(STORE, f"S{n}").id)
    plane.close()
    assert any(before[f"S{n}"] in on_disk(scene) for n in range(9))
