"""`sshim export STORE_ID`: the secrets of a store as text or sealed, to a file of its own or to stdout."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sshim.cli import names, options
from sshim.cli.context import Session
from sshim.cli.prompt import agree, is_interactive
from sshim.errors import UsageError

if TYPE_CHECKING:
    from sshim.transfer.export import Exported


@click.command()
@options.store_id
@click.option(
    "--name", "wanted", multiple=True, metavar="NAME", shell_complete=names.secrets,
    help="Only this secret; repeatable.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(["json", "dotenv", "yaml"]), default="json", show_default=True,
    help="yaml is a seed manifest.",
)  # fmt: skip
@click.option("--reveal", is_flag=True, help="With the values, in plain text.")
@click.option("--seal", is_flag=True, help="With the values, sealed under a passphrase.")
@click.option(
    "--passphrase-file", type=click.Path(path_type=Path), metavar="FILE",
    help="Read the passphrase from FILE instead of asking.",
)  # fmt: skip
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE",
    help="Write to FILE, readable by you alone, instead of stdout.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace FILE if there is one.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before values are shown.")
@options.where
@options.as_json
@click.pass_obj
def export(
    session: Session,
    store_id: str,
    wanted: tuple[str, ...],
    form: Any,
    reveal: bool,
    seal: bool,
    passphrase_file: Path | None,
    output: Path | None,
    force: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Write out the secrets of the store STORE_ID.

    Without --reveal or --seal these are names, scopes and comments, and a manifest that asks for each value.
    Every value that leaves the store is recorded in the audit log first. "sshim import FILE" reads all forms.
    """
    if reveal and seal:
        raise UsageError("--reveal and --seal exclude each other", hint="give one of them")
    if passphrase_file is not None and not seal:
        raise UsageError("--passphrase-file goes with --seal", hint="sshim export STORE_ID --seal …")
    target = _target(session, output, force) if output else None
    control = session.control()
    listed = [each for each in control.list_secrets(store_id) if not wanted or each.name in wanted]
    for name in wanted:
        control.find_secret(store_id, name)

    from sshim.transfer.export import Exported, render, result

    if not reveal and not seal:
        exported = [Exported(each, None) for each in listed]
    else:
        passphrase = _passphrase(session, passphrase_file, store_id) if seal else None
        if reveal and not yes:
            _confirm(session, len(listed), store_id, output)
        purpose = "sealed export" if seal else "export"
        opened = control.reveal_secrets(store_id, purpose=purpose, names=wanted or None)
        exported = [Exported(secret, value) for secret, value in opened]
        if passphrase is not None:
            from sshim.transfer.sealed import seal as seal_up

            content = {"version": 1, **result(store_id, exported)}
            _write(session, target, seal_up(content, passphrase), exported, sealed=True)
            return
    text = render(store_id, exported, "json" if as_json else form)
    _write(session, target, text.encode(), exported, sealed=False)


def _target(session: Session, output: Path, force: bool) -> Path:
    """The file to write. Raises `UsageError` for one that must not or cannot be replaced."""
    target = session.cwd / output.expanduser()
    if os.path.lexists(target):
        if not force:
            raise UsageError(f"there is already a {output}", hint="--force replaces it, or -o ANOTHER")
        if not target.is_file():
            raise UsageError(f"{output} is not a file that could be replaced", hint="-o ANOTHER")
    return target


def _passphrase(session: Session, file: Path | None, store_id: str) -> str:
    from sshim.cli.passphrase import read_passphrase

    return read_passphrase(session, file, new=True, what=f"the export of {store_id}")


def _confirm(session: Session, count: int, store_id: str, output: Path | None) -> None:
    """Asks at the terminal; raises `UsageError` where nobody can be asked, `click.Abort` after a no."""
    if not is_interactive(session):
        raise UsageError("--reveal asks first, and nobody is there to ask", hint="--reveal --yes in scripts")
    where = f"into {output}" if output else "here"
    plural = "s" if count != 1 else ""
    if not agree(session, f"write {count} secret value{plural} of store {store_id} in plain text {where}?"):
        raise click.Abort


def _write(
    session: Session, target: Path | None, data: bytes, exported: list[Exported], *, sealed: bool
) -> None:
    if target is None:
        # as bytes: a value must not be changed by what the terminal's encoding lacks
        buffer = getattr(session.terminal.out, "buffer", None)
        if buffer is None:
            session.terminal.out.write(data.decode())
        else:
            session.terminal.out.flush()
            buffer.write(data)
            buffer.flush()
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        # 0600 from the first moment, and whole or not there at all
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(beside, target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}", hint="-o ANOTHER") from None
    how = "sealed" if sealed else "with values" if any(each.value for each in exported) else "without values"
    plural = "s" if len(exported) != 1 else ""
    session.terminal.note(f"wrote {len(exported)} secret{plural} to {target}, {how}")
