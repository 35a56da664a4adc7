"""Asking at the terminal: for what must not be seen, or whether to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sshim.errors import UsageError

if TYPE_CHECKING:
    from sshim.cli.context import Session


def is_interactive(session: Session) -> bool:
    """Whether there is somebody to ask."""
    return session.stdin is not None and session.stdin.isatty()


def agree(session: Session, question: str) -> bool:
    """Whether somebody at the terminal says yes. Only an interactive session may be asked."""
    assert session.stdin is not None, "somebody was there to ask"
    session.terminal.ask(f"{question} [y/N] ")
    return session.stdin.readline().strip().lower() in ("y", "yes")


def ask(prompt: str) -> str:
    """One line typed at the terminal without echo. Raises `UsageError` when echo cannot be turned off, and
    `KeyboardInterrupt` at the end of input."""
    import warnings
    from getpass import GetPassWarning, getpass

    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)
        try:
            return getpass(prompt)
        except GetPassWarning:
            raise UsageError(
                "this terminal cannot hide what is typed",
                hint="pipe the value in, or name a file with --value-file",
            ) from None
        except EOFError:
            raise KeyboardInterrupt from None
