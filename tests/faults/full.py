"""A disk that is full, or fills up while something is written.

The whole of a store lies on a small file system in memory that is filled up to the last pages. Every command
then succeeds, or fails by `StoreFull` with the old state whole; what was there can be read all the while, and
everything works again as soon as there is room.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sshim.errors import SshimError, StoreFull
from sshim.store.disk import Disk
from tests.faults.scene import COMMANDS, STORE, Scene, Seen
from tests.faults.tally import Tally

SIZE = 1024 * 1024
PAGE = 4096


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 1 MiB at `folder`; raises OSError when mounting is not permitted."""
    folder.mkdir(mode=0o700)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "sshim-small", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, leave: int) -> None:
    """Takes all room but `leave` bytes."""
    filler = folder / "filler"
    filler.unlink(missing_ok=True)
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(PAGE))
    size = filler.stat().st_size
    with filler.open("r+b") as file:
        file.truncate(max(0, size - leave))


def run(root: Path, *, tries: int, seed: int = 1) -> Tally:
    """`tries` commands, each with some number of pages left."""
    tally, dice = Tally("full disk"), random.Random(seed)
    with small_disk(root / "small") as small:
        scene = Scene(small / "s")
        stages = _stages(scene, root / "stages")
        for _ in range(tries):
            at = dice.randrange(len(COMMANDS))
            leave = dice.choice((0, 0, 1, 2, 3, 4, 6, 9, 13, 18, 24, 40)) * PAGE
            _one(scene, stages[at], at, leave, tally)
    return tally


def _stages(scene: Scene, folder: Path) -> list[tuple[Path, Seen | None, Seen | None]]:
    """For each command: a copy of the store before it, and what is there before and after."""
    stages = []
    scene.root.mkdir(mode=0o700)
    before = None
    for n, (_, command) in enumerate(COMMANDS):
        copy = folder / str(n)
        shutil.copytree(scene.root, copy)
        for _ in command(scene, Disk()) or ():
            pass
        after = scene.look()
        stages.append((copy, before, after))
        before = after
    return stages


def _one(
    scene: Scene, stage: tuple[Path, Seen | None, Seen | None], at: int, leave: int, tally: Tally
) -> None:
    copy, before, after = stage
    name, command = COMMANDS[at]
    what = f"{name} with {leave // PAGE} pages left"
    shutil.rmtree(scene.root)
    (scene.root.parent / "filler").unlink(missing_ok=True)
    shutil.copytree(copy, scene.root)
    fill(scene.root.parent, leave)
    tally.tries += 1
    done = False
    between: list[Seen | None] = [before]
    try:
        for seen in command(scene, Disk()) or ():
            between.append(seen)
        done = True
        tally.count("done")
    except StoreFull:
        tally.count("StoreFull")
    except SshimError as error:
        tally.failed(f"{what}: called {type(error).__name__}: {error}")
    except Exception as error:
        tally.failed(f"{what}: foreign {type(error).__name__}: {error}")
    allowed = (after,) if done else (between[-1], after)
    try:
        if scene.path.exists():
            fill(scene.root.parent, 0)
            found = scene.look()
            if found not in allowed:
                tally.failed(f"{what}: read on the full disk: {found}")
    except Exception as error:
        tally.failed(f"{what}: cannot be read on the full disk: {type(error).__name__}: {error}")
    (scene.root.parent / "filler").unlink(missing_ok=True)
    left = [path.name for path in scene.root.rglob("*.new*")]
    if left:
        tally.failed(f"{what}: left behind {left}")
    try:
        found = scene.look(thoroughly=True)
        if found not in allowed:
            tally.failed(f"{what}: after room was made: {found}, allowed {allowed}")
        plane = scene.plane()
        if not plane.list_stores():
            plane.create_store(STORE, store_id=STORE)
        plane.create_gateway("room-again")
        plane.close()
    except Exception as error:
        tally.failed(f"{what}: not usable with room again: {type(error).__name__}: {error}")
