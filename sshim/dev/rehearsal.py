"""`sshim dev --rehearse`: a secret is rotated, missing, slow or failing while the Worker serves.

The schedule counts requests, so that it is the same on every machine: three requests make an act. The first
act is undisturbed; a rotation comes before each further act, the other disturbances in every second one.

After a rotation two things can be seen from outside of a handler, and are reported with the request: that a
retired value leaves the Worker (in an answer or in a fetch; raw, escaped or in base64), which is certain; and
that a request does not ask for a binding which such requests have asked for before, which is a sign. A value
that was only used to compute something (a signature, say) shows in the second way alone.
"""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sshim.dev.options import RehearsalKind
from sshim.dev.secrets import ReaderFactory
from sshim.errors import SecretNotFound, SshimError
from sshim.model import SecretReader, SecretValue
from sshim.redaction import SHORTEST, Redactor, forms_of
from sshim.worker.log import Log

ACT = 3
"""Requests of one act."""

DELAY = 3.0
"""Seconds that a slow secret takes."""

_BEGINS = {
    "rotate": "has been rotated",
    "missing": "is missing",
    "slow": f"takes {DELAY:.0f} s to read",
    "error": "cannot be read",
}

Key = tuple[str, str]
"""Store id and name of a secret."""


@dataclass(frozen=True, slots=True)
class RehearsedReaders:
    """`inner`, with a disturbance of the secrets in `targets`, which maps each to its binding. Picklable."""

    inner: ReaderFactory
    kind: RehearsalKind
    targets: Mapping[Key, str]

    def open(self, stack: ExitStack, redactor: Redactor) -> SecretReader:
        """The `Rehearsal` of one process that serves the Worker."""
        return Rehearsal(self.inner.open(stack, redactor), self.kind, self.targets, redactor)


@dataclass(slots=True)
class Asked:
    """One request (or other event): what is shown of it, the act it began in, what it has asked for."""

    label: str
    act: int
    read: set[Key] = field(default_factory=set)
    reported: set[Key] = field(default_factory=set)


_asked: ContextVar[Asked | None] = ContextVar("sshim_rehearsed_request", default=None)


