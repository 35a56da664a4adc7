"""`sshim store status|verify|backup|…`: the care of this machine's store as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sshim.cli import options
from sshim.cli.context import Session
from sshim.cli.default_store import ensure_store
from sshim.errors import AccessError, Conflict, SshimError
from sshim.model import NewSecret

if TYPE_CHECKING:
    from sshim.store.copies import Copied

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@options.where
@options.as_json
@click.pass_obj
def status(session: Session, as_json: bool) -> None:
    """Show where the store is, what it holds, and what opens it."""
    found = session.care().status()
    terminal = session.terminal
    if as_json:
        terminal.json(found)
        return
    counts = ", ".join(_counted(number, name) for name, number in found["counts"].items() if number)
    terminal.record(
        {
            "path": found["path"],
            "created": found["created"],
            "generation": str(found["generation"]),
            "key term": str(found["term"]),
            **({"server": found["server"]} if found["server"] else {"size": _size(found)}),
            "holds": counts or "nothing",
        }
    )
    terminal.data("")
    terminal.table(
        ("KEY SLOT", "KIND", "LABEL", "OPENS NOW", "WHERE"),
        [
            (k["id"], k["kind"], k["label"], "yes" if k["proven"] else "no", k["where"] or "")
            for k in found["keys"]
        ],
    )
    for warning in found["warnings"]:
        terminal.warn(warning)


def _counted(number: int, plural: str) -> str:
    return f"{number} {plural.removesuffix('s') if number == 1 else plural}"


def _size(found: dict[str, Any]) -> str:
    return f"{found['bytes'] + found['journal_bytes']:,} bytes"


@click.command()
@click.option("--deep", is_flag=True, help="Every page, value and audit record too.")
@options.where
@options.as_json
@click.pass_obj
def verify(session: Session, deep: bool, as_json: bool) -> None:
    """Prove that the store is as it was written. Changes nothing.

    The exit code is 4 when no key at hand opens it, 1 when it is damaged.
    """
    report = session.care().verify(deep=deep)
    terminal = session.terminal
    if as_json:
        terminal.json(report.as_dict())
    else:
        states = {(True, False): "ok", (False, False): "BAD", (False, True): "note", (True, True): "ok"}
        terminal.table(
            ("CHECK", "STATE", "FOUND"),
            [(each.check, states[each.ok, each.warning], each.what) for each in report.findings],
        )
        for each in report.findings:
            if each.hint and not each.ok:
                terminal.note(f"Try: {each.hint}")
    failed = [each.code for each in report.findings if not (each.ok or each.warning)]
    if failed:
        kinds: list[type[AccessError]] = [AccessError, *AccessError.__subclasses__()]
        barred = {kind.code for kind in kinds}
        raise click.exceptions.Exit(AccessError.exit_code if failed[0] in barred else SshimError.exit_code)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--overwrite", is_flag=True, help="Replace FILE if it is there.")
@options.where
@options.as_json
@click.pass_obj
def backup(session: Session, file: Path, overwrite: bool, as_json: bool) -> None:
    """Write a proven copy of the store to FILE, without its key.

    Keep the key elsewhere: a copy opens with the store's key file, or any key of "sshim key list".
    """
    _copied(session, "wrote", session.care().backup(session.cwd / file, overwrite=overwrite), as_json)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--other", is_flag=True, help="Even if FILE is a backup of another store.")
@options.where
@options.as_json
@click.pass_obj
def restore(session: Session, file: Path, other: bool, as_json: bool) -> None:
    """Put the backup FILE in the place of the store.

    It is proven whole first; what was there is kept beside it.
    """
    _copied(session, "restored", session.care().restore(session.cwd / file, other=other), as_json)


@click.command("rotate-key")
@click.option("--drop-unproven", is_flag=True, help="Drop key slots that nothing at hand opens.")
@options.where
@options.as_json
@click.pass_obj
def rotate_key(session: Session, drop_unproven: bool, as_json: bool) -> None:
    """Seal every value anew under a new master key.

    Whoever had a key and an older copy of the store can read nothing that is written from now on.
    """
    term = session.care().rotate_key(drop_unproven=drop_unproven)
    session.terminal.note(f"every value is sealed under master key {term}")
    if as_json:
        session.terminal.json({"ok": True, "term": term})


@click.command("accept-rollback")
@options.where
@options.as_json
@click.pass_obj
def accept_rollback(session: Session, as_json: bool) -> None:
    """Go on from an older copy of the store that was put in its place on purpose."""
    generation = session.care().accept_rollback()
    session.terminal.note(f"the store goes on from here, at generation {generation}")
    if as_json:
        session.terminal.json({"ok": True, "generation": generation})


@click.command()
@click.option(
    "--to", "target", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR",
    help="Folder of the store that takes what is saved.",
)  # fmt: skip
@options.where
@options.as_json
@click.pass_obj
def salvage(session: Session, target: Path, as_json: bool) -> None:
    """Save what is whole in a damaged store, into another one in DIR.

    Each value is as it was once written, but may not be the newest: its comment says "unverified".
    """
    found = session.care().salvage()
    lost = list(found.lost)
    session.persist_to = target
    control = session.control(create=True)
    saved = []
    for secret, value in found.secrets:
        comment = f"unverified: {secret.comment}" if secret.comment else "unverified"
        try:
            ensure_store(session, control, secret.store_id)
            control.create_secrets(secret.store_id, [NewSecret(secret.name, value, secret.scopes, comment)])
        except Conflict as error:  # the name was saved once already, or there is no room
            lost.append(f"{secret.name} ({secret.id}) was not saved: {error.message}")
        else:
            saved.append({"store_id": secret.store_id, "name": secret.name})
    session.terminal.note(f"saved {len(saved)} secrets; lost: {len(lost)}")
    if as_json:
        session.terminal.json({"ok": not lost, "saved": saved, "lost": lost})
    else:
        for sentence in lost:
            session.terminal.warn(sentence)


def _copied(session: Session, done: str, copied: Copied, as_json: bool) -> None:
    session.terminal.note(
        f"{done} {copied.path} with {copied.secrets} secrets, generation {copied.generation}"
    )
    if copied.kept:
        session.terminal.note(f"what was there before is in {copied.kept}")
    if as_json:
        session.terminal.json(
            {
                "ok": True,
                "path": str(copied.path),
                "generation": copied.generation,
                "secrets": copied.secrets,
                "kept": str(copied.kept) if copied.kept else None,
            }
        )
