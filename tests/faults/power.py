"""Power loss: every operation is recorded, then the disk is rebuilt as it may be when power goes at any of
them. What was synced is there; of the rest nothing, everything, or any part, torn at 512-byte sectors.

Allowed afterwards: the state before the command that was running, or the one after it; exactly the last
state when nothing was running. Acknowledged means durable.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.scene import COMMANDS, Commands, Scene, Seen, prove_copies
from tests.faults.tally import Tally
from tests.faults.vfs import Watch, WatchedDisk

SECTOR = 512


class Recorder(Watch):
    """Keeps every operation; `mark` adds what the outside knows."""

    def __init__(self) -> None:
        self.ops: list[tuple[Any, ...]] = []

    def op(self, kind: str, path: str, *details: Any) -> None:
        if kind != "sql" and not path.endswith("-shm"):
            self.ops.append((kind, path, *details))

    def mark(self, before: Seen | None, after: Seen | None) -> None:
        self.ops.append(("mark", before, after))


@dataclass(slots=True, eq=False)
class Inode:
    """Content that is safe, and writes that may be lost."""

    safe: bytes = b""
    waiting: list[tuple[int, bytes | None]] = field(default_factory=list)

    def now(self) -> bytes:
        content = bytearray(self.safe)
        for offset, data in self.waiting:
            _apply(content, offset, data)
        return bytes(content)

    def after_loss(self, dice: random.Random) -> bytes:
        """With some of the waiting writes, sector by sector."""
        content = bytearray(self.safe)
        for offset, data in self.waiting:
            if data is None:
                if dice.random() < 0.5:
                    _apply(content, offset, None)
                continue
            for at in range(0, len(data), SECTOR):
                if dice.random() < 0.5:
                    _apply(content, offset + at, data[at : at + SECTOR])
        return bytes(content)


def _apply(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        content.extend(bytes(max(0, offset - len(content))))
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


FOLDER = Inode()
"""What the name of a folder points to."""


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _reachable(names: dict[str, Inode]) -> Iterator[tuple[str, Inode]]:
    """The files whose folder is there too; only the topmost one existed before."""
    folders = {path for path, inode in names.items() if inode is FOLDER}
    top = min((_parent(path) for path in names), key=len, default="")
    for path, inode in names.items():
        if inode is not FOLDER and (_parent(path) in folders or _parent(path) == top):
            yield path, inode


class Platter:
    """The disk: names that are safe, changes of names that wait in order, and what they point to."""

    def __init__(self) -> None:
        self.safe: dict[str, Inode] = {}
        self.names: dict[str, Inode] = {}
        self.waiting: list[tuple[str, str, Any]] = []

    def play(self, op: tuple[Any, ...]) -> None:
        kind, path, *details = op
        if kind == "create":
            self.names[path] = Inode()
            self.waiting.append(("set", path, self.names[path]))
        elif kind in ("write", "truncate"):
            offset, data = details if kind == "write" else (details[0], None)
            self.names[path].waiting.append((offset, data))
        elif kind == "sync":
            inode = self.names[path]
            inode.safe, inode.waiting = inode.now(), []
        elif kind == "delete":
            if self.names.pop(path, None) is not None:
                self.waiting.append(("drop", path, None))
        elif kind == "rename":
            inode = self.names.pop(path)
            self.names[details[0]] = inode
            self.waiting += [("move", path, details[0])]
        elif kind == "folder":
            self.names[path] = FOLDER
            self.waiting.append(("set", path, FOLDER))
        elif kind == "syncdir":
            here = [change for change in self.waiting if _parent(change[1]) == path]
            self._settle(self.safe, here)
            self.waiting = [change for change in self.waiting if change not in here]

    @staticmethod
    def _settle(names: dict[str, Inode], changes: list[tuple[str, str, Any]]) -> None:
        for kind, path, detail in changes:
            if kind == "set":
                names[path] = detail
            elif kind == "drop":
                names.pop(path, None)
            elif path in names:
                names[detail] = names.pop(path)

    def after_loss(self, how: str, dice: random.Random) -> dict[str, bytes]:
        """What a fresh start finds: `none`, `all` or `some` of what was not synced."""
        if how == "all":
            return {path: inode.now() for path, inode in _reachable(self.names)}
        names = dict(self.safe)
        if how == "none":
            return {path: inode.safe for path, inode in _reachable(names)}
        # a journaling file system keeps changes of names in order: any beginning of them
        self._settle(names, self.waiting[: dice.randint(0, len(self.waiting))])
        return {path: inode.after_loss(dice) for path, inode in _reachable(names)}


def record(
    scene: Scene, make_disk: type[WatchedDisk] = WatchedDisk, commands: Commands = COMMANDS
) -> list[tuple[Any, ...]]:
    """Runs every command once and returns what it did to the disk, with marks of the states between and of
    the commands."""
    recorder = Recorder()
    before: Seen | None = None
    with make_disk(recorder) as disk:
        for name, command in commands:
            recorder.ops.append(("command", name))
            start = len(recorder.ops)
            steps = command(scene, disk)
            for seen in steps or ():
                recorder.ops.insert(start, ("mark", before, seen))
                recorder.mark(seen, seen)
                before, start = seen, len(recorder.ops)
            seen = scene.look()  # by the ordinary disk: not in the record, and everything is closed
            recorder.ops.insert(start, ("mark", before, seen))
            recorder.mark(seen, seen)
            before = seen
    return recorder.ops


def crashes(
    ops: list[tuple[Any, ...]], *, each: int, seed: int, only: str | None = None
) -> Iterator[tuple[int, dict[str, bytes], Any]]:
    """(operation, files, allowed states) for `each` ways to lose power after every operation, of the command
    `only` if one is named."""
    dice = random.Random(seed)
    platter = Platter()
    allowed: tuple[Any, Any] = (None, None)
    command = ""
    for at, op in enumerate(ops):
        if op[0] == "command":
            command = op[1]
            continue
        if op[0] == "mark":
            allowed = (op[1], op[2])
            continue
        platter.play(op)
        if only not in (None, command):
            continue
        for n in range(each):
            how = ("none", "all")[n] if n < 2 else "some"
            yield at, platter.after_loss(how, dice), allowed


def run(
    root: Path,
    *,
    states: int,
    seed: int = 1,
    make_disk: type[WatchedDisk] = WatchedDisk,
    commands: Commands = COMMANDS,
    only: str | None = None,
    until_failed: bool = False,
) -> Tally:
    """`states` crashes, spread evenly over all operations, or those of the command `only`. Of several that
    leave the same files one is judged."""
    tally = Tally("power loss")
    scene = Scene(root)
    ops = record(scene, make_disk, commands)
    count = sum(1 for _ in crashes(ops, each=1, seed=seed, only=only))
    tally.notes["operations"] = count
    each = max(4, -(-states // count))
    judged: set[tuple[int, int, frozenset[tuple[str, bytes]]]] = set()
    chosen = set(random.Random(seed).sample(range(count * each), min(states, count * each)))
    for n, (at, files, allowed) in enumerate(crashes(ops, each=each, seed=seed, only=only)):
        if n not in chosen:
            continue
        tally.tries += 1
        known = (id(allowed[0]), id(allowed[1]), frozenset(files.items()))
        if known in judged:
            continue
        judged.add(known)
        tally.count("different")
        rebuild(root, files)
        problem = judge(scene, allowed)
        if problem:
            tally.failed(f"seed {seed}, after operation {at} of {len(ops)}, {ops[at][:2]}: {problem}")
            if until_failed:
                break
    return tally


def rebuild(root: Path, files: dict[str, bytes]) -> None:
    shutil.rmtree(root)
    for name, content in files.items():
        path = Path(name)
        if not path.parent.exists():
            path.parent.mkdir(mode=0o700, parents=True)
        path.touch(mode=0o600)
        path.write_bytes(content)
    for folder in (root, root / "home", root / "keys", root / "anchors"):
        folder.mkdir(mode=0o700, exist_ok=True)


def judge(scene: Scene, allowed: tuple[Seen | None, Seen | None]) -> str | None:
    """What is wrong with the store as found after the loss."""
    try:
        found = scene.look(thoroughly=True) if scene.path.exists() else scene.look()
        prove_copies(scene)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if found not in allowed:
        return f"found {_short(found)}, allowed {_short(allowed[0])} or {_short(allowed[1])}"
    return None


def _short(seen: Seen | None) -> str:
    if seen is None:
        return "no store"
    names = sorted(f"{name}={value[:12]}" for (_, name), value in seen.values.items())
    return f"[{', '.join(names)}; {seen.slots} slots, term {seen.term}]"
