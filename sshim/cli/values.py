"""Where a secret value comes from: a hidden prompt, standard input, a file, or (with a warning) a flag.

White space at the end of a typed, piped or read value is cut off, as wrangler does; `--value` is taken as it
is. No more than the limit and the white space after it is ever read, and a value is never echoed or quoted.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

from sshim.cli.context import Session
from sshim.cli.prompt import ask
from sshim.errors import InvalidValue, UsageError, ValueTooLong
from sshim.model import MAX_VALUE_BYTES, SPACE

_SPACE_BYTES = b"\t\n\v\f\r "
_TRIES = 3
_LINE = 1023 if sys.platform == "darwin" else 4095
"""Bytes of one line that a terminal passes on; it drops the rest without a word."""


def read_value(session: Session, *, value: str | None, value_file: Path | None, what: str) -> str:
    """The value for `what` (shown in the prompt). Raises `UsageError` when there is no way to get one,
    `InvalidValue` when it is not UTF-8, `ValueTooLong`; the other rules are the control plane's."""
    if value is not None and value_file is not None:
        raise UsageError("--value and --value-file exclude each other", hint="give one of them")
    if value is not None:
        session.terminal.warn(
            "--value leaves the secret in the shell's history and shows it to other processes; "
            "pipe it in, or leave the flag out to be asked"
        )
        return value
    if value_file is not None and str(value_file) != "-":
        return _from_file(session.cwd / value_file.expanduser())
    if value_file is None and session.stdin is not None and session.stdin.isatty():
        return _from_prompt(session, what)
    return _from_stdin(session)


def read_limited(stream: IO[bytes]) -> str:
    """The stream as text without the white space at its end; stops reading at the first byte too many."""
    content = b""
    while len(content) <= MAX_VALUE_BYTES:
        chunk = stream.read(MAX_VALUE_BYTES + 1 - len(content))
        if not chunk:
            break
        content += chunk
    if len(content) > MAX_VALUE_BYTES:
        _only_space(content[MAX_VALUE_BYTES:])
        content = content[:MAX_VALUE_BYTES]
        for _ in range(16):  # a file padded with more than 64 KiB of blanks is not a value with a newline
            chunk = stream.read(4096)
            if not chunk:
                break
            _only_space(chunk)
        else:
            raise ValueTooLong(None, MAX_VALUE_BYTES)
    try:
        return content.decode().rstrip(SPACE)
    except UnicodeDecodeError:
        raise InvalidValue("the value is not valid UTF-8 text", slug="invalid_json_body") from None


def _only_space(excess: bytes) -> None:
    if excess.strip(_SPACE_BYTES):
        raise ValueTooLong(None, MAX_VALUE_BYTES)


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return read_limited(stream)
    except OSError as error:
        raise UsageError(f"the value file {path} cannot be read: {error.strerror}") from None


def _from_stdin(session: Session) -> str:
    buffer: IO[bytes] | None = getattr(session.stdin, "buffer", None)
    text = read_limited(buffer) if buffer is not None else ""
    if not text:
        raise InvalidValue(
            "no value came in on standard input",
            hint="printf %s VALUE | sshim …, or --value-file FILE, or run it in a terminal to be asked",
        )
    return text


def _from_prompt(session: Session, what: str) -> str:
    """Asks twice, without echo. A line as long as the terminal can carry may have been cut: refused."""
    for _ in range(_TRIES):
        first = ask(f"Value for {what}: ")
        if len(first.encode(errors="surrogateescape")) >= _LINE:
            raise UsageError(
                f"the terminal passes on no more than {_LINE:,} bytes a line, so the value may be cut",
                hint="pipe the value in, or name a file with --value-file",
            )
        if not first.rstrip(SPACE):
            session.terminal.note("a secret value must not be empty; once more, or Ctrl-C to stop")
            continue
        if ask("The same again: ") == first:
            return first.rstrip(SPACE)
        session.terminal.note("the two entries differ; once more, or Ctrl-C to stop")
    raise UsageError("no value was entered twice alike", hint="pipe the value in, or use --value-file FILE")
