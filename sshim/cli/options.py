"""Options and arguments that several commands share, spelled once. Flags that choose the store put their
value into the session, so that a command's own parameters are only what it is about.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from sshim.cli import names
from sshim.cli.context import Session
from sshim.errors import UsageError

_STORE_OPTION = "sshim.store_option"

Command = TypeVar("Command", bound=Callable[..., Any])

as_json = click.option("--json", "as_json", is_flag=True, help="Print the API's result as JSON.")
yes_value = click.option("--value", help="The value itself. Not safe: it stays in the shell's history.")
value_file = click.option(
    "--value-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read the value from FILE (- is stdin).",
)


def _stacked(command: Command, *options: Callable[[Command], Command]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def _persist_to(ctx: click.Context, parameter: click.Parameter, value: Path | None) -> None:
    if value is not None and isinstance(ctx.obj, Session):
        ctx.obj.persist_to = value


def _store_url(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None and isinstance(ctx.obj, Session):
        ctx.obj.store_url = value


def where(command: Command) -> Command:
    """`--persist-to` and `--store-url`: which store is meant; they go into the session."""
    return _stacked(
        command,
        click.option(
            "--persist-to",
            type=click.Path(path_type=Path, file_okay=False),
            metavar="DIR",
            expose_value=False,
            callback=_persist_to,
            help="Use the store in DIR instead of this machine's own.",
        ),
        click.option(
            "--store-url",
            metavar="URL",
            expose_value=False,
            callback=_store_url,
            help="Use the shared store at a postgresql:// URL.",
        ),
    )


def store_id(command: Command) -> Command:
    """The STORE_ID argument, which wrangler also takes as `--store-id`; the command takes `store_id: str`."""
    return _stacked(
        command,
        click.argument(
            "store_id",
            metavar="STORE_ID",
            required=False,
            callback=_store_argument,
            shell_complete=names.stores,
        ),
        click.option(
            "--store-id",
            "store_option",
            hidden=True,
            is_eager=True,
            expose_value=False,
            callback=_store_option,
        ),
    )


def _store_option(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
    ctx.meta[_STORE_OPTION] = value


def _store_argument(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str:
    option: str | None = ctx.meta.get(_STORE_OPTION)
    chosen = value or option
    if ctx.resilient_parsing:
        return chosen or ""
    if not chosen:
        raise UsageError("STORE_ID is missing", hint="sshim store list")
    if value and option and value != option:
        raise UsageError("STORE_ID is given twice", hint="give it once")
    return chosen


def selector(command: Command) -> Command:
    """`--secret-id` and `--name`; the command takes `secret_id` and `name`, see `secret.pick`."""
    return _stacked(
        command,
        click.option("--secret-id", metavar="ID", help="Id of the secret."),
        click.option("--name", metavar="NAME", shell_complete=names.secrets, help="Name of the secret."),
    )


def value_source(command: Command) -> Command:
    """`--value-file` and `--value`; the command takes `value_file` and `value`, see `values.read_value`."""
    return _stacked(command, value_file, yes_value)


environment = click.option(
    "-e", "--env", metavar="NAME", shell_complete=names.environments, help="Environment of the Worker."
)


def config_source(command: Command) -> Command:
    """`--config` and `--env`; the command takes `config: Path | None` and `env: str | None`."""
    return _stacked(
        command,
        click.option(
            "-c",
            "--config",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="The wrangler configuration.",
        ),
        environment,
    )


def pages(command: Command) -> Command:
    """`--page` and `--per-page`, for scripts written for wrangler; see `one_page`."""
    return _stacked(
        command,
        click.option("--page", type=click.IntRange(min=1), metavar="N", help="Only this page."),
        click.option(
            "--per-page", type=click.IntRange(1, 100), metavar="N", help="Lines of a page, 10 at first."
        ),
    )


Item = TypeVar("Item")


def one_page(items: list[Item], page: int | None, per_page: int | None) -> list[Item]:
    """The page asked for; everything when neither flag was given. A page past the end is empty."""
    if page is None and per_page is None:
        return items
    size = per_page or 10
    start = ((page or 1) - 1) * size
    return items[start : start + size]
