"""Values for development from `.dev.vars` and `.env` files: which files count, and what they give.

No value ever goes into a message.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from sshim.config.discovery import relative
from sshim.config.document import MAX_BYTES
from sshim.config.javascript import MISSING, PROTOTYPE, entries, order_keys, read, show
from sshim.errors import ConfigError, Problem
from sshim.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

LOAD = "CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV"
INCLUDE = "CLOUDFLARE_INCLUDE_PROCESS_ENV"


class Var(NamedTuple):
    """A value of `env`: text or JSON from the configuration, or text from a file (`secret_text`)."""

    type: Literal["plain_text", "json", "secret_text"]
    value: Any

    def __repr__(self) -> str:
        return f"Var(type={self.type!r})"


class Files(NamedTuple):
    """What the files gave: values by name (None where no file was looked at), and lines to print."""

    values: Mapping[str, str] | None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Files(notes={self.notes!r})"


class Lookup(NamedTuple):
    """Where to look: the folder beside the user's configuration, `--env` as given, `--env-file`s (relative
    to that folder), the process's environ, and the folder messages are relative to."""

    folder: Path
    env: str | None
    env_files: tuple[Path, ...]
    environ: Mapping[str, str]
    cwd: Path

    def candidates(self) -> tuple[Path, ...]:
        """Every file that could matter, existing or not, in the order they are looked for."""
        if self.env_files:
            return tuple(self.folder / path for path in self.env_files)
        names = [".dev.vars"] if self.env is None else [f".dev.vars.{self.env}", ".dev.vars"]
        return tuple(self.folder / name for name in (*names, *self._dotenv_names()))

    def _dotenv_names(self) -> tuple[str, ...]:
        named = () if self.env is None else (f".env.{self.env}", f".env.{self.env}.local")
        return (".env", ".env.local", *named)

    def dotenv_files(self) -> tuple[Path, ...]:
        """The `.env` files, later ones winning."""
        return tuple(self.folder / path for path in self.env_files or self._dotenv_names())

    def dev_vars_files(self) -> tuple[Path, ...]:
        """The `.dev.vars` files; the first that exists is the only one read."""
        return () if self.env_files else self.candidates()[: 1 if self.env is None else 2]


def load(lookup: Lookup, *, include_environ: bool) -> Files:
    """Reads the files that count. `include_environ`: the process's environ gives values too.

    Raises `ConfigError` for an unreadable `.dev.vars`, a wrong switch or values that grow without end.
    """
    for path in lookup.dev_vars_files():
        data = _read_dev_vars(path, lookup.cwd)
        if data is not None:
            parsed = _parse(data.decode("utf-8", "replace"))
            return Files(parsed, (f"Using secrets defined in {relative(path, lookup.cwd)}",))
    if not _switch(lookup.environ, LOAD, default=True):
        return Files(None)
    include = include_environ or _switch(lookup.environ, INCLUDE, default=False)
    parsed, notes = {}, []
    for path in lookup.dotenv_files():
        text = _read_dotenv(path)
        if text is not None:
            parsed |= _parse(text)
            notes.append(f"Using secrets defined in {relative(path, lookup.cwd)}")
        elif lookup.env_files:
            notes.append(f"--env-file means {relative(path, lookup.cwd)}, which is not there")
    order_keys(parsed)
    if include:
        notes.append("Using secrets defined in process.env")
    return Files(_expand(parsed, lookup.environ if include else {}), tuple(notes))


def cli_environ(lookup: Lookup) -> dict[str, str]:
    """The process's environ with what `.env` files add; a non-empty value of the process wins."""
    parsed: dict[str, str] = {}
    for path in lookup.dotenv_files():
        text = _read_dotenv(path)
        if text:
            parsed |= _parse(text)
    return _expand(parsed, lookup.environ)


def merge(variables: Any, secrets: Any, files: Files) -> tuple[dict[str, Var], tuple[str, ...]]:
    """The variables of `env`: the configuration's, then what files override or add; and notes to print.

    With `secrets.required` only names that are variables or required are taken.
    """
    result = {
        name: Var("plain_text" if isinstance(value, str) else "json", value)
        for name, value in entries(variables)
    }
    values = files.values or {}
    notes = list(files.notes)
    wanted: list[Any] | None = None
    if secrets is not MISSING:
        required = read(secrets, "required")
        wanted = required if isinstance(required, list) else []
    for name, value in values.items():
        if wanted is None or name in result or name in wanted:
            result[name] = Var("secret_text", value)
    lacking = [name for name in wanted or () if name not in values]
    if lacking:
        notes.append(
            f"Missing required secrets: {', '.join(lacking)}. Add them to .dev.vars, .env, or set as "
            "environment variables."
        )
    order_keys(result)
    return result, tuple(notes)


def _switch(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    given = environ.get(name)
    if given is None:
        return default
    if given.lower() in ("true", "false"):
        return given.lower() == "true"
    message = f'Expected {name} to be "true" or "false", but got {show(given)}'
    raise ConfigError((Problem(message, hint=f"export {name}=false, or unset it"),))


def _read_dev_vars(path: Path, cwd: Path) -> bytes | None:
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError as error:
        message = f'Failed to load local dev variables file "{relative(path, cwd)}":'
        raise ConfigError(
            (Problem(message, hint=f"it has to be a readable file: {error.strerror}"),)
        ) from None
    if len(data) > MAX_BYTES:
        message = f'Failed to load local dev variables file "{relative(path, cwd)}": it is too long'
        raise ConfigError((Problem(message, hint=f"keep it below {MAX_BYTES:,} bytes"),))
    return data


def _read_dotenv(path: Path) -> str | None:
    """An `.env` file's text; one that cannot be read is passed over."""
    try:
        if os.path.getsize(path) > MAX_BYTES:
            raise ConfigError(
                (Problem(f"{path.name} is longer than {MAX_BYTES:,} bytes", hint="shorten it"),)
            )
        return path.read_bytes().decode("utf-8", "replace")
    except (OSError, ValueError):
        return None


def _parse(text: str) -> dict[str, str]:
    from sshim.config import dotenv  # many projects have no such file

    try:
        return dotenv.parse(text)
    except dotenv.TooMany:
        message = f"a file with values holds more than {dotenv.MAX_ASSIGNMENTS:,} of them"
        raise ConfigError((Problem(message, hint="shorten it"),)) from None


def _expand(parsed: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    for name in parsed:
        if name in PROTOTYPE:
            message = f'"{name}" cannot be a name in an .env file: wrangler breaks on it'
            raise ConfigError((Problem(message, hint="choose another name"),))
    if not parsed:
        return dict(environ)
    from sshim.config import dotenv

    try:
        return dotenv.expand(parsed, environ)
    except dotenv.TooLong as error:
        message = f"the value of {error.name} refers to others that grow without end"
        raise ConfigError(
            (Problem(message, hint="write \\$ for a dollar sign that is meant as one"),)
        ) from None
