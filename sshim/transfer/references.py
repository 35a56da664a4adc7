"""References to values that are kept elsewhere, and asking there.

    env:NAME                        a variable of the environ
    file:PATH                       a file, relative to the manifest's folder
    op://VAULT/ITEM/FIELD           1Password, by its program `op`
    doppler:[PROJECT/CONFIG/]NAME   Doppler, by its program `doppler`
    sops:FILE#KEY                   a value of a file sealed by `sops`; dots in KEY lead deeper
    cmd:PROGRAM ARGUMENT…           what a program prints; only where that was allowed
    generate:hexN | generate:uuid   N random bytes (openssl rand -hex N), if the secret is not there yet
    prompt:[QUESTION]               asked for at the terminal, if the secret is not there yet

Programs are run by their argument list, never by a shell, with nothing on standard input and a time limit.
What they write to standard error is not shown, since it may hold values. White space at the end of a value
is cut off, as everywhere a value is read.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from sshim.errors import InvalidValue, TransferError
from sshim.model import SPACE, SecretValue
from sshim.record import NamedTuple
from sshim.transfer.program import MAX_READ, run_tool, value_of

KINDS = ("env", "file", "op", "doppler", "sops", "cmd", "generate", "prompt")
TOOLS = frozenset({"op", "doppler", "sops", "cmd"})
"""Kinds that start a program."""

FRESH = frozenset({"generate", "prompt"})
"""Kinds that give a value only to a secret that is not there yet: importing again changes nothing."""

TOOL_SECONDS = 60.0
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
_DOPPLER = r"(?a:(?:([a-z0-9][\w.-]*)/([a-z0-9][\w.-]*)/)?([A-Za-z_][A-Za-z0-9_]*))"
_GENERATE = r"hex([1-9][0-9]{0,3})|uuid"


class Reference(NamedTuple):
    """A kind and what stands behind it; `str` gives it as it is written."""

    kind: str
    rest: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.rest}"


def parse_reference(text: str) -> Reference:
    """The reference of a text. Raises `TransferError`, which never quotes it: it may be a value by
    mistake."""
    kind, found, rest = text.strip().partition(":")
    if kind == "prompt":
        found = ":"  # YAML wants quotes around a text that ends in a colon
    if not found or kind not in KINDS:
        known = ", ".join("op://" if each == "op" else f"{each}:" for each in KINDS)
        near = _near(kind) if found else None
        meant = f" (did you mean {near}:?)" if near else ""
        raise TransferError(
            f"this is no reference{meant}; one begins with {known}",
            hint="env:NAME, or plain: VALUE in a manifest for a value that is no secret",
        )
    _check(kind, rest)
    return Reference(kind, rest)


def _near(kind: str) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(kind.casefold(), KINDS, n=1, cutoff=0.6)), None)


def _check(kind: str, rest: str) -> None:
    fits: Callable[[], object] = {
        "env": lambda: re.fullmatch(_VARIABLE, rest),
        "file": lambda: rest and "\0" not in rest,
        "op": lambda: re.fullmatch(r"//[^/\0]+(?:/[^/\0]+){2,3}", rest),
        "doppler": lambda: re.fullmatch(_DOPPLER, rest),
        "sops": lambda: re.fullmatch(r"[^#\0]+#[^\0]+", rest),
        "cmd": lambda: _argv(rest),
        "generate": lambda: re.fullmatch(_GENERATE, rest),
        "prompt": lambda: "\n" not in rest,
    }[kind]
    if not fits():
        raise TransferError(f"this is no {kind} reference", hint=_FORMS[kind])


_FORMS = {
    "env": "env:NAME",
    "file": "file:PATH",
    "op": "op://VAULT/ITEM/FIELD",
    "doppler": "doppler:PROJECT/CONFIG/NAME, or doppler:NAME for the project that doppler is set up for",
    "sops": "sops:FILE#KEY",
    "cmd": "cmd:PROGRAM ARGUMENT, with quotes as in a shell; for pipes name a script",
    "generate": "generate:hex32 (as openssl rand -hex 32) or generate:uuid",
    "prompt": "prompt:QUESTION",
}


def _argv(rest: str) -> list[str]:
    try:
        return shlex.split(rest) if "\0" not in rest else []
    except ValueError:
        return []


def argv(reference: Reference, folder: Path) -> list[str]:
    """The argument list that a reference of `TOOLS` runs; `folder` is what file names are relative to."""
    rest = reference.rest
    if reference.kind == "op":
        return ["op", "read", "--no-newline", str(reference)]
    if reference.kind == "doppler":
        found = re.fullmatch(_DOPPLER, rest)
        assert found is not None, "parse_reference has seen to that"
        where = [f"--project={found[1]}", f"--config={found[2]}"] if found[1] else []
        return ["doppler", "secrets", "get", found[3], "--plain", *where]
    if reference.kind == "sops":
        file, _, key = rest.partition("#")
        import json

        steps = [f"[{step}]" if step.isdecimal() else f"[{json.dumps(step)}]" for step in key.split(".")]
        return ["sops", "--decrypt", "--extract", "".join(steps), str(folder / Path(file).expanduser())]
    return _argv(rest)


class Resolver:
    """Asks for values. `folder` is what file names are relative to; `ask` gives a line typed at the terminal
    without echo, None where nobody can be asked; `commands` tells whether `cmd:` is allowed."""

    def __init__(
        self,
        environ: Mapping[str, str],
        folder: Path,
        ask: Callable[[str], str] | None = None,
        commands: bool = False,
        seconds: float = TOOL_SECONDS,
    ) -> None:
        self.environ, self.folder, self.ask = environ, folder, ask
        self.commands, self.seconds = commands, seconds
        self._known: dict[Reference, SecretValue] = {}

    def resolve(self, reference: Reference, name: str) -> SecretValue:
        """The value; asked for once where it stands several times. Raises `TransferError`, `InvalidValue`
        or `ValueTooLong`, without any part of it; `name` is the secret's, to ask for."""
        if reference in self._known:
            return self._known[reference]
        value = SecretValue(self._resolve(reference, name))
        if reference.kind not in FRESH:
            self._known[reference] = value
        return value

    def _resolve(self, reference: Reference, name: str) -> str:
        kind, rest = reference
        if kind == "env":
            text = self.environ.get(rest, "").rstrip(SPACE)
            if not text:
                raise TransferError(f"the variable {rest} is not set", hint=f"export {rest}=…")
            return text
        if kind == "file":
            return self._file(rest)
        if kind == "generate":
            return _generate(rest)
        if kind == "prompt":
            return self._prompt(rest, name)
        if kind == "cmd" and not self.commands:
            raise TransferError(
                "cmd: references run programs, which has to be allowed", hint="--allow-commands"
            )
        return run_tool(argv(reference, self.folder), self.environ, self.folder, self.seconds, str(reference))

    def _file(self, rest: str) -> str:
        path = self.folder / Path(rest).expanduser()
        try:
            data = read_plain_file(path, MAX_READ)
        except OSError as error:
            raise TransferError(
                f"{path} cannot be read: {error.strerror}",
                hint="look at the path; it counts from the manifest",
            ) from None
        return value_of(data, str(path))

    def _prompt(self, rest: str, name: str) -> str:
        if self.ask is None:
            raise TransferError(
                f"the value of {name!r} is asked for at a terminal, and there is none",
                hint="run it in a terminal once; a secret that exists is not asked for",
            )
        text = self.ask(f"{rest or f'Value for {name}'}: ").rstrip(SPACE)
        if not text:
            raise InvalidValue("nothing was entered", hint="the same command, once more")
        return text


def read_plain_file(path: Path, limit: int) -> bytes:
    """Up to `limit` + 1 bytes of a file. Raises `OSError`, also for what is no plain file: a pipe or a
    device may never end."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise OSError(0, "it is a folder" if stat.S_ISDIR(mode) else "it is not a plain file")
        with open(descriptor, "rb", closefd=False) as stream:
            return stream.read(limit + 1)
    finally:
        os.close(descriptor)


def _generate(rest: str) -> str:
    if rest == "uuid":
        import uuid

        return str(uuid.uuid4())
    found = re.fullmatch(_GENERATE, rest)
    assert found is not None, "parse_reference has seen to that"
    return os.urandom(int(found[1])).hex()
