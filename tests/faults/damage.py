"""Damage at rest: bytes flipped, blocks zeroed, files cut, pages swapped, two generations mixed.

Whatever is done to a file, every secret then reads as it was written or with an error of ours that calls it
damage: never a wrong value, never "no such secret", never a wrong key.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sshim.control import ControlPlane
from sshim.errors import Corrupt, RolledBack, SecretNotFound, SshimError
from sshim.model import SecretValue
from sshim.store.care import StoreCare
from sshim.store.open import StoreOptions, open_store
from tests.faults.scene import ACTOR, STORE, Scene
from tests.faults.tally import Tally

PAGE = 4096
HANGS = 20.0

Read = Callable[[StoreOptions], dict[str, str]]
"""Opens a store and returns all that it holds, by name."""


def read_all(options: StoreOptions) -> dict[str, str]:
    """As a Worker reads: by name, each with the scope it asks for."""
    with contextlib.closing(open_store(options)) as store:
        plane = ControlPlane(store, actor=ACTOR)
        with contextlib.closing(plane.reader(worker=None, environment=None)) as reader:
            return {name: reader._open(STORE, name, "workers")[0].reveal() for name in NAMES}


NAMES = tuple(f"KEY_{n}" for n in range(4))


@dataclass(frozen=True)
class Subject:
    """A store at rest, with a journal that still holds its last commits, as plain bytes."""

    scene: Scene
    files: Mapping[Path, bytes]
    expected: Mapping[str, str]

    @property
    def db(self) -> bytes:
        return self.files[self.scene.path]

    @property
    def wal_path(self) -> Path:
        return self.scene.home / "store.db-wal"

    def one(self, suffix: str) -> Path:
        return next(path for path in self.files if str(path.relative_to(self.scene.root)).startswith(suffix))

    def lay_out(self, changed: Mapping[Path, bytes | None]) -> None:
        """The store as it was, but for what is in `changed` (None: no such file)."""
        for path, content in {**self.files, **changed}.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.touch(mode=0o600)
                path.write_bytes(content)
        (self.scene.home / "store.db-shm").unlink(missing_ok=True)


def prepare(root: Path, *, closed: bool = False) -> Subject:
    """A store in use is copied with its journal, or after it was `closed`: then all is in the one file."""
    scene = Scene(root / "live").filled(4)
    plane = scene.plane(create=False)
    for secret in plane.list_secrets(STORE):
        if secret.name in NAMES:
            plane.update_secret(STORE, secret.id, value=SecretValue(f"present value of {secret.name}"))
    expected = {name: f"present value of {name}" for name in NAMES}
    if closed:
        plane.close()
    copy = Scene(root / "copy")
    shutil.copytree(scene.root, copy.root)
    plane.close()
    _move_anchor(scene, copy)
    files = {path: path.read_bytes() for path in copy.root.rglob("*") if path.is_file()}
    files = {p: content for p, content in files.items() if not p.name.endswith("-shm")}
    return Subject(copy, files, expected)


def _move_anchor(old: Scene, new: Scene) -> None:
    """Anchors are by path: the copy needs one of its own."""
    from sshim.store.open import anchor_of

    [old_file] = (new.root / "anchors").iterdir()
    vault_id = old_file.name.split("-")[0]
    old_file.rename(anchor_of(new.options()).path(vault_id))


def trial(
    subject: Subject,
    tally: Tally,
    what: str,
    changed: Mapping[Path, bytes | None],
    read: Read = read_all,
    *,
    other: Mapping[str, str] | None = None,
    allowed: tuple[type[SshimError], ...] = (Corrupt,),
) -> None:
    """Damages, reads, judges. `other` is a second state that may be read as a whole."""
    subject.lay_out(changed)
    tally.tries += 1
    started = time.perf_counter()
    try:
        found = read(subject.scene.options())
    except SecretNotFound as error:
        tally.failed(f"{what}: false absence: {error}")
    except allowed as error:
        tally.count(type(error).__name__)
    except SshimError as error:
        tally.failed(f"{what}: called {type(error).__name__}: {error}")
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        tally.failed(f"{what}: foreign {type(error).__name__}: {error} ({where.name} {where.lineno})")
    else:
        tally.count("read right")
        if found not in (subject.expected, other):
            tally.failed(f"{what}: wrong: {found}")
    if time.perf_counter() - started > HANGS:
        # a machine that is busy with other things is slow once, what hangs is slow again
        started = time.perf_counter()
        with contextlib.suppress(Exception):
            read(subject.scene.options())
        if time.perf_counter() - started > HANGS:
            tally.failed(f"{what}: took {time.perf_counter() - started:.1f} s twice")


def flips(content: bytes, step: int, count: int = 1, seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """The content with one byte changed, at every `step`-th place, in `count` ways."""
    dice = random.Random(seed)
    for at in range(seed % step, len(content), step):
        for mask in dice.sample(range(1, 256), count):
            yield f"byte {at} ^ {mask:#x}", content[:at] + bytes([content[at] ^ mask]) + content[at + 1 :]


def run_flips(root: Path, *, step: int, count: int = 1, seed: int = 1, read: Read = read_all) -> Tally:
    """Every `step`-th byte of store, journal, anchor and key file (all of the small ones), each in `count`
    ways."""
    tally = Tally("byte flips")
    subject = prepare(root / "closed", closed=True)
    for what, content in flips(subject.db, step, count, seed):
        trial(subject, tally, f"store.db {what}", {subject.scene.path: content}, read)
    subject = prepare(root / "used")
    for path in (subject.scene.path, subject.wal_path):
        for what, content in flips(subject.files[path], step, count, seed):
            # a changed byte ends the journal for SQLite: what was there before it is an older state
            allowed = (Corrupt,) if path == subject.scene.path else (Corrupt, RolledBack)
            trial(subject, tally, f"{path.name} {what}", {path: content}, read, allowed=allowed)
    for suffix in ("keys/", "anchors/"):
        path = subject.one(suffix)
        for what, content in flips(subject.files[path], 1, count, seed):
            trial(subject, tally, f"{suffix} {what}", {path: content}, read)
    return tally


def run_blocks(root: Path, *, share: float = 1.0, seed: int = 1, read: Read = read_all) -> Tally:
    """Zeroed sectors, cut files, swapped pages."""
    tally, dice = Tally("blocks, cuts, swaps"), random.Random(seed)
    for subject in (prepare(root / "closed", closed=True), prepare(root / "used")):
        for path in (subject.scene.path, subject.wal_path):
            if path in subject.files:
                _pieces(subject, path, tally, dice, share, read)
        _swaps(subject, tally, read)
    return tally


def _pieces(
    subject: Subject, path: Path, tally: Tally, dice: random.Random, share: float, read: Read
) -> None:
    content = subject.files[path]
    for at in range(0, len(content), 512):
        if dice.random() < share:
            allowed = (Corrupt,) if path == subject.scene.path else (Corrupt, RolledBack)
            zeroed = content[:at] + bytes(512) + content[at + 512 :]
            trial(subject, tally, f"{path.name} zeroed at {at}", {path: zeroed}, read, allowed=allowed)
    for size in range(0, len(content), 61):
        if dice.random() < share:
            # a journal that ends early is what a crash leaves: its last commits are not there, and the
            # anchor knows of them
            allowed = (Corrupt,) if path == subject.scene.path else (Corrupt, RolledBack)
            what, changed = f"{path.name} cut to {size}", {path: content[:size]}
            trial(subject, tally, what, changed, read, allowed=allowed)


def _swaps(subject: Subject, tally: Tally, read: Read) -> None:
    pages = [subject.db[at : at + PAGE] for at in range(0, len(subject.db), PAGE)]
    for one in range(len(pages)):
        for two in range(one):
            swapped = list(pages)
            swapped[one], swapped[two] = pages[two], pages[one]
            what, changed = f"pages {two} and {one} swapped", {subject.scene.path: b"".join(swapped)}
            trial(subject, tally, what, changed, read)


def run_mixes(root: Path, *, tries: int, seed: int = 1, read: Read = read_all) -> Tally:
    """Pages of two generations of one store mixed, each with or without a journal of either."""
    subject, dice = prepare(root), random.Random(seed)
    older = dict(subject.files)
    scene = subject.scene
    subject.lay_out({})
    plane = scene.plane(create=False)
    for secret in plane.list_secrets(STORE):
        if secret.name in NAMES:
            plane.update_secret(STORE, secret.id, value=SecretValue(f"newest of {secret.name}"))
    plane.update_secret(STORE, plane.list_secrets(STORE)[0].id, comment="c" * 6000)
    plane.close()
    newer = {path: path.read_bytes() for path in older if path.exists()}
    newest = {name: f"newest of {name}" for name in NAMES}
    both = Subject(scene, {**newer, subject.wal_path: b""}, newest)
    tally = Tally("page mixes")
    old_db, new_db = older[scene.path], newer[scene.path]
    count = max(len(old_db), len(new_db)) // PAGE
    for n in range(tries):
        chosen = [dice.random() < 0.5 for _ in range(count)]
        pages = [
            (old_db if old else new_db)[at * PAGE : (at + 1) * PAGE] or new_db[at * PAGE : (at + 1) * PAGE]
            for at, old in enumerate(chosen)
        ]
        journal = dice.choice((b"", b"", older[subject.wal_path]))
        changed = {scene.path: b"".join(pages), subject.wal_path: journal}
        trial(both, tally, f"mix {n}", changed, read, allowed=(Corrupt, RolledBack))
    return tally


def run_verify(root: Path, *, step: int, seed: int = 1) -> Tally:
    """`verify --deep` finds every flip that changes anything: one that it does not find leaves everything
    that the store holds as it was."""
    tally = Tally("verify finds flips")
    for subject in (prepare(root / "closed", closed=True), prepare(root / "used")):
        _verify(subject, tally, step, seed)
    return tally


def _verify(subject: Subject, tally: Tally, step: int, seed: int) -> None:
    subject.lay_out({})
    whole = _everything(subject.scene)
    for path in (subject.scene.path, subject.wal_path):
        for what, content in flips(subject.files.get(path, b""), step, seed=seed):
            subject.lay_out({path: content})
            tally.tries += 1
            try:
                report = StoreCare(subject.scene.options(), actor=ACTOR).verify(deep=True)
                if not report.ok:
                    tally.count("found")
                    continue
                if _everything(subject.scene) != whole:
                    tally.failed(f"{path.name} {what}: not found, and it changed something")
                tally.count("of no effect")
            except Exception as error:
                tally.failed(f"{path.name} {what}: foreign {type(error).__name__}: {error}")


def _everything(scene: Scene) -> object:
    with contextlib.closing(open_store(scene.options())) as store:
        state, audit = store.audit_rows()
        assert state is not None
        return state.tables, state.head, state.header, audit
