"""`sshim secret set BINDING`: the short way to a secret, by the name the Worker uses for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sshim.cli import names, options
from sshim.cli.context import Session
from sshim.cli.default_store import ensure_store
from sshim.cli.prompt import is_interactive
from sshim.cli.secret import present, show
from sshim.cli.types import stale_stubs
from sshim.cli.values import read_value
from sshim.config.settings import SecretBinding
from sshim.control.stores import check_store_id
from sshim.dev.bindings_table import SCOPE
from sshim.errors import UsageError
from sshim.model import check_name, near_names, new_secret

if TYPE_CHECKING:
    from sshim.config.edit import Edit
    from sshim.config.settings import WorkerConfig
    from sshim.control import ControlPlane
    from sshim.model import Secret


@click.command("set")
@click.argument("binding", shell_complete=names.bindings)
@options.config_source
@click.option("--bind", is_flag=True, help="Add BINDING to the configuration, if it is not there.")
@click.option("--keep", is_flag=True, help="With --bind: leave the value of a secret that is there.")
@click.option(
    "--store", metavar="STORE_ID", shell_complete=names.stores,
    help="With --bind: the store.  [default: the only one, or a new one]",
)  # fmt: skip
@click.option("--secret-name", metavar="NAME", help="With --bind: the secret's name.  [default: BINDING]")
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
    bind: bool,
    keep: bool,
    store: str | None,
    secret_name: str | None,
    comment: str | None,
    value_file: Path | None,
    value: str | None,
    as_json: bool,
) -> None:
    """Set the secret that the Worker binds as BINDING.

    The wrangler configuration is looked for here and in the folders above. The secret is made, or given the
    new value; a store that is missing is made too.
    """
    if (store or secret_name or keep) and not bind:
        raise UsageError(
            "--store, --secret-name and --keep go with --bind", hint=f"sshim secret set {binding} --bind …"
        )
    read = session.read_config(config=config, env=env)
    entry = next((each for each in read.secrets if each.binding == binding), None)
    if entry is None and not bind:
        raise _unbound(binding, read)
    edit = None
    if entry is None or store or secret_name:
        known = store or (entry.store_id if entry else _store_for(read, session))
        name = secret_name or (entry.secret_name if entry else binding)
        entry = SecretBinding(binding, check_store_id(known), check_name("secret", name))
        edit = _edit(session, read, entry)
    control = session.control(create=True)  # made only now that nothing stands against the binding
    asks = value is None and value_file is None and is_interactive(session)
    there = present(control, entry.store_id, entry.secret_name) if keep or asks else None
    secret = there if keep else None
    if secret is None:
        what = f"{binding} (replaces the value of {entry.secret_name})" if there else binding
        text = read_value(session, value=value, value_file=value_file, what=what)
        secret = _put(session, control, entry, text, comment)
    if edit is not None and edit.changed:
        from sshim.config.edit import write

        write(edit)
        session.terminal.note(f"added {binding} to {edit.path}")
        for problem in stale_stubs(session, session.read_config(config=config, env=env)):
            session.terminal.problem("warning", problem)
    show(session.terminal, secret, as_json)


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


def _store_for(read: WorkerConfig, session: Session) -> str:
    """The store for a new entry: the one that the configuration's other entries name, else the only one
    there is, else a new one. Raises `UsageError` where that leaves a choice."""
    known = list(dict.fromkeys(each.store_id for each in read.secrets))
    known = known or [store.id for store in session.control().list_stores()]
    if len(known) > 1:
        raise UsageError(f"there are several stores: {', '.join(known)}", hint=f"--store {known[0]}")
    return known[0] if known else os.urandom(16).hex()


def _edit(session: Session, read: WorkerConfig, entry: SecretBinding) -> Edit:
    """The change of the user's own file, shown. Raises `ConfigError` where it cannot be made."""
    from sshim.config.edit import add_secret_binding

    path = read.user_config_path or read.config_path
    assert path is not None, "read_config refuses to go on without a file"
    edit = add_secret_binding(path, entry.binding, entry.store_id, entry.secret_name, read.environment)
    session.terminal.lines(edit.diff)
    if path != read.config_path:
        session.terminal.warn(f"{read.config_path} is made from it by a build, which has to run again")
    return edit


def _unbound(binding: str, read: WorkerConfig) -> UsageError:
    near = near_names(binding, [each.binding for each in read.secrets])
    meant = f" (did you mean {near[0]}?)" if near else ""
    where = f" for environment {read.environment}" if read.environment else ""
    flag = f" -e {read.environment}" if read.environment else ""
    return UsageError(
        f"{read.config_path} binds no secret as {binding}{where}{meant}",
        hint=f"sshim secret set {binding} --bind{flag}",
    )
