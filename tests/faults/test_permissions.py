"""Files are ours alone, at every moment, whatever the umask is and whatever stands in their place."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from sshim.errors import SshimError, UnsafePermissions
from tests.faults import race
from tests.faults.scene import COMMANDS, Scene
from tests.faults.tally import Tally
from tests.faults.vfs import Watch, WatchedDisk

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="modes are those of Unix")


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0)
    os.umask(before)
    yield
    os.umask(before)


def too_open(root: Path) -> list[str]:
    """Every file and folder below `root` that others could use."""
    found = []
    for path in (root, *root.rglob("*")):
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue
        if mode & 0o077:
            found.append(f"{path.relative_to(root.parent)} {stat.filemode(mode)}")
    return found


class Inspector(Watch):
    """Looks at everything after every operation."""

    def __init__(self, root: Path, tally: Tally) -> None:
        self.root, self.tally = root, tally

    def op(self, kind: str, path: str, *details: object) -> None:
        self.tally.tries += 1
        for found in too_open(self.root):
            self.tally.failed(f"{found} at {kind} of {Path(path).name}")


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o277])
def test_nothing_is_open_to_others_at_any_moment(root: Path, mask: int) -> None:
    scene = Scene(root / "s")
    scene.root.mkdir(mode=0o700)
    tally = Tally("permissions")
    os.umask(mask)
    with WatchedDisk(Inspector(scene.root, tally)) as disk:
        for _, command in COMMANDS:
            for _ in command(scene, disk) or ():
                pass
            for found in too_open(scene.root):
                tally.failed(f"{found} afterwards")
    assert tally.failures == []
    assert tally.tries > 400


class Careless(WatchedDisk):
    """Leaves the mode of new files to the umask."""

    def create_empty(self, path: Path) -> None:
        path.touch()
        self.watch.op("create", str(path))


@pytest.mark.usefixtures("umask")
def test_files_made_as_the_umask_says_are_caught(root: Path) -> None:
    scene = Scene(root / "s")
    scene.root.mkdir(mode=0o700)
    tally = Tally("permissions")
    os.umask(0o022)
    with Careless(Inspector(scene.root, tally)) as disk:
        with pytest.raises(UnsafePermissions):
            scene.plane(disk)
    assert tally.failures


NAMES = ("home/store.db", "home/store.lock", "home/store.db-wal", "home/store.db-shm")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["symlink", "hardlink", "fifo", "folder"])
def test_what_was_planted_in_a_files_place_is_neither_followed_nor_waited_for(
    root: Path, name: str, kind: str
) -> None:
    scene = Scene(root / "s").filled(1)
    victim = root / "victim"
    victim.write_text("precious")
    victim.chmod(0o600)
    place = scene.root / name
    place.unlink(missing_ok=True)
    if kind == "symlink":
        place.symlink_to(victim)
    elif kind == "hardlink":
        os.link(victim, place)
    elif kind == "fifo":
        os.mkfifo(place, 0o600)
    else:
        place.mkdir(mode=0o700)
    with pytest.raises(SshimError):
        scene.plane(create=True).create_gateway("x")
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("which", ["key", "anchor"])
def test_a_key_file_or_anchor_that_is_a_link_is_refused(root: Path, which: str) -> None:
    scene = Scene(root / "s").filled(1)
    [path] = (scene.root / ("keys" if which == "key" else "anchors")).iterdir()
    moved = root / "moved"
    path.rename(moved)
    path.symlink_to(moved)
    with pytest.raises(UnsafePermissions, match="symbolic link"):
        scene.look()


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o602, 0o666])
@pytest.mark.parametrize("name", ["home/store.db", "keys"])
def test_a_file_that_others_can_use_is_refused_with_the_command_that_helps(
    root: Path, name: str, mode: int
) -> None:
    scene = Scene(root / "s").filled(1)
    path = scene.root / name
    if path.is_dir():
        [path] = path.iterdir()
    path.chmod(mode)
    with pytest.raises(UnsafePermissions) as caught:
        scene.look()
    assert caught.value.hint == f"chmod 600 {path}"
    path.chmod(0o600)
    assert scene.look() is not None


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_folder_that_others_can_write_is_refused(root: Path, mode: int) -> None:
    scene = Scene(root / "s").filled(1)
    scene.home.chmod(mode)
    with pytest.raises(UnsafePermissions, match="may be written by other users"):
        scene.look()


def test_a_race_for_the_name_of_a_new_file_is_lost_by_nobody(root: Path) -> None:
    tally = race.run(root, tries=1500)
    assert tally.failures == []
    assert tally.notes["made"] and tally.notes["refused"]


def test_a_plain_open_loses_that_race(root: Path) -> None:
    victim = root / "victim"
    victim.write_bytes(b"precious")
    (root / "fresh").symlink_to(victim)
    (root / "fresh").write_bytes(b"ours")
    assert victim.read_bytes() == b"ours"
