"""Secrets of a manifest or a flag on their way in: each finds its store and name, then its value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from sshim.errors import Place, SshimError, TransferError
from sshim.model import SecretValue
from sshim.record import NamedTuple
from sshim.transfer.plan import Incoming, named
from sshim.transfer.references import FRESH, TOOLS, Reference, Resolver
from sshim.transfer.seed import Item

Targets = Mapping[str, tuple[str, str]]
"""Store id and secret name by binding, as the Worker configuration has them."""


class Pending(NamedTuple):
    """A secret that lacks its value where it has a `reference`."""

    incoming: Incoming
    reference: Reference | None

    @property
    def key(self) -> tuple[str, str]:
        """Store id and name."""
        return self.incoming.store_id, self.incoming.name


def of_items(items: Iterable[Item], targets: Targets, *, store_id: str | None) -> list[Pending]:
    """The items of a manifest with their store and name. An item that names neither store nor binding goes
    into `store_id`, or into the one store of the configuration. Raises `TransferError` with the place."""
    return [_of_item(item, targets, store_id) for item in items]


def _of_item(item: Item, targets: Targets, store_id: str | None) -> Pending:
    if item.binding is not None:
        store, name = target(item.binding, targets, item.place)
        if item.name not in (None, name):
            raise TransferError(
                f"the configuration binds {item.binding} to {name!r}, not to {item.name!r}",
                place=item.place,
                hint="leave name out, or correct one of them",
            )
    else:
        assert item.name is not None, "the manifest's reader has seen to that"
        name = item.name
        store = item.store or store_id or _only_store(name, targets, item.place)
    fresh = item.reference is not None and item.reference.kind in FRESH
    origin = "the manifest" if item.reference is None else str(item.reference)
    value = None if item.plain is None else SecretValue(item.plain)
    incoming = Incoming(
        name, store, value, item.scopes, item.comment, fresh, item.binding, origin, item.place
    )
    return Pending(incoming, item.reference)


def _only_store(name: str, targets: Targets, place: Place) -> str:
    stores = {store for store, _ in targets.values()}
    if len(stores) == 1:
        return stores.pop()
    raise TransferError(
        f"the secret {name!r} names no store",
        place=place,
        hint="add store: STORE_ID, or give --store STORE_ID",
    )


def target(binding: str, targets: Targets, place: Place | None = None) -> tuple[str, str]:
    """Store id and name that a binding means. Raises `TransferError` with names that are near."""
    if binding in targets:
        return targets[binding]
    from difflib import get_close_matches

    near = get_close_matches(binding, targets, n=1)
    meant = f" (did you mean {near[0]!r}?)" if near else ""
    raise TransferError(
        f"no Secrets Store binding of the configuration is named {binding!r}{meant}",
        place=place,
        hint="correct it, add the binding to the configuration, or choose its environment with -e",
    )


def commands(pending: Iterable[Pending]) -> list[str]:
    """The command lines that `cmd:` references would run, each once."""
    found = [each.reference.rest for each in pending if each.reference and each.reference.kind == "cmd"]
    return list(dict.fromkeys(found))


def resolve(
    pending: Sequence[Pending],
    resolver: Resolver,
    existing: Collection[tuple[str, str]],
    tell: Callable[[int, Pending], None] = lambda number, each: None,
) -> tuple[list[Incoming], list[SshimError]]:
    """All of them with their values, and why some could not get one. Nothing is asked for or made anew for
    those `existing` (store id, name). `tell` hears the number of each before a program is started for it.
    """
    done: list[Incoming] = []
    failed: list[SshimError] = []
    for number, each in enumerate(pending, 1):
        reference = each.reference
        if reference is None or (reference.kind in FRESH and each.key in existing):
            done.append(each.incoming)
            continue
        if reference.kind in TOOLS:
            tell(number, each)
        try:
            with named(each.incoming.name, each.incoming.place):
                value = resolver.resolve(reference, each.incoming.name)
        except SshimError as error:
            if repr(each.incoming.name) not in error.message:
                error.message = f"secret {each.incoming.name!r}: {error.message}"
            error.place = error.place or each.incoming.place
            failed.append(error)
        else:
            done.append(each.incoming._replace(value=value))
    return done, failed
