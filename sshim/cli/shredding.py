"""Offering to remove plaintext after its secrets are in the store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sshim.cli.context import Session
from sshim.cli.prompt import agree, is_interactive
from sshim.errors import SshimError


def offer_shred(session: Session, paths: Sequence[Path], *, asked: bool) -> None:
    """Overwrites and removes the files where `--shred` has `asked` for it or somebody at the terminal says
    yes; else says that they are still there. Raises `SshimError` when some are left against the wish."""
    from sshim.transfer.shred import CAUTION, shred

    if not paths:
        return
    files = "1 file" if len(paths) == 1 else f"{len(paths)} files"
    stay, them = ("stays", "it") if len(paths) == 1 else ("stay", "them")
    if not asked:
        if not is_interactive(session):
            session.terminal.warn(
                f"{files} with the values in plain text {stay} in {paths[0].parent}; --shred removes {them}"
            )
            return
        if not agree(session, f"overwrite and remove the {files} with the values in plain text?"):
            session.terminal.note(f"{files} with the values in plain text {stay} in place")
            return
    left = shred(paths)
    if done := len(paths) - len(left):
        session.terminal.note(f"{done} of {files} {CAUTION}")
    for path, reason in left:
        session.terminal.warn(f"{path} was left: {reason}")
    if left:
        raise SshimError(
            f"{len(left)} of {files} with values in plain text are still there", hint="remove them yourself"
        )
