"""A store of an older format is brought to the present one whole, or left as it was."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
from pathlib import Path

import pytest

from sshim.errors import Corrupt, StoreFull, TooNew, WrongKey
from sshim.store import migrate
from sshim.store.disk import Disk
from sshim.store.format import Header, Seals
from sshim.store.open import key_place, open_store
from sshim.store.schema import USAGES, definition
from tests.faults import older, power, refusal
from tests.faults.kill import DeadlyDisk
from tests.faults.scene import COMMANDS, Commands, Scene, Seen

KILLED_AT = ("migrate.backed-up", "migrate.proven", "migrate.committed")


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """This version knows the older format."""
    monkeypatch.setitem(migrate.STEPS, older.OLD, older.step)


@pytest.fixture
def whole(root: Path) -> Seen:
    """What the store held before it was made old."""
    seen = Scene(root / "s").filled(4).look()
    assert seen is not None
    older.make_old(Scene(root / "s"))
    return seen


@pytest.fixture
def scene(root: Path, whole: Seen) -> Scene:
    return Scene(root / "s")


def backups(scene: Scene) -> list[Path]:
    return sorted(scene.home.glob("store.db.format-*.backup"))


@pytest.mark.usefixtures("known")
def test_it_is_migrated_by_opening_it_with_a_backup_of_what_it_was(scene: Scene, whole: Seen) -> None:
    store = open_store(scene.options())
    [backup] = backups(scene)
    assert store.migrated == backup
    store.close()
    assert scene.look(thoroughly=True) == whole
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    again = open_store(scene.options())
    assert again.migrated is None and len(backups(scene)) == 1
    again.close()


@pytest.mark.usefixtures("known")
def test_that_backup_can_be_restored(scene: Scene, whole: Seen) -> None:
    scene.look()
    plane = scene.plane(create=False)
    plane.delete_secret("main", plane.find_secret("main", "KEY_0").id)
    plane.close()
    [backup] = backups(scene)
    scene.care().restore(backup)
    assert scene.look(thoroughly=True) == whole
    assert backups(scene) == [backup]
    assert [path.name for path in scene.home.iterdir() if ".new" in path.name] == []


def test_a_version_that_does_not_know_it_says_so_and_changes_nothing(scene: Scene) -> None:
    before = scene.path.read_bytes()
    with pytest.raises(Corrupt, match="unknown format 0"):
        scene.look()
    assert not scene.care().verify().ok
    assert scene.path.read_bytes() == before and backups(scene) == []


@pytest.mark.usefixtures("known")
def test_one_of_a_newer_format_is_refused_before_anything_is_done(root: Path) -> None:
    scene = Scene(root / "s").filled(1)
    with sqlite3.connect(scene.path) as connection:
        connection.execute("PRAGMA user_version=7")
    connection.close()
    options = scene.options()
    with pytest.raises(TooNew):
        migrate.migrate(scene.path, options.disk, key_place(options))
    assert backups(scene) == []


@pytest.mark.usefixtures("known")
def test_without_its_key_it_is_left_as_it_is(scene: Scene) -> None:
    before = scene.path.read_bytes()
    with pytest.raises(WrongKey):
        open_store(scene.options()._replace(key=bytes(32)))
    assert scene.path.read_bytes() == before and backups(scene) == []


def _forgets_a_row(connection: sqlite3.Connection, header: Header, keys: Seals) -> None:
    older.step(connection, header, keys)
    connection.execute("DELETE FROM secrets WHERE name = 'KEY_1'")


def _fails(connection: sqlite3.Connection, header: Header, keys: Seals) -> None:
    older.step(connection, header, keys)
    raise StoreFull("the disk", "no space left")


def _leaves_the_old_head(connection: sqlite3.Connection, header: Header, keys: Seals) -> None:
    connection.execute(definition(USAGES))


@pytest.mark.parametrize("bad", [_forgets_a_row, _fails, _leaves_the_old_head])
def test_a_step_that_does_not_prove_is_undone(
    scene: Scene, whole: Seen, bad: migrate.Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(migrate.STEPS, older.OLD, bad)
    with pytest.raises((Corrupt, StoreFull)):
        scene.look()
    monkeypatch.setitem(migrate.STEPS, older.OLD, older.step)
    assert scene.look(thoroughly=True) == whole


@pytest.mark.usefixtures("known")
def test_a_backup_that_differs_from_the_store_stops_everything(
    scene: Scene, whole: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = scene.path.read_bytes()

    class Lossy(Disk):
        def connect(self, path: Path) -> sqlite3.Connection:
            if path.name.endswith(".backup"):
                with sqlite3.connect(path) as connection:
                    connection.execute("DELETE FROM secrets WHERE name = 'KEY_2'")
                connection.close()
            return super().connect(path)

    with pytest.raises(Corrupt, match="differs"):
        open_store(scene.options(Lossy()))
    assert scene.path.read_bytes() == before and backups(scene) == []
    assert scene.look(thoroughly=True) == whole


@pytest.mark.usefixtures("known")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # fork beside threads of other tests
@pytest.mark.parametrize("point", KILLED_AT)
def test_killed_at_any_point_it_is_the_old_one_or_the_new(scene: Scene, whole: Seen, point: str) -> None:
    pid = os.fork()
    if pid == 0:
        open_store(scene.options(DeadlyDisk(point, 1)))
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert scene.look(thoroughly=True) == whole
    # the backup of a try that was broken off is whole as well
    for backup in backups(scene):
        scene.care().restore(backup)
        assert scene.look(thoroughly=True) == whole


def _migrating(*, watched: bool) -> Commands:
    """Some commands, the last of which makes the store old, `watched` or not, and opens it."""

    def change(scene: Scene, disk: Disk) -> None:
        older.make_old(scene, disk.connect if watched else sqlite3.connect)
        open_store(scene.options(disk)).close()

    return (*COMMANDS[:5], ("migrate", change))


@pytest.mark.usefixtures("known")
def test_power_may_go_while_it_is_migrated(root: Path) -> None:
    tally = power.run(root, states=300, commands=_migrating(watched=True), only="migrate")
    assert tally.failures == []
    assert tally.tries == 300


@pytest.mark.usefixtures("known")
def test_any_call_may_be_refused_while_it_is_migrated(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = _migrating(watched=False)
    tally = refusal.run(root, monkeypatch, share=0.3, commands=commands, only="migrate")
    assert tally.failures == []
    assert tally.tries > 50


class Piecemeal(Disk):
    """Every statement on its own."""

    def connect(self, path: Path) -> sqlite3.Connection:
        class Each(sqlite3.Connection):
            def execute(self, sql: str, *more: object) -> sqlite3.Cursor:  # type: ignore[override]
                return super().execute("SELECT 1" if sql in ("BEGIN IMMEDIATE", "COMMIT") else sql, *more)

        return sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Each)


def test_a_migration_without_a_transaction_is_caught(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(migrate.STEPS, older.OLD, _leaves_the_old_head)
    with pytest.raises(Corrupt):
        open_store(scene.options(Piecemeal()))
    monkeypatch.setitem(migrate.STEPS, older.OLD, older.step)
    with pytest.raises(Corrupt):
        scene.look()
