"""`sshim check`: would every Secrets Store binding work, and if not, which command cures it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from sshim.cli import options
from sshim.cli.context import Session
from sshim.cli.findings import FAILING, Finding, examine, not_inherited
from sshim.cli.types import stale_stubs
from sshim.errors import Problem

if TYPE_CHECKING:
    from sshim.config.settings import WorkerConfig
    from sshim.model import Secret


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@options.config_source
@options.where
@options.as_json
@click.pass_obj
def check(session: Session, path: Path | None, config: Path | None, env: str | None, as_json: bool) -> None:
    """Look at every binding of every environment (or of --env NAME alone).

    Each one that would fail comes with the command that cures it; the exit code is 1 then.
    """
    configs = _configs(session, path, config, env)
    held = _held(session)
    findings = [finding for each in configs for finding in examine(each, held)]
    if env is None:
        findings += [finding for each in configs[1:] for finding in not_inherited(each, configs[0])]
    failing = [finding for finding in findings if finding.state in FAILING]
    warnings = [warning for each in configs for warning in each.warnings]
    warnings += stale_stubs(session, configs[0])
    warnings += _not_for_production(configs[0])
    if as_json:
        said = list(dict.fromkeys(warning.message for warning in warnings))
        session.terminal.json(
            {"ok": not failing, "bindings": [each.result() for each in findings], "warnings": said}
        )
    else:
        for warning in dict.fromkeys(warnings):
            session.terminal.problem("warning", warning)
        _show(session, findings)
    if failing:
        raise click.exceptions.Exit(1)


def _configs(session: Session, path: Path | None, config: Path | None, env: str | None) -> list[WorkerConfig]:
    """The configuration at its top level and in each environment; only as `env` says where that is given,
    or as it is where a build tool has already chosen."""
    first = session.read_config(path, config=config, env="" if env is None else env)
    if env is not None or first.config_path != first.user_config_path:
        return [first]
    return [
        first,
        *(session.read_config(path, config=config, env=name) for name in first.defined_environments),
    ]


def _not_for_production(config: WorkerConfig) -> list[Problem]:
    """What the Worker's source and packages ask for that works here and not there."""
    if config.main is None:
        return []
    # here, since no other part of the command needs a parser of Python
    from sshim.worker import packages, portability

    return [*portability.scan(config.main.parent), *packages.warnings(config.project_root)]


def _held(session: Session) -> dict[str, list[Secret]]:
    """The secrets of each store; a store that was never made holds none."""
    control = session.control()
    return {store.id: control.list_secrets(store.id) for store in control.list_stores()}


def _show(session: Session, findings: list[Finding]) -> None:
    terminal = session.terminal
    if not findings:
        terminal.note("the configuration binds no secrets")
        return
    terminal.table(
        ("ENVIRONMENT", "BINDING", "SECRET", "STORE", "STATE"),
        [
            (f.environment or "-", f.binding, f.secret_name, f.store_id, f.state.replace("_", " "))
            for f in findings
        ],
    )
    for finding in findings:
        if finding.message:
            kind: Literal["error", "warning"] = "error" if finding.state in FAILING else "warning"
            message = f"{finding.binding}: {finding.message}"
            terminal.problem(kind, Problem(message, finding.place, finding.fix))
