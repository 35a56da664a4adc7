"""What is said about a configuration before the Worker of it serves: notes, warnings, the bindings table."""

from __future__ import annotations

from sshim.dev import bindings_table
from sshim.dev.plan import Plan
from sshim.dev.terminal import Terminal
from sshim.errors import NotFound, Problem, SshimError

TITLE = "Your Worker has access to the following bindings:"


def introduce(plan: Plan, terminal: Terminal, *, strict: bool = False) -> None:
    """Show the configuration's warnings and notes, and its bindings with the state of each.

    With `strict`, raises `NotFound` when a binding will not work.
    """
    config = plan.config
    for warning in config.warnings:
        terminal.problem("warning", warning)
    for note in config.notes:
        terminal.info(note)
    try:
        states = plan.states()
    except SshimError as error:
        if strict:
            raise
        terminal.failure(error)
        return
    cells, colors = bindings_table.rows(config, states)
    if colors:
        terminal.table(TITLE, cells, states=colors)
    bad = [state for state in states if state.state != "found"]
    for state in bad:
        hint = state.fix or None
        terminal.problem("warning", Problem(f"env.{state.entry.binding}: {state.message}", hint=hint))
    if strict and bad:
        names = ", ".join(state.entry.binding for state in bad)
        raise NotFound(f"these bindings do not work: {names}", hint=bad[0].fix)
