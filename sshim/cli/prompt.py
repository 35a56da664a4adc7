"""Asking at the terminal for what must not be seen."""

from __future__ import annotations

from sshim.errors import UsageError


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
