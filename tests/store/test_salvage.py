"""Saving rows of a damaged store: fewer than there were, perhaps, but never one that was not written."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from sshim.errors import Corrupt, KeyMissing, SshimError, StoreUnavailable, WrongKey
from sshim.model import SecretValue
from sshim.store.salvage import salvage
from tests.faults.damage import PAGE
from tests.faults.scene import STORE, Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A store that has seen an update, closed."""
    made = Scene(tmp_path / "s").filled(12)
    plane = made.plane(create=False)
    plane.update_secret(
        STORE, plane.find_secret(STORE, "KEY_3").id, value=SecretValue("newer value of three")
    )
    plane.close()
    return made


def saved(scene: Scene) -> dict[str, str]:
    return {secret.name: value.reveal() for secret, value in salvage(scene.options()).secrets}


def whole(scene: Scene) -> dict[str, str]:
    seen = scene.look()
    assert seen is not None
    return {name: value for (_, name), value in seen.values.items()}


def test_of_a_whole_store_everything_is_saved(scene: Scene) -> None:
    assert saved(scene) == whole(scene)
    assert salvage(scene.options()).lost == ()


def test_a_missing_head_costs_no_row(scene: Scene) -> None:
    expected = whole(scene)
    with sqlite3.connect(scene.path) as connection:
        connection.execute("DELETE FROM head")
    connection.close()
    with pytest.raises(Corrupt):
        scene.look()
    assert saved(scene) == expected


def test_zeroed_pages_cost_the_rows_on_them_and_no_others(scene: Scene) -> None:
    expected, content = whole(scene), scene.path.read_bytes()
    counts = []
    for at in range(PAGE, len(content), PAGE):
        scene.path.write_bytes(content[:at] + bytes(PAGE) + content[at + PAGE :])
        try:
            found = saved(scene)
        except Corrupt:
            continue  # the page of the header, or of the list of tables
        assert found.items() <= expected.items()
        counts.append(len(found))
    assert max(counts) == len(expected) and sum(count > 0 for count in counts) > len(counts) / 2


def test_whatever_is_damaged_nothing_is_saved_that_was_never_written(scene: Scene) -> None:
    """A row of an older state may be among them, since nothing says which state a row is of."""
    written, content, dice = whole(scene).items(), scene.path.read_bytes(), random.Random(5)
    partly = 0
    for _ in range(400):
        changed = bytearray(content)
        for at in dice.sample(range(PAGE, len(content)), 40):
            changed[at] ^= 1 << dice.randrange(8)
        scene.path.write_bytes(changed)
        try:
            found = saved(scene)
        except SshimError as error:
            assert isinstance(error, Corrupt), error
            continue
        assert found.items() <= written
        partly += 0 < len(found) < len(written)
    assert partly > 20


def test_it_needs_the_key_and_a_store(scene: Scene, tmp_path: Path) -> None:
    with pytest.raises(WrongKey):
        salvage(scene.options(key=bytes(32)))
    with pytest.raises(StoreUnavailable):
        salvage(Scene(tmp_path / "nowhere").options())
    [key] = (scene.root / "keys").iterdir()
    key.unlink()
    with pytest.raises(KeyMissing):
        salvage(scene.options())


def test_it_changes_nothing(scene: Scene) -> None:
    before = {path: path.read_bytes() for path in scene.root.rglob("*") if path.is_file()}
    salvage(scene.options())
    after = {path: path.read_bytes() for path in scene.root.rglob("*") if path.is_file()}
    assert {p: c for p, c in after.items() if not p.name.endswith("-shm")} == before


def test_not_even_a_journal_is_taken_into_the_file(scene: Scene) -> None:
    journal = scene.broken_off("last")
    before = scene.path.read_bytes(), journal.read_bytes()
    assert saved(scene)["KEY_0"] == "last"
    assert (scene.path.read_bytes(), journal.read_bytes()) == before


@pytest.mark.parametrize("name", ["ünï ☃", "a%41?b=c#d", "\udcff\udcfe"])
def test_its_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    scene = Scene(tmp_path / name).filled(2)
    assert saved(scene) == whole(scene)
