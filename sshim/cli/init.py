"""`sshim init [DIR]`: a Worker that runs, with one binding, its test and its types."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from pathlib import Path

import click

from sshim.cli import options
from sshim.cli.context import Session
from sshim.cli.new_project import (
    BINDING,
    PYTEST_INSTALL,
    SECRET_NAME,
    STUB,
    project_files,
    worker_name,
)
from sshim.errors import SshimError, UsageError


@click.command()
@click.argument("directory", required=False, metavar="[DIR]", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="Name of the Worker.  [default: made from DIR]")
@options.where
@click.pass_obj
def init(session: Session, directory: Path | None, name: str | None) -> None:
    """Make a Python Worker in DIR, or here, with one secret, its test and its types.

    Nothing that exists is overwritten.
    """
    folder = (session.cwd / directory.expanduser() if directory else session.cwd).resolve()
    if name is not None and worker_name(name) != name:
        raise UsageError(
            "a Worker's name holds lower-case letters, digits, '-' and '_'",
            hint=f"--name {worker_name(name)}",
        )
    worker = name or worker_name(folder.name)
    wanted = project_files(worker, *_secret(session, worker))
    _refuse_existing(folder, [*wanted, STUB])
    written: list[Path] = []
    try:
        for path, text in wanted.items():
            _write(folder / path, text, written)
        _write(folder / STUB, _types(session, folder), written)
    except BaseException as error:
        for made in reversed(written):
            with suppress(OSError):
                made.rmdir() if made.is_dir() else made.unlink()
        if isinstance(error, OSError):
            where = error.filename or folder
            raise UsageError(
                f"{where} cannot be written: {error.strerror}", hint="sshim init ANOTHER"
            ) from None
        raise
    shown = os.path.relpath(folder, session.cwd)
    session.terminal.note(f"made a Worker in {folder}: {', '.join([*wanted, STUB])}")
    move = "" if shown == "." else f"cd {shlex.quote(shown)} && "
    session.terminal.note("next, give its secret a value and serve it:")
    session.terminal.data(f"{move}sshim secret set {BINDING} && sshim dev")
    session.terminal.note(f"its test needs sshim's extra pytest ({PYTEST_INSTALL}); then: python -m pytest")


def _secret(session: Session, worker: str) -> tuple[str, str, str]:
    """Store id, date, and a secret's name that no other project has in that store: the only store there is,
    else a new one. A store that cannot be opened is another command's matter."""
    try:
        control = session.control()
        stores = control.list_stores()
        taken = {secret.name for store in stores for secret in control.list_secrets(store.id)}
    except SshimError:
        stores, taken = [], set()
    store_id = stores[0].id if len(stores) == 1 else os.urandom(16).hex()
    return store_id, _today(), f"{worker}-{SECRET_NAME}" if SECRET_NAME in taken else SECRET_NAME


def _today() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).date().isoformat()


def _refuse_existing(folder: Path, wanted: list[str]) -> None:
    if os.path.lexists(folder) and not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", hint="sshim init ANOTHER")
    # A configuration of another form would compete with ours.
    for path in [*wanted, "wrangler.json", "wrangler.jsonc"]:
        if os.path.lexists(folder / path):
            raise UsageError(f"{folder} has a {path} already; nothing was made", hint="sshim init ANOTHER")


def _write(path: Path, text: str, written: list[Path]) -> None:
    for parent in reversed(path.parents):
        if not parent.exists():
            parent.mkdir()
            written.append(parent)
    with path.open("x", encoding="utf-8", newline="\n") as stream:
        written.append(path)
        stream.write(text)


def _types(session: Session, folder: Path) -> str:
    from sshim.config import types_stub
    from sshim.config.settings import ReadOptions, read

    config = folder / "wrangler.toml"
    found = [read(ReadOptions(start=folder, cwd=session.cwd, environ={}, config=config, env=None))]
    return types_stub.render(found, digest=types_stub.digest(found), source=config.name)
