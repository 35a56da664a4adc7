"""`sshim config [PATH]`: the configuration as it is read, in short for people, with `--json` in whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sshim.cli import options
from sshim.cli.context import Session
from sshim.errors import ConfigError

if TYPE_CHECKING:
    from sshim.config.settings import WorkerConfig


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@options.config_source
@click.option(
    "--env-file", "env_files", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
    help="Read vars from FILE instead of .env; repeatable.",
)  # fmt: skip
@options.as_json
@click.pass_obj
def config(
    session: Session,
    path: Path | None,
    config: Path | None,
    env: str | None,
    env_files: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Show the wrangler configuration as sshim reads it.

    With --json everything that was read, as JSON. That form holds the values in .dev.vars and .env in clear.
    """
    from sshim.config.settings import read

    chosen = session.read_options(path, config=config, env=env, env_files=env_files)
    if not as_json:
        _show(session, read(chosen))
        return
    from sshim.config.report import report

    result = report(chosen)
    session.terminal.json(result)
    if not result["ok"] or "dev_bindings_error" in result:
        raise click.exceptions.Exit(ConfigError.exit_code)


def _show(session: Session, read: WorkerConfig) -> None:
    terminal = session.terminal
    for warning in read.warnings:
        terminal.problem("warning", warning)
    for note in read.notes:
        terminal.note(note)
    shown = {
        "file": read.config_path,
        "name": read.name,
        "main": read.main,
        "environment": read.environment,
        "environments": ", ".join(read.defined_environments),
        "compatibility date": read.compatibility_date,
        "compatibility flags": ", ".join(read.compatibility_flags),
        "crons": ", ".join(read.crons),
    }
    if read.config_path is None:
        terminal.note(f"there is no wrangler configuration in {session.cwd} or above")
    fields = {name: str(text) for name, text in shown.items() if text}
    if fields:
        terminal.record(fields)
    rows = [(b.binding, "Secrets Store secret", f"{b.store_id}/{b.secret_name}") for b in read.secrets]
    rows += [(b.name, b.kind, "") for b in read.other_bindings]
    rows += [
        (name, "var", "(hidden)" if var.type == "secret_text" else _short(var.value))
        for name, var in read.vars.items()
    ]
    if rows:
        terminal.data("")
        terminal.table(("BINDING", "KIND", "WHAT"), rows)


def _short(value: object) -> str:
    import json

    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
