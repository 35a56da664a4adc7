"""`sshim key …`: the ways to open the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sshim.cli import options
from sshim.cli.context import Session
from sshim.cli.groups import Group
from sshim.errors import Corrupt, UsageError
from sshim.model import rfc3339

if TYPE_CHECKING:
    from sshim.store.key_care import KeyInfo


@click.group(cls=Group)
def key() -> None:
    """Add, remove and list the keys that open the store.

    Each one alone opens it; one that is proven to work always remains.
    """


@key.command("add")
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A key file, made if need be.",
)
@click.option("--passphrase", is_flag=True, help="A passphrase, asked for.")
@click.option("--keyring", is_flag=True, help="A key that the system's keyring keeps.")
@click.option("--from-env", "variable", metavar="NAME", help="The key in variable NAME: base64 of 32 bytes.")
@click.option("--label", default="", metavar="TEXT", help="What it is for.")
@options.where
@options.as_json
@click.pass_obj
def add(
    session: Session,
    file: Path | None,
    passphrase: bool,
    keyring: bool,
    variable: str | None,
    label: str,
    as_json: bool,
) -> None:
    """Add a key of one of these kinds."""
    if [file is not None, passphrase, keyring, variable is not None].count(True) != 1:
        raise UsageError(
            "name one kind of key", hint="--file FILE, --passphrase, --keyring, or --from-env NAME"
        )
    keys = session.care().keys
    if file is not None:
        added = keys.add_key_file(session.cwd / file.expanduser(), label=label)
    elif passphrase:
        from sshim.cli.passphrase import new_passphrase

        typed = new_passphrase(session, "New passphrase: ", hint="--file FILE or --from-env NAME in scripts")
        added = keys.add_passphrase(typed, label=label)
    elif keyring:
        added = keys.add_keyring(label=label)
    else:
        added = keys.add_key(_key_in(session, variable or ""), label=label)
    session.terminal.note(f"added key slot {added.id} ({added.kind})")
    _show(session, added, as_json)


@key.command("list")
@options.where
@options.as_json
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    """List the key slots, and which of them what is at hand opens."""
    found = session.care().keys.list()
    if as_json:
        session.terminal.json([_result(each) for each in found])
        return
    session.terminal.table(
        ("ID", "KIND", "LABEL", "OPENS NOW", "CREATED (UTC)", "WHERE"),
        [
            (k.id, k.kind, k.label, "yes" if k.proven else "no", f"{k.created:%Y-%m-%d %H:%M}", k.where or "")
            for k in found
        ],
    )


@key.command("remove")
@click.argument("slot_id", metavar="ID")
@options.where
@options.as_json
@click.pass_obj
def remove(session: Session, slot_id: str, as_json: bool) -> None:
    """Remove the key slot ID (8 or more of its characters, or its label).

    Whoever had that key and an older copy of the store still reads that copy, and all that is written until
    "sshim store rotate-key".
    """
    removed = session.care().keys.remove(slot_id)
    session.terminal.note(f"removed key slot {removed.id} ({removed.kind})")
    if as_json:
        session.terminal.json(None)


def _key_in(session: Session, variable: str) -> bytes:
    from sshim.store.keyfile import decode_key

    text = session.environ.get(variable, "")
    try:
        return decode_key(variable, Path(variable), f"{text.strip()}\n".encode())
    except Corrupt:
        raise UsageError(
            f"the variable {variable} does not hold base64 of 32 bytes",
            hint="head -c 32 /dev/urandom | base64",
        ) from None


def _show(session: Session, one: KeyInfo, as_json: bool) -> None:
    if as_json:
        session.terminal.json(_result(one))
    else:
        session.terminal.record({name: str(text) for name, text in _result(one).items() if text is not None})


def _result(one: KeyInfo) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "label": one.label,
        "created": rfc3339(one.created),
        "where": one.where,
        "proven": one.proven,
    }
