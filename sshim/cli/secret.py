"""`sshim secret …`: each command is flags to a call of the control plane, and one print."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sshim.cli import options
from sshim.cli.context import Session
from sshim.cli.default_store import ensure_store
from sshim.cli.groups import Group
from sshim.cli.output import Terminal
from sshim.cli.prompt import agree, is_interactive
from sshim.cli.values import read_value
from sshim.errors import NameTaken, StoreNotFound, UsageError
from sshim.model import Secret, check_name, check_scopes, new_secret, secret_result

if TYPE_CHECKING:
    from sshim.control import ControlPlane


@click.group(
    cls=Group,
    lazy={"set": ("sshim.cli.secret_set:set_", "Set the secret that the Worker binds as BINDING.")},
)
def secret() -> None:
    """Create, list, show, change and delete secrets.

    A value comes from a hidden prompt, from standard input when piped, or from --value-file.
    """


scopes_option = click.option(
    "--scopes",
    multiple=True,
    required=True,
    metavar="SCOPE[,SCOPE]",
    help="Products that may use it: workers, ai_gateway, ...",
)


@secret.command("create")
@options.store_id
@click.option("--name", required=True, metavar="NAME", help="Name of the new secret.")
@scopes_option
@click.option("--comment", default="", metavar="TEXT", help="What it is for.")
@options.value_source
@options.where
@options.as_json
@click.pass_obj
def create(
    session: Session,
    store_id: str,
    name: str,
    scopes: tuple[str, ...],
    comment: str,
    value_file: Path | None,
    value: str | None,
    as_json: bool,
) -> None:
    """Create a secret in the store STORE_ID.

    A store of that id is made when there is none.
    """
    check_name("secret", name)
    wanted = check_scopes(split(scopes))
    control = session.control(create=True)
    refuse_taken(control, store_id, name)
    text = read_value(session, value=value, value_file=value_file, what=name)
    checked = new_secret(name, text, wanted, comment)
    ensure_store(session, control, store_id)
    (made,) = control.create_secrets(store_id, [checked])
    session.terminal.note(f"created secret {name} in store {store_id}")
    show(session.terminal, made, as_json)


@secret.command("list")
@options.store_id
@click.option("--search", metavar="TEXT", help="Only those with TEXT in name or comment.")
@click.option("--scopes", multiple=True, metavar="SCOPE[,SCOPE]", help="Only those with all of these scopes.")
@click.option(
    "--order",
    type=click.Choice(["name", "comment", "created", "modified", "status"]),
    default="name",
    show_default=True,
)
@click.option("--direction", type=click.Choice(["asc", "desc"]), default="asc", show_default=True)
@options.pages
@options.where
@options.as_json
@click.pass_obj
def list_(
    session: Session,
    store_id: str,
    search: str | None,
    scopes: tuple[str, ...],
    order: str,
    direction: str,
    page: int | None,
    per_page: int | None,
    as_json: bool,
) -> None:
    """List the secrets of the store STORE_ID, never their values."""
    wanted = check_scopes(split(scopes)) if scopes else ()
    found = session.control().list_secrets(
        store_id, search=search, scopes=wanted, order=order, direction=direction
    )
    found = options.one_page(found, page, per_page)
    if as_json:
        session.terminal.json([secret_result(each) for each in found])
    elif found:
        table(session.terminal, found)
    else:
        session.terminal.note(f"no secrets in store {store_id}")


@secret.command("get")
@options.store_id
@options.selector
@options.where
@options.as_json
@click.pass_obj
def get(session: Session, store_id: str, secret_id: str | None, name: str | None, as_json: bool) -> None:
    """Show one secret: all but its value."""
    show(session.terminal, pick(session.control(), store_id, secret_id, name), as_json)


@secret.command("update")
@options.store_id
@options.selector
@click.option("--scopes", multiple=True, metavar="SCOPE[,SCOPE]", help="The new scopes, in place of the old.")
@click.option("--comment", metavar="TEXT", help="The new comment; empty to have none.")
@options.value_source
@options.where
@options.as_json
@click.pass_obj
def update(
    session: Session,
    store_id: str,
    secret_id: str | None,
    name: str | None,
    scopes: tuple[str, ...],
    comment: str | None,
    value_file: Path | None,
    value: str | None,
    as_json: bool,
) -> None:
    """Change a secret's value, scopes or comment.

    With --scopes or --comment alone the value stays; else the new one is asked for, or read from standard
    input (--value-file - reads it together with the others).
    """
    wanted = check_scopes(split(scopes)) if scopes else None
    control = session.control()
    chosen = pick(control, store_id, secret_id, name)
    new_value = None
    if value is not None or value_file is not None or (wanted is None and comment is None):
        text = read_value(session, value=value, value_file=value_file, what=chosen.name)
        new_value = new_secret(chosen.name, text, chosen.scopes).value
    changed = control.update_secret(store_id, chosen.id, value=new_value, scopes=wanted, comment=comment)
    parts = [("value", new_value), ("scopes", wanted), ("comment", comment)]
    what = " and ".join(part for part, given in parts if given is not None)
    session.terminal.note(f"updated {what} of secret {chosen.name} in store {store_id}")
    show(session.terminal, changed, as_json)


@secret.command("delete")
@options.store_id
@options.selector
@click.option("-y", "--yes", is_flag=True, help="Do not ask first.")
@options.where
@options.as_json
@click.pass_obj
def delete(
    session: Session, store_id: str, secret_id: str | None, name: str | None, yes: bool, as_json: bool
) -> None:
    """Delete a secret for good.

    At a terminal it is asked first.
    """
    control = session.control()
    chosen = pick(control, store_id, secret_id, name)
    question = f"delete secret {chosen.name} of store {store_id} for good?"
    if not yes and is_interactive(session) and not agree(session, question):
        raise click.Abort
    control.delete_secret(store_id, chosen.id)
    session.terminal.note(f"deleted secret {chosen.name} from store {store_id}")
    if as_json:
        session.terminal.json(None)


@secret.command("duplicate")
@options.store_id
@click.option("--secret-id", metavar="ID", help="Id of the secret to copy.")
@click.option("--from", "source", metavar="NAME", help="Its name, in place of its id.")
@click.option("--name", required=True, metavar="NAME", help="Name of the copy.")
@scopes_option
@click.option("--comment", default="", metavar="TEXT", help="What it is for.")
@options.where
@options.as_json
@click.pass_obj
def duplicate(
    session: Session,
    store_id: str,
    secret_id: str | None,
    source: str | None,
    name: str,
    scopes: tuple[str, ...],
    comment: str,
    as_json: bool,
) -> None:
    """Make a secret with the value of another one, which is not shown."""
    check_name("secret", name)
    wanted = check_scopes(split(scopes))
    control = session.control()
    original = pick(control, store_id, secret_id, source, flags="--secret-id ID or --from NAME")
    refuse_taken(control, store_id, name)
    copy = control.duplicate_secret(store_id, original.id, name=name, scopes=wanted, comment=comment)
    session.terminal.note(f"duplicated secret {original.name} as {name} in store {store_id}")
    show(session.terminal, copy, as_json)


# -- parts that other commands share ---------------------------------------------------------------------


def split(scopes: Iterable[str]) -> list[str]:
    """Scopes as given: repeated, or with commas between."""
    return [part.strip() for text in scopes for part in text.split(",") if part.strip()]


def pick(
    control: ControlPlane,
    store_id: str,
    secret_id: str | None,
    name: str | None,
    *,
    flags: str = "--name NAME or --secret-id ID",
) -> Secret:
    """The secret meant by id or name; raises `UsageError` unless exactly one is given, `SecretNotFound`."""
    if (secret_id is None) == (name is None):
        said = "no secret is named" if secret_id is None else "a secret is named twice"
        raise UsageError(said, hint=flags)
    if name is not None:
        return control.find_secret(store_id, name)
    assert secret_id is not None
    return control.get_secret(store_id, secret_id)


def refuse_taken(control: ControlPlane, store_id: str, name: str) -> None:
    """Raises `NameTaken` with the way on, before anybody is asked for a value."""
    if present(control, store_id, name) is not None:
        raise NameTaken("secret", name, hint=f"sshim secret update {store_id} --name {name}")


def present(control: ControlPlane, store_id: str, name: str) -> Secret | None:
    """The secret of that name, None where it or its store is missing. Unlike `find_secret` this looks for no
    near names, which is a tenth of what a first `create` costs."""
    try:
        secrets = control.list_secrets(store_id)
    except StoreNotFound:
        return None
    return next((secret for secret in secrets if secret.name == name), None)


def show(terminal: Terminal, one: Secret, as_json: bool) -> None:
    """One secret, as JSON or a field a line."""
    if as_json:
        terminal.json(secret_result(one))
        return
    result = secret_result(one)
    result["scopes"] = ", ".join(one.scopes)
    terminal.record(result)


def table(terminal: Terminal, secrets: Iterable[Secret]) -> None:
    """Many secrets, one a line."""
    terminal.table(
        ("NAME", "ID", "SCOPES", "STATUS", "MODIFIED (UTC)", "COMMENT"),
        [
            (s.name, s.id, ",".join(s.scopes), s.status, f"{s.modified:%Y-%m-%d %H:%M}", s.comment)
            for s in secrets
        ],
    )
