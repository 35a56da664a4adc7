"""Operations on stores."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sshim.api.call import Call, text
from sshim.api.envelope import Reply
from sshim.api.query import Page
from sshim.api.routes import ID
from sshim.errors import LimitReached, NameTaken, StoreNotFound
from sshim.model import Store, check_name, store_result

if TYPE_CHECKING:
    from sshim.control import ControlPlane

ORDERS = ("name", "comment", "created", "modified", "status")
"""By which a list can be ordered. A store has neither comment nor status: they leave the order by name."""


async def list_stores(call: Call) -> Reply:
    """A page of the stores."""
    page = Page.of(call.query)
    order = call.query.choice("order", ORDERS, "name")
    backwards = call.query.direction() == "desc"
    found = await call.run(lambda control: control.list_stores())

    first: Callable[[Store], Any] = {
        "created": lambda store: store.created,
        "modified": lambda store: store.modified,
    }.get(order, lambda store: store.name)
    found.sort(key=lambda store: (first(store), store.name, store.id), reverse=backwards)
    shown, info = page.cut(found, store_result)
    return Reply(shown, info=info)


async def create_store(call: Call) -> Reply:
    """A new store."""
    name = check_name("store", text(await call.object("name"), "name"))

    def create(control: ControlPlane) -> Store:
        try:
            return control.create_store(name)
        except NameTaken:
            # A full account says so first, whatever the name.
            most = control.limits.stores
            if len(control.list_stores()) < most:
                raise
            raise LimitReached("stores", most, slug="maximum_stores_exceeded") from None

    return Reply(store_result(await call.run(create)))


async def get_store(call: Call) -> Reply:
    """One store."""
    wanted = store_id(call)
    return Reply(store_result(await call.run(lambda control: control.get_store(wanted))))


async def delete_store(call: Call) -> Reply:
    """Delete a store; with `force` even one that holds secrets."""
    wanted, force = store_id(call), call.query.flag("force")
    await call.run(lambda control: control.delete_store(wanted, force=force))
    return Reply(None)


def store_id(call: Call) -> str:
    """The store that the path names. Raises `StoreNotFound` for what can be no id."""
    found = call.parameters["store_id"]
    if not ID.fullmatch(found):
        raise StoreNotFound(found)
    return found
