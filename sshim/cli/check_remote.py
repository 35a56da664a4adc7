"""`sshim check --remote`: what the account in production lacks for the bindings to work there."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sshim.cli.context import Session
from sshim.cli.findings import Finding, Held, examine
from sshim.cli.remote_account import remote_account
from sshim.cli.worker_configs import Worker
from sshim.dev.bindings_table import SCOPE
from sshim.errors import Problem

if TYPE_CHECKING:
    from sshim.config.settings import WorkerConfig

_PROGRAM = "npx wrangler secrets-store secret"


def against_account(session: Session, found: Sequence[Worker]) -> tuple[list[Finding], list[Problem]]:
    """Findings against the account, and a warning for each bound secret whose scopes differ from those of
    the local one. Raises as `remote_account` and `RemoteAccount.listing` do."""
    control = session.control()
    local = {store.id: control.list_secrets(store.id) for store in control.list_stores()}
    known: dict[str | None, Held] = {}
    seen: list[Finding] = []
    warnings: list[Problem] = []
    for config in (one for worker in found for one in worker.all):
        if config.account_id not in known:
            known[config.account_id] = remote_account(session.environ, config.account_id).listing()
        there = known[config.account_id]
        seen += [_with_cure(finding, there) for finding in examine(config, there)]
        warnings += _differing(config, local, there)
    return seen, warnings


def _with_cure(finding: Finding, there: Held) -> Finding:
    """The same with the command of wrangler's that cures it there."""
    store, name = shlex.quote(finding.store_id), shlex.quote(finding.secret_name)
    if finding.state in ("missing", "other_store"):
        message = f"{finding.message}, in the account"
        fix = f"{_PROGRAM} create {store} --name {name} --scopes {SCOPE} --remote"
        return finding._replace(message=message, fix=fix)
    if finding.state == "out_of_scope":
        secret = next(each for each in there[finding.store_id] if each.name == finding.secret_name)
        scopes = ",".join(sorted({*secret.scopes, SCOPE}))
        fix = f"{_PROGRAM} update {store} --secret-id {shlex.quote(secret.id)} --scopes {scopes} --remote"
        return finding._replace(fix=fix)
    return finding


def _differing(config: WorkerConfig, local: Held, there: Held) -> list[Problem]:
    warnings = []
    for entry in config.secrets:
        ours, theirs = (
            next((each for each in held.get(entry.store_id, ()) if each.name == entry.secret_name), None)
            for held in (local, there)
        )
        if ours is not None and theirs is not None and ours.scopes != theirs.scopes:
            fix = f"sshim secret update {entry.store_id} --name {entry.secret_name} --scopes "
            warnings.append(
                Problem(
                    f"the secret {entry.secret_name!r} has the scopes {', '.join(ours.scopes)} here and "
                    f"{', '.join(theirs.scopes) or 'none'} in the account",
                    hint=f"{fix}{','.join(theirs.scopes)}" if theirs.scopes else None,
                )
            )
    return warnings
