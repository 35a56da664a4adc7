"""`sshim secrets-store store|secret …`: the same commands under wrangler's own spelling and with its flags,
so that a script made for wrangler's local mode runs unchanged.
"""

from __future__ import annotations

from copy import copy
from pathlib import Path

import click

from sshim.cli.context import Session
from sshim.cli.groups import Group
from sshim.cli.secret import secret
from sshim.cli.store import store


@click.group("secrets-store", cls=Group)
def secrets_store() -> None:
    """The secret and store commands as wrangler spells them."""


def _remote(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and isinstance(ctx.obj, Session):
        ctx.obj.terminal.warn(
            "--remote is not followed: sshim changes the local store alone, the account is wrangler's"
        )


def _cwd(ctx: click.Context, parameter: click.Parameter, value: Path | None) -> None:
    if value is not None and isinstance(ctx.obj, Session):
        ctx.obj.cwd = ctx.obj.cwd / value


_PATH = click.Path(path_type=Path)

_WRANGLERS = (
    click.Option(["--remote/--local"], expose_value=False, callback=_remote, hidden=True),
    click.Option(["--cwd"], type=_PATH, expose_value=False, callback=_cwd, hidden=True, is_eager=True),
    # wrangler reads a configuration for every command; these commands need none.
    click.Option(["-c", "--config"], type=_PATH, expose_value=False, hidden=True),
    click.Option(["-e", "--env"], expose_value=False, hidden=True),
    click.Option(["--env-file"], multiple=True, expose_value=False, hidden=True),
)


def _twin(group: Group) -> Group:
    """The group with wrangler's global flags on each command; callbacks are the same objects."""
    twin = copy(group)
    twin.commands = {}
    twin.lazy = {}  # shortcuts that wrangler does not have
    for name in group.commands:
        command = copy(group.commands[name])
        command.params = [*command.params, *_WRANGLERS]
        twin.commands[name] = command
    return twin


secrets_store.add_command(_twin(store))
secrets_store.add_command(_twin(secret))
