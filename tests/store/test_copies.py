"""A backup is whole before it has its name, and proven before it replaces anything."""

from __future__ import annotations

import os
import random
import stat
import threading
from pathlib import Path

import pytest

from sshim.control.secrets import put_value
from sshim.errors import Corrupt, KeyMissing, NameTaken, SshimError, StoreUnavailable, UsageError, WrongKey
from sshim.model import SecretValue, new_secret
from sshim.store.care import StoreCare
from sshim.store.rows import secret_of
from tests.faults.scene import ACTOR, STORE, Scene, Seen


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "s").filled(4)


@pytest.fixture
def backup(scene: Scene) -> Path:
    """A backup from before the last change."""
    target = scene.root / "backup.db"
    care = scene.care()
    care.backup(target)
    care.close()
    change(scene, "newer than the backup")
    return target


def change(scene: Scene, value: str) -> None:
    plane = scene.plane(create=False)
    plane.update_secret(STORE, plane.find_secret(STORE, "KEY_0").id, value=SecretValue(value))
    plane.close()


def look(scene: Scene) -> Seen:
    seen = scene.look(thoroughly=True)
    assert seen is not None
    return seen


def files(scene: Scene) -> dict[Path, bytes]:
    """All that lies in the folder of the store, but for the journal, which any opening may empty."""
    there = (path for path in scene.home.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in there if not path.name.endswith(("-wal", "-shm"))}