class Rehearsal:
    """A `SecretReader` that disturbs, and watches what becomes of it. `log` is set by the server."""

    def __init__(
        self, inner: SecretReader, kind: RehearsalKind, targets: Mapping[Key, str], redactor: Redactor
    ) -> None:
        self._inner, self._kind, self._targets, self._redactor = inner, kind, targets, redactor
        self.log: Log | None = None
        self._requests = 0
        self._act = 0
        self._values: dict[Key, dict[int, str]] = {key: {} for key in targets}
        self._readers: dict[Key, set[str]] = {key: set() for key in targets}
        self._outside: dict[Key, int] = {}
        self._said: set[tuple[object, ...]] = set()

    # -- the schedule ------------------------------------------------------------------------------------

    def introduce(self) -> None:
        """Say what is going to happen."""
        names = ", ".join(self._targets.values())
        how = {
            "rotate": f"{names}: a new value before every {ACT} requests, from request {ACT + 1} on",
            "missing": f"{names}: missing for {ACT} requests, there for {ACT}, from request {ACT + 1} on",
            "slow": f"{names}: slow for {ACT} requests, as usual for {ACT}, from request {ACT + 1} on",
            "error": f"{names}: failing for {ACT} requests, as usual for {ACT}, from request {ACT + 1} on",
        }
        self._info(how[self._kind])

    def begin(self, label: str) -> Asked:
        """A request comes in; it may begin a new act. Give it to `end` when it is answered."""
        act = self._requests // ACT
        self._requests += 1
        if act != self._act:
            self._act = act
            for name in self._targets.values():
                if self._kind == "rotate" or self._disturbed:
                    self._info(f"{name} {_BEGINS[self._kind]}")
                else:
                    self._info(f"{name} is as usual again")
        asked = Asked(label, act)
        _asked.set(asked)
        return asked

    def end(self, asked: Asked) -> None:
        """A request has been answered. Work that it left behind is still watched."""
        _asked.set(None)
        for key, name in self._targets.items():
            if key in asked.read:
                self._readers[key].add(asked.label)
            elif self._kind == "rotate" and asked.act and key not in asked.reported:
                self._suspect(asked, key, name)

    @property
    def _disturbed(self) -> bool:
        return self._act % 2 == 1

    # -- reading -----------------------------------------------------------------------------------------

    async def read(
        self, store_id: str, secret_name: str, scope: str, *, binding: str | None = None
    ) -> SecretValue:
        """See `model.SecretReader`."""
        key = (store_id, secret_name)
        if key not in self._targets:
            return await self._inner.read(store_id, secret_name, scope, binding=binding)
        asked, act = _asked.get(), self._act
        if asked is None:
            self._outside[key] = act
        else:
            asked.read.add(key)
        if self._disturbed and self._kind != "rotate":
            await self._disturb(store_id, secret_name)
        value = await self._inner.read(store_id, secret_name, scope, binding=binding)
        return self._rotated(key, act, value) if self._kind == "rotate" else value

    async def _disturb(self, store_id: str, name: str) -> None:
        if self._kind == "slow":
            import asyncio

            await asyncio.sleep(DELAY)
        elif self._kind == "missing":
            raise SecretNotFound(
                store_id, name, why="this is a rehearsal", hint=f"it is back {ACT} requests later"
            )
        else:
            raise SshimError("the secret cannot be read: this is a rehearsal")

    def _rotated(self, key: Key, act: int, value: SecretValue) -> SecretValue:
        known = self._values[key]
        if act == 0:
            known[0] = value.reveal()
            if len(known[0]) < SHORTEST and self._once("short", key):
                self._info(f"{self._targets[key]} is too short to be recognised in what the Worker sends")
            return value
        if act not in known:
            made = another(value.reveal())
            self._redactor.add(made)
            known[act] = made
        return SecretValue(known[act])

    # -- watching ----------------------------------------------------------------------------------------

    def left(self, data: bytes, where: str, asked: Asked | None = None) -> None:
        """Bytes that leave the Worker, in the course of the present request or of `asked`."""
        asked = asked or _asked.get()
        if asked is None or self._kind != "rotate":
            return
        for key, name in self._targets.items():
            if key not in asked.reported and self._holds_retired(data, key, asked.act):
                asked.reported.add(key)
                self._warn(f"{asked.label} used a value of {name} from before its rotation: it is in {where}")

    def is_under_way(self) -> bool:
        """Whether this happens in the course of a request."""
        return _asked.get() is not None

    def is_watching(self) -> bool:
        """Whether any value has been retired yet."""
        return self._kind == "rotate" and self._act > 0

    def _holds_retired(self, data: bytes, key: Key, act: int) -> bool:
        known = self._values[key]
        current = {value for since, value in known.items() if since >= act}
        return any(
            form.encode("utf-8", "surrogatepass") in data
            for since, value in known.items()
            if since < act and value not in current
            for form in forms_of(value)
        )

    def _suspect(self, asked: Asked, key: Key, name: str) -> None:
        if asked.label in self._readers[key]:
            if self._once("not asked", key, asked.label):
                self._warn(
                    f"{asked.label} has not asked for {name} since its rotation, as it did before: "
                    "if it needs the value, it uses an old one"
                )
            return
        since = self._outside.get(key, asked.act)
        if since < asked.act and not self._readers[key] and self._once("outside", key):
            self._warn(
                f"{name} was read outside of any request, and not again since its rotation: "
                f"if {asked.label} needs the value, it uses an old one"
            )

    # -- parts -------------------------------------------------------------------------------------------

    def _once(self, *what: object) -> bool:
        fresh = what not in self._said
        self._said.add(what)
        return fresh

    def _info(self, text: str) -> None:
        if self.log is not None:
            self.log.info(f"rehearsal: {text}")

    def _warn(self, text: str) -> None:
        if self.log is not None:
            self.log.warning(f"rehearsal: {text}")


# -- a value like another ------------------------------------------------------------------------------------

_ALPHABETS = (string.ascii_lowercase, string.ascii_uppercase, string.digits)


def another(value: str) -> str:
    """A value of the same form: as long, letters for letters and digits for digits, and with the prefix that
    tells its kind (`sk-`, `ghp_`). A JSON object keeps its names; lines such as `-----BEGIN…` stay."""
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        parsed = None
    if isinstance(parsed, dict):
        changed = _another_leaf(parsed)
        if changed == parsed:  # no text in it to change
            changed["rotated" + "_" * sum(name.startswith("rotated") for name in parsed)] = True
        return json.dumps(changed, ensure_ascii=False)
    lines = value.split("\n")
    made = "\n".join(line if line.startswith("-----") else _another_line(line) for line in lines)
    return made if made != value else value + "-rotated"


def _another_leaf(leaf: Any) -> Any:
    if isinstance(leaf, dict):
        return {name: _another_leaf(each) for name, each in leaf.items()}
    if isinstance(leaf, list):
        return [_another_leaf(each) for each in leaf]
    return another(leaf) if isinstance(leaf, str) and leaf else leaf


def _another_line(line: str) -> str:
    head = max(line.rfind("-", 0, 8), line.rfind("_", 0, 8)) + 1
    return line[:head] + "".join(map(_another_letter, line[head:]))


def _another_letter(letter: str) -> str:
    alphabet: Iterable[str] = next((each for each in _ALPHABETS if letter in each), letter)
    return random.SystemRandom().choice([each for each in alphabet if each != letter] or [letter])
