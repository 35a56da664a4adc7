"""`sshim import`: secrets from seed manifests, dotenv, JSON, exports, wrangler's state and other stores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sshim.cli import names, options
from sshim.cli.context import LOCAL, Session
from sshim.cli.import_plan import Manner, carry_out
from sshim.errors import UsageError

if TYPE_CHECKING:
    from sshim.transfer.plan import Incoming


@click.command("import")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@click.option(
    "--from-wrangler", type=click.Path(path_type=Path), metavar="DIR",
    help="The local state that wrangler keeps in the project DIR.",
)  # fmt: skip
@click.option("--from-store", metavar="DIR", help="Another store of sshim: its folder or postgresql:// URL.")
@click.option(
    "--store", "store_id", metavar="STORE_ID", shell_complete=names.stores,
    help="Import into this store, each secret under its own name.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(["yaml", "dotenv", "json"]),
    help="Form of the files.  [default: as name and beginning tell]",
)  # fmt: skip
@click.option("--allow-commands", is_flag=True, help="Run the programs of cmd: references without asking.")
@click.option(
    "--passphrase-file", type=click.Path(path_type=Path), metavar="FILE",
    help="Read the passphrase of a sealed export from FILE instead of asking.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only show the plan.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before the plan is carried out.")
@click.option("--shred", is_flag=True, help="Overwrite and remove the plaintext that was imported.")
@options.config_source
@options.where
@options.as_json
@click.pass_obj
def import_(
    session: Session,
    /,
    files: tuple[Path, ...],
    from_wrangler: Path | None,
    from_store: str | None,
    store_id: str | None,
    form: Any,
    allow_commands: bool,
    passphrase_file: Path | None,
    config: Path | None,
    env: str | None,
    **flags: bool,
) -> None:
    """Bring secrets in from FILE: a seed manifest, dotenv (.env, .dev.vars), JSON, or an export.

    The plan is shown first: each secret is created, updated or left as it is, all of them or none. Names of
    dotenv and JSON are bindings of the wrangler configuration, unless --store is given. - is standard input.
    """
    if sum((bool(files), from_wrangler is not None, from_store is not None)) != 1:
        raise UsageError(
            "import takes files, --from-wrangler or --from-store: one of them",
            hint="sshim import secrets.seed.yaml",
        )
    manner = Manner(**flags)
    if from_wrangler is not None:
        from sshim.cli.from_wrangler import import_from_wrangler

        import_from_wrangler(session, from_wrangler, store_id, manner)
    elif from_store is not None:
        carry_out(session, _of_store(session, from_store, store_id), source="another store", manner=manner)
    else:
        from sshim.cli.import_files import ImportFiles
        from sshim.cli.manifests import Bindings

        reading = ImportFiles(
            session, Bindings(session, config, env), store_id, form, passphrase_file, allow_commands
        )
        found = reading.read(files)
        done = carry_out(session, found, source=", ".join(each.name for each in files), manner=manner)
        if done:
            from sshim.cli.shredding import offer_shred

            for path in reading.mixed:
                said = f"{path.name} is kept, since it holds more than was imported"
                session.terminal.warn(f"{said}; its values stay in plain text")
            offer_shred(session, reading.plaintext, asked=manner.shred)


def _of_store(session: Session, place: str, store_id: str | None) -> list[Incoming]:
    """The secrets of the store at a folder or URL; their leaving is in its audit log."""
    from sshim.control import ControlPlane
    from sshim.store.copying import place_of
    from sshim.store.open import open_store
    from sshim.transfer.other_store import incoming

    given = session.asking(session.store_options()._replace(url=None))
    source = place_of(place, session.cwd, given)
    control = ControlPlane(open_store(source), actor=LOCAL, account_id=session.account_id())
    try:
        return incoming(control, name=source.location, store_id=store_id)
    finally:
        control.close()
