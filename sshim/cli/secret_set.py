"""`sshim secret set BINDING`: the short way to a secret, by the name the Worker uses for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sshim.cli import names, options
from sshim.cli.context import Session
from sshim.cli.secret import ensure_store, present, show
from sshim.cli.values import read_value
from sshim.control.secrets import near_names
from sshim.dev.bindings_table import SCOPE
from sshim.errors import UsageError
from sshim.model import new_secret

if TYPE_CHECKING:
    from sshim.config.settings import SecretBinding, WorkerConfig
    from sshim.control import ControlPlane
    from sshim.model import Secret


@click.command("set")
@click.argument("binding", shell_complete=names.bindings)
@options.config_source
@click.option("--comment", metavar="TEXT", help="What the secret is for.")
@options.value_source
@options.where
@options.as_json
@click.pass_obj
def set_(
    session: Session,
    binding: str,
    config: Path | None,
    env: str | None,
    comment: str | None,
    value_file: Path | None,
    value: str | None,
    as_json: bool,
) -> None:
    """Set the secret that the Worker binds as BINDING.

    The wrangler configuration is looked for here and in the folders above. The secret is made, or given the
    new value; a store that is missing is made too.
    """
    read = session.read_config(config=config, env=env)
    entry = next((each for each in read.secrets if each.binding == binding), None)
    if entry is None:
        raise _unbound(binding, read)
    control = session.control(create=True)
    text = read_value(session, value=value, value_file=value_file, what=binding)
    show(session.terminal, _put(session, control, entry, text, comment), as_json)


def _put(
    session: Session, control: ControlPlane, entry: SecretBinding, text: str, comment: str | None
) -> Secret:
    """Creates the entry's secret or changes its value; a Worker may read it afterwards."""
    store_id, name = entry.store_id, entry.secret_name
    old = present(control, store_id, name)
    if old is None:
        fresh = new_secret(name, text, (SCOPE,), comment or "")
        ensure_store(session, control, store_id)
        (made,) = control.create_secrets(store_id, [fresh])
        session.terminal.note(f"created secret {name} in store {store_id} for {entry.binding}")
        return made
    checked = new_secret(name, text, {*old.scopes, SCOPE})
    scopes = None if SCOPE in old.scopes else checked.scopes
    changed = control.update_secret(store_id, old.id, value=checked.value, scopes=scopes, comment=comment)
    added = f", scope {SCOPE} added" if scopes else ""
    session.terminal.note(f"updated secret {name} in store {store_id} for {entry.binding}{added}")
    return changed


def _unbound(binding: str, read: WorkerConfig) -> UsageError:
    near = near_names(binding, [each.binding for each in read.secrets])
    meant = f" (did you mean {near[0]}?)" if near else ""
    where = f" for environment {read.environment}" if read.environment else ""
    return UsageError(
        f"{read.config_path} binds no secret as {binding}{where}{meant}",
        hint="add it to secrets_store_secrets",
    )
