"""`sshim import --from-wrangler DIR`: what wrangler keeps in plain text, brought into the store."""

from __future__ import annotations

from pathlib import Path

from sshim.cli.context import Session
from sshim.cli.import_plan import Manner, carry_out
from sshim.cli.shredding import offer_shred


def import_from_wrangler(session: Session, directory: Path, store_id: str | None, manner: Manner) -> None:
    """Imports every secret, each into the store it is in or into `store_id`, and offers to remove the
    plaintext. Raises `TransferError` for a state that cannot be read; then nothing changes."""
    from sshim.transfer.wrangler_state import incoming, read_state

    state = read_state(session.cwd / directory.expanduser())
    found = [each._replace(store_id=store_id or each.store_id) for each in incoming(state)]
    if carry_out(session, found, source=f"wrangler state in {state.folder}", manner=manner):
        offer_shred(session, [each.blob for each in state.secrets], asked=manner.shred)
