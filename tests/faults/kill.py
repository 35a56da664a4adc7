"""kill -9: a child works on the store and is killed, at a named point or at any moment; then the store must
hold what was acknowledged, or that and the change that was running.

Runs as a program of its own, `python -m tests.faults.kill ROOT TRIES SEED`, since it forks; prints its tally
as JSON.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import sshim.store
from sshim.model import SecretValue, new_secret
from sshim.store.copying import copy_store
from sshim.store.disk import Disk
from tests.faults.scene import SCOPES, STORE, Scene, Seen, prove_copies
from tests.faults.tally import Tally

POINTS = sorted(
    {
        name
        for path in Path(sshim.store.__file__).parent.glob("*.py")
        for name in re.findall(r'\.point\("([^"]+)"\)', path.read_text(encoding="utf-8"))
    }
    - {"migrate.backed-up", "migrate.proven", "migrate.committed"}
)
"""Every named point there is; those of a migration are in `test_migrate`, as there is no old format yet."""


class DeadlyDisk(Disk):
    """Kills the process the n-th time that a point is reached."""

    def __init__(self, point: str | None, nth: int) -> None:
        self._point, self._left = point, nth

    def point(self, name: str) -> None:
        if name == self._point:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Worker:
    """What the child does: changes at random, each announced before and acknowledged after."""

    def __init__(self, scene: Scene, disk: Disk, dice: random.Random, out: int) -> None:
        self._scene, self._disk, self._dice, self._out = scene, disk, dice, out
        self._seen = scene.look()

    def work(self, steps: int, wanted: str | None) -> None:
        for n in range(steps):
            prefix = (wanted or "").partition(".")[0]
            chosen = {
                "backup": self._backup,
                "restore": self._restore,
                "rotate": self._rotate,
                "copy": self._copy,
            }.get(prefix)
            if wanted == "key.added":
                chosen = self._add_key
            if chosen is None or n % 2 == 0:
                others = [self._rotate, self._add_key, self._backup, self._copy]
                chosen = self._dice.choice([self._secrets] * 6 + others)
            chosen()

    def _say(self, kind: str, seen: Seen | None) -> None:
        os.write(self._out, json.dumps([kind, _plain(seen)]).encode() + b"\n")

    def _change(self, after: Seen | None, change: Any) -> None:
        self._say("begin", after)
        change()
        self._seen = after
        self._say("ack", after)

    def _secrets(self) -> None:
        plane = self._scene.plane(self._disk)
        if self._seen is None:
            self._seen = Seen({}, 1, 1)
        if not plane.list_stores():
            plane.create_store(STORE, store_id=STORE)
        seen = self._seen
        for _ in range(self._dice.randint(1, 4)):
            assert seen is not None
            values = dict(seen.values)
            name = f"K{self._dice.randrange(12)}"
            value = f"{name} {self._dice.random()} " + "v" * self._dice.randrange(3000)
            if (STORE, name) not in values:
                after = replace(seen, values={**values, (STORE, name): value})
                new = new_secret(name, value, SCOPES)
                self._change(after, lambda new=new: plane.create_secrets(STORE, [new]))
            elif self._dice.random() < 0.3:
                del values[(STORE, name)]
                found = plane.find_secret(STORE, name)
                after = replace(seen, values=values)
                self._change(after, lambda found=found: plane.delete_secret(STORE, found.id))
            else:
                found = plane.find_secret(STORE, name)
                after = replace(seen, values={**values, (STORE, name): value})
                sealed = SecretValue(value)
                self._change(after, lambda f=found, v=sealed: plane.update_secret(STORE, f.id, value=v))
            seen = self._seen
        plane.close()

    def _rotate(self) -> None:
        if self._seen is None:
            return
        care = self._scene.care(self._disk)
        after = replace(self._seen, term=self._seen.term + 1)
        self._change(after, lambda: care.rotate_key(drop_unproven=True))
        care.close()

    def _add_key(self) -> None:
        if self._seen is None:
            return
        care = self._scene.care(self._disk)
        if self._seen.slots < 3:
            path = self._scene.root / f"key-{os.urandom(4).hex()}"
            after = replace(self._seen, slots=self._seen.slots + 1)
            self._change(after, lambda: care.keys.add_key_file(path))
        else:
            after = replace(self._seen, slots=self._seen.slots - 1)
            self._change(after, lambda: care.keys.remove(care.keys.list()[-1].id))
        care.close()

    def _backup(self) -> None:
        if self._seen is None:
            return
        care = self._scene.care(self._disk)
        self._change(self._seen, lambda: care.backup(self._scene.root / "backup.db", overwrite=True))
        (self._scene.root / "backup.json").write_text(json.dumps(_plain(self._seen)))
        care.close()

    def _copy(self) -> None:
        if self._seen is None:
            return
        source, target = self._scene.options(self._disk), self._scene.copy.options(self._disk)
        if target.path.exists():  # one that was broken off is gone on with instead
            shutil.rmtree(target.home)
        self._change(self._seen, lambda: copy_store(source, target))
        if self._scene.copy.look() != self._seen:
            raise AssertionError("the copy does not hold what the store holds")

    def _restore(self) -> None:
        backup = self._scene.root / "backup.db"
        if self._seen is None or not (self._scene.root / "backup.json").exists():
            self._backup()
        if self._seen is None or not backup.exists():
            return
        self._backup()
        after = self._seen
        plane = self._scene.plane(self._disk)
        if not plane.list_stores():
            plane.create_store(STORE, store_id=STORE)
        name = f"EXTRA{self._dice.randrange(10**9)}"
        more = replace(after, values={**after.values, (STORE, name): "to be undone"})
        self._change(more, lambda: plane.create_secrets(STORE, [new_secret(name, "to be undone", SCOPES)]))
        plane.close()
        care = self._scene.care(self._disk)
        self._change(after, lambda: care.restore(backup))


def _plain(seen: Seen | None) -> Any:
    if seen is None:
        return None
    return [sorted([*key, value] for key, value in seen.values.items()), seen.slots, seen.term]


def one_kill(root: Path, dice: random.Random, tally: Tally, point: str | None, nth: int) -> None:
    """Forks a worker, lets it be killed (at a point, or at random), judges what is left."""
    scene = Scene(root)
    if point is not None and point.startswith(("create.", "key.")) and point != "key.added":
        _clear(root)
    before = _plain(scene.look())
    reading, writing = os.pipe()
    own = random.Random(dice.random())
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            Worker(scene, DeadlyDisk(point, nth), own, writing).work(12, point)
        except BaseException as error:
            os.write(writing, json.dumps(["error", f"{type(error).__name__}: {error}"]).encode() + b"\n")
        os._exit(0)
    os.close(writing)
    if point is None:
        time.sleep(dice.random() * 0.08)
        os.kill(pid, signal.SIGKILL)
    lines = []
    with os.fdopen(reading) as pipe:
        lines = [json.loads(line) for line in pipe if line.endswith("\n")]
    _, status = os.waitpid(pid, 0)
    tally.tries += 1
    if os.WIFSIGNALED(status):
        tally.count(f"at {point}" if point else "at random")
    acked, running = before, before
    for kind, said in lines:
        if kind == "error":
            tally.failed(f"{point} {nth}: the worker failed before it was killed: {said}")
            return
        running = said
        if kind == "ack":
            acked = said
    started = time.perf_counter()
    try:
        found = _plain(scene.look(thoroughly=True))
        prove_copies(scene)
    except Exception as error:
        tally.failed(f"{point} {nth}: {type(error).__name__}: {error}")
        _clear(root)
        return
    slowest = max(float(str(tally.notes.get("slowest reopen s", 0))), time.perf_counter() - started)
    tally.notes["slowest reopen s"] = round(slowest, 3)
    empty = (None, [[], 1, 1])  # made by first use, before any change was announced
    if found not in (acked, running) and not (found in empty and acked in empty):
        tally.failed(f"{point} {nth}: found {str(found)[:150]}, acknowledged {str(acked)[:150]}")


def _clear(root: Path) -> None:
    for path in sorted(root.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def main(arguments: list[str]) -> None:
    root, tries, seed = Path(arguments[0]), int(arguments[1]), int(arguments[2])
    dice, tally = random.Random(seed), Tally("kill -9")
    for n in range(tries):
        if n < len(POINTS):
            one_kill(root, dice, tally, POINTS[n], 1)
        else:
            point = dice.choice(POINTS) if dice.random() < 0.6 else None
            one_kill(root, dice, tally, point, dice.choice((1, 1, 1, 2, 3, 5)))
    print(json.dumps(asdict(tally)))


if __name__ == "__main__":
    main(sys.argv[1:])
