"""The n-th call to the system fails, for every n: writes, syncs, renames, opens, by SQLite and by us.

A command then succeeds, or fails by an error of ours; the store is as before it or as after it, and works on.
"""

from __future__ import annotations

import contextlib
import errno
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from sshim.errors import AccessError, Corrupt, KeyMissing, RolledBack, SshimError, StoreError, WrongKey
from sshim.store import disk as disk_module
from sshim.store import lock as lock_module
from sshim.store.disk import Disk
from tests.faults.scene import COMMANDS, Commands, Scene, Seen
from tests.faults.tally import Tally
from tests.faults.vfs import Watch, WatchedDisk

REFUSALS = (errno.EIO, errno.ENOSPC, errno.EMFILE, errno.EACCES)
CALLS = ("open", "write", "fsync", "replace", "read", "lseek", "pwrite", "fchmod")


class Countdown(Watch):
    """Refuses the n-th operation and no other."""

    def __init__(self, nth: int, error: int) -> None:
        self.left, self.error = nth, error

    @property
    def struck(self) -> bool:
        return self.left <= 0

    def due(self) -> bool:
        self.left -= 1
        return self.left == 0

    def op(self, kind: str, path: str, *details: Any) -> None:
        # our own operations are refused at the call itself, by `FailingOs`
        if kind in ("write", "truncate", "sync", "delete") and self._by_sqlite(path) and self.due():
            raise apsw.FullError("full") if self.error == errno.ENOSPC else apsw.IOError("refused")

    @staticmethod
    def _by_sqlite(path: str) -> bool:
        return path.endswith(("store.db", "-wal", "-journal", ".new", ".copying", ".backup"))


class FailingOs:
    """The module `os`, with some calls counted."""

    def __init__(self, countdown: Countdown) -> None:
        self._countdown = countdown

    def __getattr__(self, name: str) -> Any:
        found = getattr(os, name)
        if name not in CALLS:
            return found

        def call(*args: Any, **more: Any) -> Any:
            if self._countdown.due():
                raise OSError(self._countdown.error, os.strerror(self._countdown.error))
            return found(*args, **more)

        return call


class FailingDisk(WatchedDisk):
    """Tells of SQLite's operations only: ours are counted at the system call."""

    _make_folders = Disk._make_folders
    _new = Disk._new
    rename = Disk.rename
    sync_file = Disk.sync_file
    sync_folder = Disk.sync_folder
    patch = Disk.patch


Command = tuple[str, Callable[[Scene, Disk], Any]]


def run(
    root: Path,
    patch: pytest.MonkeyPatch,
    *,
    share: float,
    most: int = 400,
    seed: int = 1,
    make_disk: type[FailingDisk] = FailingDisk,
    commands: Commands = COMMANDS,
    only: str | None = None,
    until_failed: bool = False,
) -> Tally:
    """Every n up to `most` of every command (or the one named), or a random `share` of them."""
    tally, dice = Tally("refused calls"), random.Random(seed)
    scene = Scene(root / "s")
    scene.root.mkdir(mode=0o700)
    before: Seen | None = None
    for command in commands:
        stage = root / "stage"
        shutil.copytree(scene.root, stage)
        states = [before, *(command[1](scene, Disk()) or ()), scene.look()]
        for error in REFUSALS if only in (None, command[0]) else ():
            for nth in range(1, most):
                if dice.random() > share:
                    continue
                shutil.rmtree(scene.root)
                shutil.copytree(stage, scene.root)
                if not _one(scene, command, Countdown(nth, error), states, tally, patch, make_disk):
                    break
                if until_failed and tally.failures:
                    return tally
        shutil.rmtree(scene.root)
        shutil.copytree(stage, scene.root)
        shutil.rmtree(stage)
        for _ in command[1](scene, Disk()) or ():
            pass
        before = scene.look()
    return tally


def _nothing() -> Iterator[None]:
    yield from ()


def _one(
    scene: Scene,
    command: Command,
    countdown: Countdown,
    states: list[Seen | None],
    tally: Tally,
    patch: pytest.MonkeyPatch,
    make_disk: type[FailingDisk],
) -> bool:
    """Whether the refusal was reached."""
    name, change = command
    what = f"{name}, call {countdown.left}, {errno.errorcode[countdown.error]}"
    done, acknowledged = False, 0
    with patch.context() as now, make_disk(countdown) as disk:
        failing = FailingOs(countdown)
        now.setattr(disk_module, "os", failing)
        now.setattr(lock_module, "os", failing)
        try:
            with contextlib.closing(change(scene, disk) or _nothing()) as steps:
                for _ in steps:
                    acknowledged += 1
            done = True
        except (StoreError, AccessError) as error:
            tally.count(type(error).__name__)
            if isinstance(error, (Corrupt, WrongKey, KeyMissing, RolledBack)):
                tally.failed(f"{what}: called {type(error).__name__}: {error}")
        except SshimError as error:
            tally.failed(f"{what}: called {type(error).__name__}: {error}")
        except Exception as error:
            tally.failed(f"{what}: foreign {type(error).__name__}: {error}")
    tally.tries += 1
    if done:
        tally.count("done")
    try:
        found = scene.look(thoroughly=True)
    except Exception as error:
        tally.failed(f"{what}: not usable afterwards: {type(error).__name__}: {error}")
        return countdown.struck
    expected = states[-1:] if done else states[acknowledged : acknowledged + 2]
    if found not in expected:
        tally.failed(f"{what}: {'done, but' if done else ''} found {str(found)[:200]}")
    return countdown.struck
