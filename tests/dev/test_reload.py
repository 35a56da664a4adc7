"""Which files a Worker is made of, and noticing that one has changed."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sshim.dev import reload
from sshim.dev.reload import Snapshot, Watcher, folders, is_source
from tests.dev.made import worker_config
from tests.settling import PATIENCE


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "entry.py").write_text("x = 1\n")
    (tmp_path / "wrangler.toml").write_text('name = "w"\n')
    return tmp_path


class Watched:
    """A running watcher, and waiting for what it tells."""

    def __init__(self, project: Path) -> None:
        self._woken = threading.Event()
        self.watcher = Watcher(worker_config(project), self._woken.set)

    def next(self, *, within: float = PATIENCE) -> list[Path]:
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if changed := self.watcher.changed():
                return changed
            self._woken.wait(0.05)
            self._woken.clear()
        return []

    def until(self, path: Path) -> bool:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if path in self.next(within=0.5):
                return True
        return False


@pytest.fixture
def watch(project: Path) -> Iterator[Callable[[], Watched]]:
    running: list[Watched] = []

    def start() -> Watched:
        watched = Watched(project)
        running.append(watched)
        watched.watcher.start()
        return watched

    yield start
    for watched in running:
        watched.watcher.stop()


@pytest.mark.parametrize("name", ["entry.py", "__init__.py", "ünï.py"])
def test_python_sources_count(name: str) -> None:
    assert is_source(name)


@pytest.mark.parametrize(
    "name", ["entry.pyc", "entry.py~", ".#entry.py", "4913", "entry.py.swp", "notes.txt"]
)
def test_what_editors_leave_beside_a_source_does_not(name: str) -> None:
    assert not is_source(name)


def test_folders_of_installed_things_are_not_looked_into(project: Path) -> None:
    for name in (
        ".venv",
        ".git",
        "node_modules",
        "__pycache__",
        ".wrangler",
        "python_modules",
        "mine.egg-info",
    ):
        (project / name / "deep").mkdir(parents=True)
    (project / "env").mkdir()
    (project / "env" / "pyvenv.cfg").touch()
    (project / "src" / "pkg").mkdir()
    assert folders(project) == [project, project / "src", project / "src" / "pkg"]


def test_the_number_of_folders_is_bounded(project: Path) -> None:
    for number in range(20):
        (project / f"d{number:02}" / "below").mkdir(parents=True)
    found = folders(project, limit=10)
    assert len(found) == 10 and all(path.name != "below" for path in found)


def test_a_snapshot_tells_new_changed_and_gone_files_once(project: Path) -> None:
    snapshot = Snapshot()
    snapshot.rescan([project / "src"], [])
    assert snapshot.rescan([project / "src"], []) == []
    entry, new = project / "src" / "entry.py", project / "src" / "new.py"
    entry.write_text("x = 22\n")
    new.write_text("")
    assert snapshot.rescan([project / "src"], []) == [entry, new]
    entry.unlink()
    assert snapshot.rescan([project / "src"], []) == [entry]
    assert snapshot.rescan([project / "src"], []) == []


def test_saving_a_source_is_noticed(project: Path, watch: Callable[[], Watched]) -> None:
    watched = watch()
    entry = project / "src" / "entry.py"
    entry.write_text("x = 22\n")
    assert watched.next() == [entry]


def test_saving_by_renaming_a_temporary_file_is_noticed(project: Path, watch: Callable[[], Watched]) -> None:
    watched = watch()
    entry = project / "src" / "entry.py"
    for number in range(3):
        temporary = project / "src" / f".entry.py.{number}"
        temporary.write_text(f"x = {number}\n")
        os.replace(temporary, entry)
        assert watched.next() == [entry]


def test_a_backup_and_rename_save_never_shows_the_file_as_gone(
    project: Path, watch: Callable[[], Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    # for the case that this process, which plays the editor, is kept from going on between its two steps
    monkeypatch.setattr(reload, "HALF_SAVED_SECONDS", 2.0)
    watched = watch()
    entry = project / "src" / "entry.py"
    entry.rename(entry.with_suffix(".py~"))
    entry.write_text("x = 3\n")
    assert watched.next() == [entry]
    assert watched.watcher._snapshot.is_whole(entry)


def test_a_change_before_the_watch_stands_is_noticed(project: Path) -> None:
    watched = Watched(project)
    entry = project / "src" / "entry.py"
    entry.write_text("x = 'early'\n")
    watched.watcher.start()
    assert watched.next() == [entry]
    watched.watcher.stop()


def test_config_and_dev_vars_are_watched_also_before_they_exist(
    project: Path, watch: Callable[[], Watched]
) -> None:
    watched = watch()
    (project / ".dev.vars").write_text("A=1\n")
    assert watched.next() == [project / ".dev.vars"]
    (project / "wrangler.toml").write_text('name = "w2"\n')
    assert watched.until(project / "wrangler.toml")


def test_a_watched_file_that_is_a_link_tells_of_its_target(
    project: Path, tmp_path_factory: pytest.TempPathFactory, watch: Callable[[], Watched]
) -> None:
    target = tmp_path_factory.mktemp("elsewhere") / "vars"
    target.write_text("A=1\n")
    (project / ".dev.vars").symlink_to(target)
    watched = watch()
    target.write_text("A=22\n")
    assert watched.next() == [project / ".dev.vars"]


def test_other_files_are_no_reason(project: Path, watch: Callable[[], Watched]) -> None:
    watched = watch()
    (project / "src" / "worker.log").write_text("line\n")
    (project / "src" / "__pycache__").mkdir()
    (project / "src" / "__pycache__" / "x.py").write_text("")
    assert watched.next(within=0.4) == []


def test_sources_in_a_new_folder_are_noticed(project: Path, watch: Callable[[], Watched]) -> None:
    watched = watch()
    package = project / "src" / "pkg"
    package.mkdir()
    (package / "__init__.py").write_text("")
    assert watched.until(package / "__init__.py")
    (package / "__init__.py").write_text("y = 1\n")
    assert watched.until(package / "__init__.py")


def test_a_folder_made_while_the_watch_is_being_set_up_is_noticed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(project)
    package = project / "src" / "pkg"
    look = watched.watcher._folders

    def look_then_make() -> list[Path]:
        found = look()
        if not package.exists():
            package.mkdir()
            (package / "__init__.py").write_text("x = 1\n")
        return found

    monkeypatch.setattr(watched.watcher, "_folders", look_then_make)
    watched.watcher.start()
    assert watched.until(package / "__init__.py")
    watched.watcher.stop()


def test_a_folder_that_is_replaced_is_still_watched(project: Path, watch: Callable[[], Watched]) -> None:
    watched = watch()
    entry = project / "src" / "entry.py"
    (project / "src").rename(project / ".old")
    (project / "src").mkdir()
    entry.write_text("x = 2\n")
    assert watched.until(entry)
    while watched.next(within=0.3):
        pass
    entry.write_text("x = 333\n")
    assert watched.until(entry)


def test_without_a_native_watch_files_are_looked_at_in_turn(
    project: Path, watch: Callable[[], Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload, "POLL_SECONDS", 0.02)
    monkeypatch.setitem(sys.modules, "watchfiles._rust_notify", None)
    watched = watch()
    entry = project / "src" / "entry.py"
    entry.write_text("x = 'polled'\n")
    assert watched.next() == [entry]


def test_follow_watches_what_another_configuration_names(
    project: Path, watch: Callable[[], Watched], tmp_path_factory: pytest.TempPathFactory
) -> None:
    watched = watch()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "main.py").write_text("x = 1\n")
    watched.watcher.follow(worker_config(project, main=elsewhere / "main.py"))
    deadline = time.monotonic() + PATIENCE
    found = False
    while not found and time.monotonic() < deadline:
        (elsewhere / "main.py").write_text(f"x = {time.monotonic()}\n")
        found = elsewhere / "main.py" in watched.next(within=0.3)
    assert found
