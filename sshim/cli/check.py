"""`sshim check`: would every Secrets Store binding work, and if not, which command cures it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from sshim.cli import findings, options
from sshim.cli.context import Session
from sshim.cli.findings import FAILING, Finding
from sshim.cli.types import stale_stubs
from sshim.cli.worker_configs import Unreadable, Worker, workers
from sshim.errors import ConfigError, Problem

if TYPE_CHECKING:
    from sshim.config.settings import WorkerConfig
    from sshim.control import ControlPlane


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@options.config_source
@click.option(
    "--remote", is_flag=True,
    help="Against the account at the API (CLOUDFLARE_API_TOKEN): what it lacks before a deploy.",
)  # fmt: skip
@options.where
@options.as_json
@click.pass_obj
def check(
    session: Session, path: Path | None, config: Path | None, env: str | None, remote: bool, as_json: bool
) -> None:
    """Look at every binding of every environment (or of --env NAME alone), of each Worker below PATH.

    Each one that would fail comes with the command that cures it; the exit code is 1 then.
    """
    found, unreadable = workers(session, path, config, env)
    if remote:
        from sshim.cli.check_remote import against_account

        seen, warnings = against_account(session, found)
    else:
        seen, warnings = _against_store(session, found, whole=env is None and config is None)
        warnings += [each for worker in found for each in _around(session, worker.top)]
    warnings = [*(each for worker in found for one in worker.all for each in one.warnings), *warnings]
    warnings = list(dict.fromkeys(warnings))
    failing = [finding for finding in seen if finding.state in FAILING]
    if as_json:
        _print_json(session, seen, warnings, unreadable, ok=not failing and not unreadable)
    else:
        for warning in warnings:
            session.terminal.problem("warning", warning)
        for each in unreadable:
            session.terminal.error(each.error)
        _show(session, seen, several=len(found) > 1)
    if failing or unreadable:
        raise click.exceptions.Exit(1)


def _against_store(
    session: Session, found: list[Worker], *, whole: bool
) -> tuple[list[Finding], list[Problem]]:
    """Findings, and what is in the store for nothing (known only where the `whole` was looked at)."""
    control = session.control()
    # a store that was never made holds none
    held = {store.id: control.list_secrets(store.id) for store in control.list_stores()}
    seen: list[Finding] = []
    for worker in found:
        for one in worker.all:
            seen += findings.examine(one, held, limit=control.limits.secrets)
        seen += [
            each for one, base in worker.inheriting for each in findings.not_inherited(one, base, session.cwd)
        ]
        seen += findings.other_environment(worker.top, worker.environments, session.cwd)
    # while a binding finds nothing, what it means may be one of those that nobody seems to use
    if not whole or any(finding.state in FAILING for finding in seen):
        return seen, []
    bound = {entry.store_id for worker in found for one in worker.all for entry in one.secrets}
    here = {store_id: secrets for store_id, secrets in held.items() if store_id in bound}
    return seen, findings.unused(here, _used(session, control, found))


def _used(session: Session, control: ControlPlane, found: Iterable[Worker]) -> Iterator[tuple[str, str]]:
    """Store id and name of each secret that a Worker binds, one that was served from elsewhere does, or a
    gateway has as a provider's key."""
    here = [one for worker in found for one in worker.all]
    yield from _bound(here)
    looked_at = {str(path) for one in here for path in (one.config_path, one.user_config_path)}
    elsewhere = [
        usage
        for usage in control.list_usages()
        if usage.config_path not in looked_at and Path(usage.config_path).exists()
    ]
    yield from ((usage.store_id, usage.secret_name) for usage in elsewhere)
    for path in {usage.config_path for usage in elsewhere}:
        with suppress(ConfigError):  # of what cannot be read now, what was seen then counts
            (worker,), _ = workers(session, None, Path(path), None)
            yield from _bound(worker.all)
    keys = {
        key.secret_id for gateway in control.list_gateways() for key in control.list_provider_keys(gateway.id)
    }
    for store in control.list_stores() if keys else ():
        yield from ((store.id, secret.name) for secret in control.list_secrets(store.id) if secret.id in keys)


def _bound(configs: Iterable[WorkerConfig]) -> Iterator[tuple[str, str]]:
    return ((entry.store_id, entry.secret_name) for one in configs for entry in one.secrets)


def _around(session: Session, config: WorkerConfig) -> list[Problem]:
    """What else stands in the way: stubs that are out of date, what works here and not in production, and
    plaintext that git would take."""
    from sshim.config.crons import doubtful
    from sshim.dev import committed

    store = session.store_options()
    found = [*stale_stubs(session, config), *doubtful(config.crons), *_not_for_production(config)]
    ours = [store.path] if store.url is None else []
    return found + committed.warnings(session.environ, session.cwd, config.project_root, ours)


def _not_for_production(config: WorkerConfig) -> list[Problem]:
    """What the Worker's source and packages ask for that works here and not there, or that there is none."""
    if config.main is None:
        if config.assets:
            return []
        message = "no main module is named, nor a folder of assets, so there is nothing to serve"
        return [Problem(message, hint=f'add main = "src/entry.py" to {config.user_config_path}')]
    if not config.main.is_file():
        shown = os.path.relpath(config.main, config.project_root)
        hint = f'set "main" in {config.user_config_path} to the file that defines the handlers'
        return [Problem(f"the main module {shown} does not exist", hint=hint)]
    # here, since no other part of the command needs a parser of Python
    from sshim.worker import packages, portability

    return [*portability.scan(config.main.parent), *packages.warnings(config.project_root)]


def _print_json(
    session: Session, seen: list[Finding], warnings: list[Problem], unreadable: list[Unreadable], *, ok: bool
) -> None:
    said = [f"{each.message} (try: {each.hint})" if each.hint else each.message for each in warnings]
    broken = [{"config": str(each.path), "message": each.error.message} for each in unreadable]
    result = {"ok": ok, "bindings": [each.result() for each in seen], "warnings": list(dict.fromkeys(said))}
    session.terminal.json({**result, "errors": broken} if broken else result)


def _show(session: Session, seen: list[Finding], *, several: bool) -> None:
    terminal = session.terminal
    if not seen:
        terminal.note("the configuration binds no secrets")
        return
    rows = [
        (
            *((f.worker or "-",) if several else ()),
            *(f.environment or "-", f.binding, f.secret_name, f.store_id, f.state.replace("_", " ")),
        )
        for f in seen
    ]
    headings = ("ENVIRONMENT", "BINDING", "SECRET", "STORE", "STATE")
    terminal.table(("WORKER", *headings) if several else headings, rows)
    for finding in seen:
        if finding.message:
            kind: Literal["error", "warning"] = "error" if finding.state in FAILING else "warning"
            message = f"{finding.binding}: {finding.message}"
            terminal.problem(kind, Problem(message, finding.place, finding.fix))
