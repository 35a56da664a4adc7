"""What every import has in common, wherever its secrets come from: the plan is shown, asked about at a
terminal, and made so, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from sshim.cli.context import Session
from sshim.cli.prompt import agree, is_interactive
from sshim.record import NamedTuple

if TYPE_CHECKING:
    from sshim.control.imports import Outcome
    from sshim.transfer.plan import Incoming


class Manner(NamedTuple):
    """How an import is carried out: `yes` asks nothing, `dry_run` stops at the plan, `shred` removes
    plaintext that was imported."""

    yes: bool = False
    dry_run: bool = False
    shred: bool = False
    as_json: bool = False


def carry_out(session: Session, incoming: Sequence[Incoming], *, source: str, manner: Manner) -> bool:
    """Shows what becomes of each secret and makes it so; whether it was done. `source` goes into the audit
    log. Raises `UsageError`, `TransferError`, `LimitReached`, and `click.Abort` after a no; then nothing
    changes."""
    from sshim.transfer.plan import apply, checked, plan, result

    incoming = checked(incoming)
    outcomes = plan(session.control(), incoming)
    terminal = session.terminal
    for secret, outcome in zip(incoming, outcomes, strict=True):
        terminal.lines(_line(secret, outcome))
    count = sum(outcome.step != "leave" for outcome in outcomes)
    if count and not manner.dry_run:
        _confirm(session, count, manner.yes)
        outcomes = apply(session.control(create=True), incoming, source=source)
    if manner.as_json:
        terminal.json(result(outcomes, applied=not manner.dry_run))
    terminal.note(_summary(outcomes, manner.dry_run))
    return not manner.dry_run


def _line(secret: Incoming, outcome: Outcome) -> str:
    source = f", {secret.origin}" if secret.place and outcome.step != "leave" else ""
    what = f" ({', '.join(outcome.changed)})" if outcome.step == "update" else ""
    return f"{_SIGNS[outcome.step]} {outcome.step} {outcome.name} in store {outcome.store_id}{source}{what}"


_SIGNS = {"create": "+", "update": "~", "leave": " "}


def _confirm(session: Session, count: int, yes: bool) -> None:
    """Asks where there is somebody to ask; a script has decided when it runs the command."""
    if yes or not is_interactive(session):
        return
    if not agree(session, f"import {count} secret{'s' if count != 1 else ''}?"):
        raise click.Abort


def _summary(outcomes: Sequence[Outcome], dry_run: bool) -> str:
    steps: list[str] = [outcome.step for outcome in outcomes]
    did = ("to create", "to update", "to leave") if dry_run else ("created", "updated", "left unchanged")
    told = [f"{steps.count(step)} {word}" for step, word in zip(_SIGNS, did, strict=True) if step in steps]
    return f"{', '.join(told) or 'no secrets'}{'; nothing was changed' if dry_run else ''}"
