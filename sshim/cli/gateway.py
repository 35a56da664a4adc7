"""`sshim gateway …`: AI Gateways, and the provider keys they add to requests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sshim.cli import names, options
from sshim.cli.context import Session
from sshim.cli.groups import Group

if TYPE_CHECKING:
    from sshim.control.gateway_keys import KeyState

_DEFAULT = "default"


@click.group(cls=Group)
def gateway() -> None:
    """AI Gateways and the provider keys that they add to requests."""


@gateway.command("create")
@click.argument("gateway_id", metavar="ID")
@click.option("--store-id", metavar="STORE_ID", help="The store of its keys, if there are several.")
@click.option(
    "--authentication/--no-authentication", default=True, show_default=True,
    help="Whether requests need cf-aig-authorization.",
)  # fmt: skip
@options.where
@options.as_json
@click.pass_obj
def create(
    session: Session, gateway_id: str, store_id: str | None, authentication: bool, as_json: bool
) -> None:
    """Create the gateway ID."""
    from sshim.control.gateway_results import gateway_result

    control = session.control(create=True)
    made = control.create_gateway(gateway_id, store_id=store_id, settings={"authentication": authentication})
    session.terminal.note(f"created gateway {made.id}")
    if as_json:
        session.terminal.json(gateway_result(made))


@gateway.command("list")
@options.where
@options.as_json
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    """List the gateways."""
    from sshim.control.gateway_results import gateway_result

    control = session.control()
    found = control.list_gateways()
    if as_json:
        session.terminal.json([gateway_result(each) for each in found])
    elif found:
        session.terminal.table(
            ("ID", "STORE", "KEYS", "AUTHENTICATION", "CREATED (UTC)"),
            [
                (
                    each.id,
                    each.store_id or "-",
                    str(len(control.list_provider_keys(each.id))),
                    "yes" if each.settings.get("authentication", True) else "no",
                    f"{each.created:%Y-%m-%d %H:%M}",
                )
                for each in found
            ],
        )
    else:
        session.terminal.note("no gateways; `sshim gateway key set PROVIDER` makes one")


@gateway.command("delete")
@click.argument("gateway_id", metavar="ID", shell_complete=names.gateways)
@options.where
@options.as_json
@click.pass_obj
def delete(session: Session, gateway_id: str, as_json: bool) -> None:
    """Delete the gateway ID; the secrets of its keys stay."""
    session.control().delete_gateway(gateway_id)
    session.terminal.note(f"deleted gateway {gateway_id}")
    if as_json:
        session.terminal.json(None)


@gateway.group("key", cls=Group)
def key() -> None:
    """The keys of providers, stored as secrets with the scope ai_gateway."""


_provider = click.argument("provider", shell_complete=names.providers)
_alias = click.option(
    "--alias", default="default", show_default=True, metavar="NAME", help="Which key of several."
)
_gateway = click.option(
    "--gateway", "gateway_id", default=_DEFAULT, show_default=True, metavar="ID",
    shell_complete=names.gateways, help="The gateway.",
)  # fmt: skip


@key.command("set")
@_provider
@_alias
@_gateway
@options.yes_value
@options.value_file
@options.where
@options.as_json
@click.pass_obj
def set_(
    session: Session,
    provider: str,
    alias: str,
    gateway_id: str,
    value: str | None,
    value_file: Path | None,
    as_json: bool,
) -> None:
    """Store or replace the key of PROVIDER; the next request goes out with it.

    It comes from a hidden prompt, or from stdin when that is piped. The gateway "default" is made at need.
    """
    from sshim.cli.values import read_value
    from sshim.control.gateway_results import provider_key_result
    from sshim.errors import GatewayNotFound, ProviderKeyNotFound
    from sshim.gateway.providers import check_slug
    from sshim.model import SecretValue

    check_slug(provider)
    control = session.control(create=True)
    try:
        control.get_gateway(gateway_id)
    except GatewayNotFound:
        if gateway_id != _DEFAULT:
            raise
    text = read_value(session, value=value, value_file=value_file, what=f"the {provider} key {alias!r}")
    if not control.list_stores():
        made = control.create_store("default_secrets_store")
        session.terminal.note(f"created store {made.name} ({made.id})")
    if gateway_id == _DEFAULT and _DEFAULT not in [each.id for each in control.list_gateways()]:
        control.create_gateway(_DEFAULT)
        session.terminal.note(f"created gateway {_DEFAULT}")
    try:
        old = control.find_provider_key(gateway_id, provider, alias)
    except ProviderKeyNotFound:
        kept = control.create_provider_key(gateway_id, provider, alias, value=SecretValue(text))
    else:
        kept = control.update_provider_key(gateway_id, old.id, value=SecretValue(text))
    session.terminal.note(f"gateway {gateway_id} now adds the {provider} key {alias!r} to requests")
    if as_json:
        (state,) = control.provider_key_states([kept], used=False)
        session.terminal.json(provider_key_result(state))


@key.command("list")
@click.argument("provider", required=False, shell_complete=names.providers)
@click.option(
    "--gateway", "gateway_id", metavar="ID", shell_complete=names.gateways, help="Only of this gateway."
)
@options.where
@options.as_json
@click.pass_obj
def list_keys(session: Session, provider: str | None, gateway_id: str | None, as_json: bool) -> None:
    """List the keys (of PROVIDER), never what they are."""
    from sshim.control.gateway_results import provider_key_result
    from sshim.control.gateways import bare_slug

    control = session.control()
    gateways = [gateway_id] if gateway_id else [each.id for each in control.list_gateways()]
    keys = [key for each in gateways for key in control.list_provider_keys(each)]
    states = control.provider_key_states(
        key for key in keys if provider is None or key.provider == bare_slug(provider)
    )
    if as_json:
        session.terminal.json([provider_key_result(state) for state in states])
    elif states:
        session.terminal.table(
            ("GATEWAY", "PROVIDER", "ALIAS", "KEY", "STATUS", "LAST USED (UTC)"), [_row(s) for s in states]
        )
    else:
        session.terminal.note("no keys; `sshim gateway key set PROVIDER` stores one")


@key.command("delete")
@_provider
@_alias
@_gateway
@options.where
@options.as_json
@click.pass_obj
def delete_key(session: Session, provider: str, alias: str, gateway_id: str, as_json: bool) -> None:
    """Delete the key of PROVIDER with its secret; requests stop getting it at once."""
    control = session.control()
    found = control.find_provider_key(gateway_id, provider, alias)
    control.delete_provider_key(gateway_id, found.id)
    session.terminal.note(f"deleted the {provider} key {alias!r} of gateway {gateway_id}")
    if as_json:
        session.terminal.json(None)


def _row(state: KeyState) -> tuple[str, ...]:
    used = f"{state.last_used:%Y-%m-%d %H:%M}" if state.last_used else "-"
    key = state.key
    status = "active" if state.active else "invalid"
    return key.gateway_id, key.provider, key.alias, state.preview or "-", status, used