def test_a_backup_is_ours_alone_and_holds_no_key(scene: Scene, backup: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    [key] = (scene.root / "keys").iterdir()
    assert key.read_bytes().split(b":")[1] not in backup.read_bytes()
    assert b"value-of-key" not in backup.read_bytes()
    with pytest.raises(NameTaken):
        scene.care().backup(backup)


def test_it_is_restored_as_the_newest_state_and_what_was_there_is_kept(scene: Scene, backup: Path) -> None:
    newer = look(scene)
    plane = scene.plane(create=False)
    generation = plane.store.state().head.generation  # type: ignore[union-attr]
    done = scene.care().restore(backup)
    assert done.generation > generation and done.secrets == 5
    # who had the store open sees what was restored, as any other change
    assert plane.store.state().head.generation == done.generation  # type: ignore[union-attr]
    [event] = plane.audit(resource_type="vault")
    assert event.metadata == {"restored_from": "backup.db"}
    plane.close()
    assert look(scene).values[STORE, "KEY_0"].startswith("value-of-key-0")
    assert done.kept is not None
    scene.care().restore(done.kept)
    assert look(scene) == newer


def test_a_cut_backup_is_refused_before_anything_is_replaced(scene: Scene, backup: Path) -> None:
    content, seen = backup.read_bytes(), look(scene)
    before = files(scene)
    for length in {
        0,
        1,
        99,
        100,
        512,
        *range(4096, len(content), 4096),
        len(content) - 1,
        len(content) - 512,
    }:
        backup.write_bytes(content[:length])
        with pytest.raises(Corrupt) as caught:
            scene.care().restore(backup)
        assert caught.value.path == str(backup)
        assert files(scene) == before
    assert look(scene) == seen


def test_a_backup_with_a_changed_byte_is_refused_or_whole(scene: Scene, backup: Path) -> None:
    content, seen, dice = backup.read_bytes(), look(scene), random.Random(3)
    before, refused = files(scene), 0
    used = [at for at, byte in enumerate(content) if byte]
    for _ in range(40):
        changed = bytearray(content)
        changed[dice.choice(used)] ^= dice.randrange(1, 256)
        backup.write_bytes(changed)
        try:
            scene.care().restore(backup)
        except Corrupt:
            refused += 1
            assert files(scene) == before
            continue
        # free room at the end of a page: what was restored is the whole backup
        assert look(scene).values[STORE, "KEY_0"].startswith("value-of-key-0")
        change(scene, "newer than the backup")
        assert look(scene).values == seen.values
        before = files(scene)
    assert refused > 20


def test_a_swapped_backup_is_refused(scene: Scene, backup: Path, tmp_path: Path) -> None:
    other = Scene(tmp_path / "other").filled(2)
    theirs = tmp_path / "theirs.db"
    other.care().backup(theirs)
    before = files(scene)
    with pytest.raises(KeyMissing):  # its key is not at hand
        scene.care().restore(theirs)
    [key] = (other.root / "keys").iterdir()
    (scene.root / "keys" / key.name).write_bytes(key.read_bytes())
    (scene.root / "keys" / key.name).chmod(0o600)
    with pytest.raises(UsageError, match="backup of another store"):
        scene.care().restore(theirs)
    assert files(scene) == before
    scene.care().restore(theirs, other=True)
    assert look(scene).values == look(other).values


def test_one_that_no_key_opens_or_that_is_not_there_replaces_nothing(scene: Scene, backup: Path) -> None:
    before = files(scene)
    with pytest.raises(WrongKey):
        StoreCare(scene.options(key=bytes(32)), actor=ACTOR).restore(backup)
    for missing in (backup.with_name("nowhere"), scene.root):
        with pytest.raises(SshimError) as caught:
            scene.care().restore(missing)
        assert isinstance(caught.value, StoreUnavailable)
    assert files(scene) == before


def test_it_takes_the_place_of_what_is_too_damaged_to_be_read(scene: Scene, backup: Path) -> None:
    for content in (b"", b"no database at all\n" * 999, bytes(8192)):
        scene.path.write_bytes(content)
        with pytest.raises(Corrupt):
            scene.look()
        done = scene.care().restore(backup)
        assert look(scene).values[STORE, "KEY_0"].startswith("value-of-key-0")
        assert done.kept is not None and done.kept.read_bytes() == content


def test_it_comes_back_where_the_store_was_lost(scene: Scene, backup: Path) -> None:
    seen = look(scene)
    for path in scene.home.glob("store.db*"):
        path.unlink()
    done = scene.care().restore(backup)
    assert done.kept is None
    assert look(scene).values.keys() == seen.values.keys()


def fill_journal(scene: Scene) -> None:
    """A process that is killed, and leaves a journal with few of the pages that it has written."""
    plane = scene.plane(create=False)
    secrets = [new_secret(f"MORE_{n}", "x" * 500, ("workers",)) for n in range(40)]
    plane.create_secrets(STORE, secrets)
    plane.close()
    assert scene.broken_off("last").stat().st_size > 0


def test_a_journal_that_is_left_of_a_lost_store_is_not_taken_for_that_of_the_backup(
    scene: Scene, backup: Path
) -> None:
    fill_journal(scene)
    journal = scene.path.with_name("store.db-wal").read_bytes()
    scene.path.unlink()
    scene.care().restore(backup)
    values = look(scene).values
    assert not any("MORE" in name for _, name in values)
    assert values[STORE, "KEY_0"].startswith("value-of-key-0")
    [kept] = scene.home.glob("store.db.replaced-*-wal")
    assert kept.read_bytes() == journal


def test_the_store_is_no_place_for_its_own_backup_and_no_backup(scene: Scene, tmp_path: Path) -> None:
    before = files(scene)
    link = tmp_path / "link.db"
    link.symlink_to(scene.path)
    for file in (scene.path, link, scene.path.with_name("store.db-wal"), scene.home / "store.lock"):
        with pytest.raises(UsageError, match="the store itself"):
            scene.care().backup(file, overwrite=True)
        with pytest.raises(UsageError, match="the store itself"):
            scene.care().restore(file)
    assert files(scene) == before


def test_only_a_plain_file_is_overwritten_by_a_backup(scene: Scene, backup: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for target in (pipe, tmp_path):
        with pytest.raises(UsageError, match="not a file that could be replaced"):
            scene.care().backup(target, overwrite=True)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert scene.care().backup(backup, overwrite=True).path == backup


@pytest.mark.parametrize("kind", ["a device", "a pipe", "a folder"])
def test_what_is_no_plain_file_is_no_backup(scene: Scene, tmp_path: Path, kind: str) -> None:
    source = {"a device": Path("/dev/zero"), "a pipe": tmp_path / "pipe", "a folder": tmp_path}[kind]
    if kind == "a pipe":
        os.mkfifo(source)
    before = files(scene)
    with pytest.raises(StoreUnavailable):
        scene.care().restore(source)
    assert files(scene) == before


@pytest.mark.parametrize("name", ["ünï ☃.db", "two\nlines", "a%41?b=c#d", "\udcff\udcfe", "file:x?mode=ro"])
def test_a_file_may_have_any_name(scene: Scene, name: str) -> None:
    odd = Scene(scene.root / name)
    try:
        odd.root.mkdir(mode=0o700)
    except OSError:
        pytest.skip("not a name here")
    odd.filled(1)
    care = odd.care()
    care.backup(odd.root / name)
    assert care.verify(deep=True).ok
    care.restore(odd.root / name)
    assert look(odd).values[STORE, "KEY_0"]
    care.close()


def test_a_backup_beside_a_writer_is_one_of_its_states(scene: Scene) -> None:
    stop, begun, numbers = threading.Event(), threading.Event(), iter(range(10**9))

    def write() -> None:
        plane = scene.plane(create=False)
        secrets = [plane.find_secret(STORE, name).id for name in ("KEY_1", "KEY_2")]
        while not stop.is_set():
            value = f"number {next(numbers)}"
            with plane.store.change() as draft:
                for each in secrets:
                    old = secret_of(draft.tables["secrets"][each])
                    put_value(draft, old._replace(version=old.version + 1), SecretValue(value))
            begun.set()
        plane.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(10)
        for n in range(5):
            care = scene.care()
            care.backup(scene.root / f"{n}.db")
            care.close()
    finally:
        stop.set()
        writer.join()
    for n in range(5):
        scene.care().restore(scene.root / f"{n}.db")
        values = look(scene).values
        assert values[STORE, "KEY_1"] == values[STORE, "KEY_2"]
