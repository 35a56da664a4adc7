"""`sshim store copy FROM TO`: a store from a folder to a shared database, or back."""

from __future__ import annotations

import click

from sshim.cli import options
from sshim.cli.context import Session


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@options.as_json
@click.pass_obj
def copy(session: Session, source: str, target: str, as_json: bool) -> None:
    """Copy the whole store FROM one place TO another that has none.

    FROM and TO are each a data folder or a postgresql:// URL. All of it is proven before it gets its name; a
    copy that was broken off goes on where it was. The same keys open both. FROM stays as it is: use only TO
    from then on.
    """
    from sshim.store.copying import copy_store, place_of

    given = session.asking(session.store_options()._replace(url=None))
    moved = copy_store(place_of(source, session.cwd, given), place_of(target, session.cwd, given))
    before = f", {moved.resumed} rows from the try before" if moved.resumed else ""
    session.terminal.note(
        f"copied {moved.secrets} secrets to {moved.location}, generation {moved.generation}{before}"
    )
    if as_json:
        session.terminal.json(
            {
                "ok": True,
                "location": moved.location,
                "generation": moved.generation,
                "secrets": moved.secrets,
                "resumed": moved.resumed,
            }
        )
