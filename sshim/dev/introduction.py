"""What is said about a configuration before the Worker of it serves: notes, warnings, the bindings table."""

from __future__ import annotations

from collections.abc import Mapping

from sshim.config.crons import doubtful
from sshim.dev import bindings_table, committed
from sshim.dev.plan import Plan
from sshim.dev.terminal import Terminal
from sshim.errors import Problem, SecretNotFound

TITLE = "Your Worker has access to the following bindings:"


def warn_of_plaintext(plan: Plan, environ: Mapping[str, str], terminal: Terminal) -> None:
    """Say which files beside the configuration hold plaintext and git would take, or has."""
    folder = plan.config.project_root
    if committed.at_hand(folder):
        for warning in committed.warnings(environ, plan.cwd, folder):
            terminal.problem("warning", warning)


def introduce(plan: Plan, terminal: Terminal, *, strict: bool = False) -> None:
    """Show the configuration's warnings and notes, and its bindings with the state of each.

    Raises `StoreError` or `AccessError` when the store cannot be used; with `strict`, `SecretNotFound` for
    the first binding that will not work.
    """
    config = plan.config
    for warning in config.warnings:
        terminal.problem("warning", warning)
    for warning in doubtful(config.crons):
        terminal.problem("warning", warning)
    for note in config.notes:
        terminal.info(note)
    account = plan.look_up()
    if account.made is not None:
        key = f" with its key in {account.made.key_path}" if account.made.key_path else ""
        terminal.info(f"created the encrypted store {account.made.path}{key}")
    served = [name for name, _ in plan.peers()]
    cells, colors = bindings_table.rows(config, account.states, served, plan.supplied)
    if colors:
        terminal.table(TITLE, cells, states=colors)
    for binding, service in bindings_table.not_served(config, served):
        if binding in plan.supplied:
            continue
        message = f'env.{binding}: the Worker "{service}" is not served here, so calls to it fail'
        terminal.problem("warning", Problem(message, hint="a further -c with that Worker's configuration"))
    bad = [s for s in account.states if s.state != "found" and s.entry.binding not in plan.supplied]
    for state in bad[1:] if strict else bad:
        message = f"env.{state.entry.binding}: {state.message}"
        terminal.problem("warning", Problem(message, hint=state.fix))
    if strict and bad:
        first = bad[0]
        error = SecretNotFound(first.entry.store_id, first.entry.secret_name, hint=first.fix)
        error.message = f"env.{first.entry.binding}: {first.message}"
        raise error
