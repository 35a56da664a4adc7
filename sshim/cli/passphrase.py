"""Passphrases: asked for at the terminal without echo, or the first line of a file."""

from __future__ import annotations

from pathlib import Path

from sshim.cli.context import Session
from sshim.cli.prompt import ask, is_interactive
from sshim.errors import UsageError
from sshim.model import check_passphrase

_LONGEST = 4096


def read_passphrase(session: Session, file: Path | None, *, new: bool, what: str) -> str:
    """The passphrase for `what`; a `new` one is asked for twice. Raises `UsageError` where nobody can be
    asked, the entries differ, or the file has none."""
    if file is not None:
        text = _from_file(session.cwd / file.expanduser())
        return check_passphrase(text) if new else text
    hint = "--passphrase-file FILE in scripts"
    if new:
        return new_passphrase(session, f"New passphrase for {what}: ", hint=hint)
    _require_terminal(session, hint)
    return ask(f"Passphrase of {what}: ")


def new_passphrase(session: Session, prompt: str, *, hint: str) -> str:
    """A passphrase that is asked for twice. Raises `UsageError` when it is too short, the entries differ, or,
    with `hint`, where nobody can be asked."""
    _require_terminal(session, hint)
    first = check_passphrase(ask(prompt))
    if ask("The same again: ") != first:
        raise UsageError("the two entries differ", hint="the same command, once more")
    return first


def _require_terminal(session: Session, hint: str) -> None:
    if not is_interactive(session):
        raise UsageError("a passphrase is typed at a terminal", hint=hint)


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            line = stream.readline(_LONGEST)
        text = line.decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"the passphrase file {path} cannot be read: {why}") from None
    if not text:
        raise UsageError(f"the first line of {path} is empty", hint="write the passphrase into it")
    return text
