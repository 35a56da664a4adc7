"""What an import is made of, whatever it comes from: secrets as they are to be, and the plan they give.

A source (`seed`, `wrangler_state`, …) makes a list of `Incoming`; `plan` compares it with the store, `apply`
makes it so, all or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sshim.errors import Place, TransferError, UsageError
from sshim.model import SecretValue, check_name, check_scopes, check_value
from sshim.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sshim.control import ControlPlane
    from sshim.control.imports import Outcome


class Incoming(NamedTuple):
    """A secret on its way in. None for `scopes` or `comment` leaves what is there (a new secret gets the
    scope `workers`). `keep` leaves the value of a secret that exists; `value` is None only then.

    `binding` is the one whose Worker is to read it, `origin` says where the value came from (a reference or
    a file, never a value), `place` where in a file this stands. A new secret gets the id `secret_id` if that
    is free.
    """

    name: str
    store_id: str
    value: SecretValue | None
    scopes: tuple[str, ...] | None = None
    comment: str | None = None
    keep: bool = False
    binding: str | None = None
    origin: str = ""
    place: Place | None = None
    secret_id: str | None = None


def checked(incoming: Iterable[Incoming]) -> list[Incoming]:
    """The same if each can be a secret and none stands twice. Raises `UsageError` with the secret's name
    and place, `TransferError` for one that stands twice."""
    from sshim.control.stores import check_store_id

    seen: set[tuple[str, str]] = set()
    good = []
    for each in incoming:
        with named(each.name, each.place):
            check_store_id(each.store_id)
            check_name("secret", each.name)
            if each.scopes is not None:
                each = each._replace(scopes=check_scopes(each.scopes))
            if each.value is not None:
                check_value(each.value.reveal())
        key = (each.store_id, each.name)
        if key in seen:
            raise TransferError(
                f"the secret {each.name!r} of store {each.store_id} stands twice; nothing was imported",
                place=each.place,
                hint="leave one of them out",
            )
        seen.add(key)
        good.append(each)
    return good


@contextmanager
def named(name: str, place: Place | None) -> Iterator[None]:
    """Puts the secret's name and place into a refusal of its value, name or scopes."""
    try:
        yield
    except UsageError as error:
        if repr(name) not in error.message:
            error.message = f"secret {name!r}: {error.message}"
        error.place = error.place or place
        raise


def plan(control: ControlPlane, incoming: Sequence[Incoming]) -> list[Outcome]:
    """What would become of each, in the order given; nothing is changed. `incoming` has been `checked`.
    Raises `LimitReached`, `PermissionDenied`."""
    return control.plan_import(_wanted(incoming))


def apply(control: ControlPlane, incoming: Sequence[Incoming], *, source: str) -> list[Outcome]:
    """Makes it so: all of them or none, in one change. `source` goes into the audit log, such as the name of
    a file. Raises as `plan` does, and `StoreError`."""
    return control.import_secrets(_wanted(incoming), source=source)


def _wanted(incoming: Sequence[Incoming]) -> list[Any]:
    from sshim.control.imports import Wanted

    return [
        Wanted(
            each.store_id,
            each.name,
            each.value,
            each.scopes,
            each.comment,
            each.keep,
            each.binding is not None,
            each.secret_id,
        )
        for each in incoming
    ]


def result(outcomes: Iterable[Outcome], *, applied: bool) -> dict[str, Any]:
    """The object that `import --json` prints."""
    return {
        "applied": applied,
        "secrets": [
            {"store_id": each.store_id, "name": each.name, "step": each.step, "changed": list(each.changed)}
            for each in outcomes
        ],
    }
