"""`sshim run -- COMMAND`: a program with the secrets that the Worker configuration binds in its environ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sshim.cli import options
from sshim.cli.context import Session
from sshim.dev.bindings_table import SCOPE, resolve
from sshim.dev.ignition import WITHHELD
from sshim.errors import Problem, SecretNotFound, UsageError

if TYPE_CHECKING:
    from sshim.config.settings import WorkerConfig
    from sshim.control import ControlPlane


@click.command(context_settings={"allow_interspersed_args": False})
@click.argument(
    "command", nargs=-1, required=True, metavar="-- COMMAND [ARGUMENT]...", type=click.UNPROCESSED
)
@options.config_source
@options.where
@click.pass_obj
def run(session: Session, command: tuple[str, ...], config: Path | None, env: str | None) -> None:
    """Run COMMAND with the bound secrets in its environ.

    Each Secrets Store binding of the wrangler configuration is a variable of its name; it wins over one that
    is there already. What opens the store itself, SSHIM_KEY and SSHIM_STORE_URL, is not handed on. Nothing is
    written to disk. The exit code is the command's own: 128 + n when signal n ended it, 127 when there is no
    such command.
    """
    from sshim.cli.child import held_signals, run_child

    read = session.read_config(config=config, env=env)
    control = _ready(session, read)
    with held_signals() as held:
        secrets = _values(control, read) if control else {}
        session.close()  # the store is not open while the command runs
        if replaced := sorted(secrets.keys() & session.environ.keys()):
            session.terminal.note(f"the bound secret takes the place of the variable {', '.join(replaced)}")
        handed_on = {name: text for name, text in session.environ.items() if name not in WITHHELD}
        code = run_child(command, {**handed_on, **secrets}, held, session.core_limit)
    if code:
        raise click.exceptions.Exit(code)


def _ready(session: Session, read: WorkerConfig) -> ControlPlane | None:
    """The open store, once it is known to hold every bound secret; None where nothing is bound. Raises
    `UsageError` for a name that no variable can have, and `SecretNotFound` for the last secret that is
    missing, after all others were named as well."""
    for entry in read.secrets:
        if not entry.binding or "=" in entry.binding or "\0" in entry.binding:
            raise UsageError(
                f"the binding {entry.binding!r} cannot be the name of a variable",
                hint="give it a name of letters, digits and '_' in the configuration",
            )
    if not read.secrets:
        where = f" for environment {read.environment}" if read.environment else ""
        session.terminal.warn(f"{read.config_path} binds no secrets{where}")
        return None
    control = session.control()
    held = {store.id: control.list_secrets(store.id) for store in control.list_stores()}
    bad = [state for state in resolve(read, held) if state.state != "found"]
    for state in bad[:-1]:
        message = f"{state.entry.binding}: {state.message}"
        session.terminal.problem("error", Problem(message, hint=state.fix))
    if bad:
        last = bad[-1]
        error = SecretNotFound(last.entry.store_id, last.entry.secret_name, hint=last.fix)
        error.message = f"{last.entry.binding}: {last.message}"
        raise error
    return control


def _values(control: ControlPlane, read: WorkerConfig) -> dict[str, str]:
    """The value of each binding by its name; each access is recorded as that of the Worker."""
    reader = control.reader(worker=read.name, environment=read.environment)
    try:
        return {
            entry.binding: reader.read_now(
                entry.store_id, entry.secret_name, SCOPE, binding=entry.binding
            ).reveal()
            for entry in read.secrets
        }
    finally:
        reader.close()
