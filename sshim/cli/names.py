"""Names that the shell completes: stores, secrets of the store on the line, environments of the config.

A completion that cannot be had is none: it must neither print nor fail, nor make a store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from sshim.cli.context import Session

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

Names = Iterable[tuple[str, str]]
"""Words to offer, each with a remark."""


def stores(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids of the stores, with their names as remarks."""
    return _offer(ctx, incomplete, lambda session: [(s.id, s.name) for s in session.control().list_stores()])


def secrets(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of the secrets in the store named on the line."""
    # With an option that still lacks its value, click leaves the arguments unread.
    store_id: str = ctx.params.get("store_id") or next(iter(ctx.args), "")
    return _offer(
        ctx,
        incomplete,
        lambda session: [(s.name, s.comment) for s in session.control().list_secrets(store_id)],
    )


def bindings(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Bindings of the configuration at hand, with the secret each one names."""

    def read(session: Session) -> Names:
        config = session.read_config(config=_path(ctx), env=ctx.params.get("env"))
        return [(binding.binding, binding.secret_name) for binding in config.secrets]

    return _offer(ctx, incomplete, read)


def environments(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Environments that the configuration at hand defines."""

    def read(session: Session) -> Names:
        config = session.read_config(config=_path(ctx), env="")
        return [(name, "") for name in config.defined_environments or ()]

    return _offer(ctx, incomplete, read)


def gateways(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids of the AI Gateways."""
    return _offer(ctx, incomplete, lambda session: [(g.id, "") for g in session.control().list_gateways()])


def providers(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """AI providers that a key can be kept for."""
    from sshim.gateway.providers import PROVIDERS

    return _offer(ctx, incomplete, lambda session: [(slug, "") for slug in PROVIDERS])


def _path(ctx: click.Context) -> Path | None:
    value = ctx.params.get("config")
    return Path(value) if value else None


def _offer(ctx: click.Context, incomplete: str, names: Callable[[Session], Names]) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    session = ctx.find_root().obj
    if not isinstance(session, Session):
        return []
    try:
        return [
            CompletionItem(name, help=remark or None)
            for name, remark in names(session)
            if name.startswith(incomplete)
        ]
    except Exception:  # see the module's first lines
        return []
