"""`sshim dev --secret` and `--seed`: values for one run, held in memory only."""

from __future__ import annotations

from pathlib import Path

from sshim.cli.context import Session
from sshim.cli.manifests import Bindings, data_of, read_manifest, refuse_all, resolver
from sshim.dev.bindings_table import SCOPE
from sshim.errors import TransferError, UsageError
from sshim.transfer.plan import checked
from sshim.transfer.references import parse_reference
from sshim.transfer.seed import MAX_BYTES

Given = tuple[str, str, str]
"""Store id, name and value."""


def overrides(
    session: Session,
    secrets: tuple[tuple[str, str], ...],
    seed: Path | None,
    bindings: Bindings,
    *,
    allow_commands: bool,
) -> tuple[Given, ...]:
    """The values of `--seed`, then those of `--secret` (binding and reference), which come before them. A
    value that a manifest would ask for or make anew is the store's if it is there. Raises `UsageError`,
    `TransferError`."""
    given = _of_manifest(session, seed, bindings, allow_commands) if seed else []
    return *given, *(_of_flag(session, binding, text, bindings) for binding, text in secrets)


def _of_manifest(session: Session, seed: Path, bindings: Bindings, allow_commands: bool) -> list[Given]:
    path = session.cwd / seed.expanduser()
    data = data_of(path, seed, MAX_BYTES, hint="--seed secrets.seed.yaml")
    found, failed = read_manifest(session, path, data, bindings, allow_commands=allow_commands)
    refuse_all(session, failed)
    return [
        (each.store_id, each.name, each.value.reveal())
        for each in checked(found)
        if each.value is not None and (each.scopes is None or SCOPE in each.scopes)
    ]


def _of_flag(session: Session, binding: str, text: str, bindings: Bindings) -> Given:
    if binding not in bindings:
        from sshim.model import near_names

        near = near_names(binding, list(bindings))
        meant = f" (did you mean {near[0]!r}?)" if near else ""
        raise UsageError(
            f"no Secrets Store binding is named {binding!r}{meant}", hint="--secret BINDING=env:NAME"
        )
    try:
        reference = parse_reference(text)
    except TransferError as error:
        raise UsageError(f"--secret {binding}=…: {error.message}", hint=error.hint) from None
    store_id, name = bindings[binding]
    # a program is allowed: who types it here wants it
    value = resolver(session, session.cwd, commands=True).resolve(reference, name)
    return store_id, name, value.reveal()
