"""A value that must appear nowhere: every operation, in every condition, with all that it leaves behind read.

Looked for in what is returned, in errors with their whole traceback, in log records, on the terminal, and in
every file: as it is, and in each form that encoding gives it.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import logging
import os
import pickle
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sshim.control import ControlPlane
from sshim.errors import SshimError
from sshim.model import Actor, NewSecret, SecretValue, check_value, new_secret
from sshim.redaction import forms_of
from sshim.store.lock import FileLock
from sshim.store.open import StoreOptions, open_store
from tests.faults.refusal import Countdown, FailingDisk
from tests.faults.scene import ACTOR, SCOPES, STORE, Scene
from tests.faults.tally import Tally

CANARY = 'canary-7f3a"91é0c5-b2e8\\d4-do-not-leak-me'

Do = Callable[[ControlPlane, Scene], Any]


def _id(plane: ControlPlane, name: str = "CANARY") -> str:
    return plane.find_secret(STORE, name).id


def _read(plane: ControlPlane, scope: str = "workers", *, strict: bool = False) -> Any:
    reader = plane.reader(worker="w", environment="e", strict=strict)
    try:
        return reader.read_now(STORE, "CANARY", scope, binding="B")
    finally:
        reader.close()


OPERATIONS: dict[str, Do] = {
    "create": lambda p, s: p.create_secrets(STORE, [new_secret("FRESH", CANARY, SCOPES, "comment")]),
    "create a taken name": lambda p, s: p.create_secrets(STORE, [new_secret("CANARY", CANARY, SCOPES)]),
    "create in no store": lambda p, s: p.create_secrets("nowhere", [new_secret("FRESH", CANARY, SCOPES)]),
    "create with a bad name": lambda p, s: p.create_secrets(
        STORE, [NewSecret("no good", SecretValue(CANARY), SCOPES)]
    ),
    "create with a bad scope": lambda p, s: p.create_secrets(
        STORE, [NewSecret("FRESH", SecretValue(CANARY), ("worker",))]
    ),
    "create too long": lambda p, s: p.create_secrets(
        STORE, [NewSecret("FRESH", SecretValue(CANARY * 2000), SCOPES)]
    ),
    "create with NUL": lambda p, s: p.create_secrets(
        STORE, [NewSecret("FRESH", SecretValue(CANARY + "\0"), SCOPES)]
    ),
    "check a lone surrogate": lambda p, s: check_value(CANARY + "\udc80"),
    "update": lambda p, s: p.update_secret(STORE, _id(p), value=SecretValue(CANARY + "2")),
    "update nothing there": lambda p, s: p.update_secret(STORE, "0" * 32, value=SecretValue(CANARY)),
    "duplicate": lambda p, s: p.duplicate_secret(STORE, _id(p), name="COPY", scopes=SCOPES),
    "delete": lambda p, s: p.delete_secret(STORE, _id(p)),
    "list": lambda p, s: (p.list_stores(), p.list_secrets(STORE), p.quota()),
    "search for it": lambda p, s: p.list_secrets(STORE, search=CANARY),
    "find a near name": lambda p, s: p.find_secret(STORE, "CANARRY"),
    "read": lambda p, s: _read(p),
    "read strictly": lambda p, s: _read(p, strict=True),
    "read out of scope": lambda p, s: _read(p, "dex"),
    "pickle what was read": lambda p, s: pickle.dumps(_read(p)),
    "format what was read": lambda p, s: f"{_read(p)} {_read(p)!r:>40} {_read(p)!s}",
    "provider key": lambda p, s: p.create_provider_key("edge", "groq", value=SecretValue("sk-" + _ASCII)),
    "provider key with a newline": lambda p, s: p.create_provider_key(
        "edge", "groq", value=SecretValue(CANARY + "\n")
    ),
    "audit": lambda p, s: p.audit(),
    "rotate": lambda p, s: s.care().rotate_key(),
    "backup": lambda p, s: s.care().backup(s.root / "backup.db"),
    "verify": lambda p, s: s.care().verify(deep=True).as_dict(),
    "status": lambda p, s: s.care().status(),
    "salvage": lambda p, s: s.care().salvage(),
}

_ASCII = "canary-7f3a91e0c5-b2e8d4-do-not-leak-me"


def _nothing(scene: Scene) -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext()


@dataclass(frozen=True)
class Condition:
    """How things stand when an operation is called."""

    options: Callable[[StoreOptions, Scene], StoreOptions] = lambda options, scene: options
    actor: Actor = ACTOR
    around: Callable[[Scene], contextlib.AbstractContextManager[None]] = lambda scene: (
        contextlib.nullcontext()
    )


def _damage(scene: Scene) -> contextlib.AbstractContextManager[None]:
    content = bytearray(scene.path.read_bytes())
    for at in range(len(content) // 2, len(content), 97):
        content[at] ^= 0x55
    scene.path.write_bytes(content)
    return contextlib.nullcontext()


@contextlib.contextmanager
def _held(scene: Scene) -> Iterator[None]:
    with FileLock(scene.home / "store.lock", scene.options().disk, timeout=1).held():
        yield


def _failing(options: StoreOptions, scene: Scene) -> StoreOptions:
    return options._replace(disk=FailingDisk(Countdown(4, 28)), lock_timeout=1)


CONDITIONS: dict[str, Condition] = {
    "all well": Condition(),
    "reporter": Condition(actor=Actor("reporter", interface="test")),
    "unknown role": Condition(actor=Actor("nobody", interface="test")),
    "wrong key": Condition(options=lambda o, s: o._replace(key=bytes(32))),
    "no key": Condition(options=lambda o, s: o._replace(key_file=s.root / "absent.key")),
    "no store": Condition(options=lambda o, s: o._replace(home=s.root / "elsewhere", create=False)),
    "damage": Condition(around=_damage),
    "disk full": Condition(options=_failing),
    "locked": Condition(options=lambda o, s: o._replace(lock_timeout=0.01), around=_held),
}


def run(root: Path, only: frozenset[str] = frozenset()) -> Tally:
    """Every operation, or `only` some, in every condition."""
    tally = Tally("canary")
    forms = _forms()
    scene = Scene(root / "s").filled(1)
    plane = scene.plane(create=False)
    plane.create_secrets(STORE, [new_secret("CANARY", CANARY, SCOPES)])
    plane.close()
    base = {p.relative_to(scene.root): p.read_bytes() for p in scene.root.rglob("*") if p.is_file()}
    for name, do in OPERATIONS.items():
        if only and name not in only:
            continue
        for state, condition in CONDITIONS.items():
            # a folder for each: what an earlier try still writes in the background reaches no later one
            here = Scene(root / str(tally.tries), lock_timeout=0.01 if state == "locked" else 20)
            for path, content in base.items():
                (here.root / path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                (here.root / path).write_bytes(content)
                (here.root / path).chmod(0o600)
            tally.tries += 1
            said = _said(here, do, condition)
            tally.count("refused" if "Error" in said or "Traceback" in said else "done")
            if state == "all well" and "Traceback" not in said:
                tally.count("done when all is well")
            for where, text in (("said", said.encode()), *_left(here.root)):
                for form in forms:
                    if form in text:
                        tally.failed(f"{name}, {state}: {where} holds {form[:12]!r}…")
    return tally


def _said(scene: Scene, do: Do, condition: Condition) -> str:
    """All that a person, a log or a caller gets to see."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    logging.getLogger().addHandler(handler)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), condition.around(scene):
            try:
                store = open_store(condition.options(scene.options(create=True), scene))
                plane = ControlPlane(store, actor=condition.actor)
                try:
                    found = do(plane, scene)
                    print(repr(found), str(found), json.dumps(found, default=repr))
                finally:
                    plane.close()
            except (SshimError, TypeError) as error:
                print(repr(error), error, getattr(error, "hint", ""), vars(error))
                traceback.print_exception(error)
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(level)
    return out.getvalue()


def _left(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in root.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()
    with contextlib.suppress(OSError):
        yield "the command line", Path(f"/proc/{os.getpid()}/cmdline").read_bytes()
        yield "the environment", Path(f"/proc/{os.getpid()}/environ").read_bytes()


def _forms() -> set[bytes]:
    found = set()
    for value in (CANARY, _ASCII):
        found |= {form.encode() for form in forms_of(value)}
        found.add(gzip.compress(value.encode())[10:30])
        found.add(value.encode("utf-16-le"))
    return found
