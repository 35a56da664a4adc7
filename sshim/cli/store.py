"""`sshim store …`: the account's stores."""

from __future__ import annotations

import click

from sshim.cli import options
from sshim.cli.context import Session
from sshim.cli.groups import Group
from sshim.cli.output import Terminal
from sshim.model import Store, check_name, store_result

_CARE = "sshim.cli.store_care"


@click.group(
    cls=Group,
    lazy={
        "status": (f"{_CARE}:status", "Show where the store is, what it holds, and what opens it."),
        "verify": (f"{_CARE}:verify", "Prove that the store is as it was written."),
        "backup": (f"{_CARE}:backup", "Write a proven copy of the store, without its key."),
        "restore": (f"{_CARE}:restore", "Put a backup in the place of the store."),
        "rotate-key": (f"{_CARE}:rotate_key", "Seal every value anew under a new master key."),
        "accept-rollback": (f"{_CARE}:accept_rollback", "Go on from an older copy, on purpose."),
        "copy": ("sshim.cli.store_copy:copy", "Copy the whole store to a database, or back."),
        "salvage": (f"{_CARE}:salvage", "Save what is whole in a damaged store."),
    },
)
def store() -> None:
    """Create, list, delete and look after stores."""


@store.command("create")
@click.argument("name")
@options.where
@options.as_json
@click.pass_obj
def create(session: Session, name: str, as_json: bool) -> None:
    """Create a store called NAME."""
    made = session.control(create=True).create_store(check_name("store", name))
    session.terminal.note(f"created store {made.name}")
    _show(session.terminal, made, as_json)


@store.command("list")
@options.pages
@options.where
@options.as_json
@click.pass_obj
def list_(session: Session, page: int | None, per_page: int | None, as_json: bool) -> None:
    """List the stores of the account."""
    found = options.one_page(session.control().list_stores(), page, per_page)
    if as_json:
        session.terminal.json([store_result(each) for each in found])
    elif found:
        session.terminal.table(
            ("NAME", "ID", "CREATED (UTC)", "MODIFIED (UTC)"),
            [(s.name, s.id, f"{s.created:%Y-%m-%d %H:%M}", f"{s.modified:%Y-%m-%d %H:%M}") for s in found],
        )
    else:
        session.terminal.note("no stores yet; `sshim secret create` makes one")


@store.command("delete")
@options.store_id
@click.option("--force", is_flag=True, help="Delete its secrets with it.")
@options.where
@options.as_json
@click.pass_obj
def delete(session: Session, store_id: str, force: bool, as_json: bool) -> None:
    """Delete the store STORE_ID; with --force even when it holds secrets."""
    session.control().delete_store(store_id, force=force)
    session.terminal.note(f"deleted store {store_id}")
    if as_json:
        session.terminal.json(None)


def _show(terminal: Terminal, one: Store, as_json: bool) -> None:
    if as_json:
        terminal.json(store_result(one))
    else:
        terminal.record(store_result(one))
