"""Operations on secrets. A value comes in and never goes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sshim.api.call import Call, only, text, texts
from sshim.api.envelope import Reply, invalid_body
from sshim.api.query import Page
from sshim.api.routes import ID
from sshim.api.stores import ORDERS, store_id
from sshim.errors import SecretNotFound
from sshim.model import (
    NewSecret,
    Secret,
    check_name,
    check_scopes,
)

if TYPE_CHECKING:
    from sshim.control import ControlPlane

_MOST = 10_000
"""Items of one bulk request; far beyond any quota, so that the answer is the quota's."""


async def list_secrets(call: Call) -> Reply:
    """A page of the secrets, searched and filtered."""
    store, page = store_id(call), Page.of(call.query)
    order = call.query.choice("order", ORDERS, "name")
    backwards = call.query.direction() == "desc"
    search = call.query.one("search")
    scopes = call.query.every("scopes")
    wanted = check_scopes(scopes) if scopes else ()

    def find(control: ControlPlane) -> tuple[list[Secret], int]:
        everything = control.list_secrets(store)
        if not search and not wanted:
            return everything, len(everything)
        return control.list_secrets(store, search=search, scopes=wanted), len(everything)

    found, total = await call.run(find)
    now = call.clock()
    first: Callable[[Secret], Any] = {
        "comment": lambda secret: secret.comment,
        "status": lambda secret: call.status(secret, now),
        "created": lambda secret: secret.created,
        "modified": lambda secret: secret.modified,
    }.get(order, lambda secret: secret.name)
    found.sort(key=lambda secret: (first(secret), secret.name, secret.id), reverse=backwards)
    shown, info = page.cut(found, lambda secret: call.show(secret, now=now), total=total)
    return Reply(shown, info=info)


async def create_secrets(call: Call) -> Reply:
    """New secrets, all or none."""
    store, body = store_id(call), await call.json()
    if not isinstance(body, list) or not 0 < len(body) <= _MOST:
        raise invalid_body()
    entries = [only(entry, "name", "value", "scopes", "comment") for entry in body]
    given = [(text(e, "name"), text(e, "value"), texts(e, "scopes"), text(e, "comment")) for e in entries]

    def create(control: ControlPlane) -> list[Secret]:
        control.get_store(store)  # an unknown store is said before what is wrong with the secrets
        return control.create_secrets(store, [new(*each) for each in given])

    def new(name: str, value: str, scopes: list[str], comment: str) -> NewSecret:
        return NewSecret(check_name("secret", name), call.value(value), check_scopes(scopes), comment)

    return Reply([call.show(secret) for secret in await call.run(create)])


async def get_secret(call: Call) -> Reply:
    """One secret's metadata."""
    store, secret = store_id(call), call.parameters["secret_id"]
    return Reply(call.show(await call.run(lambda control: _existing(control, store, secret))))


async def update_secret(call: Call) -> Reply:
    """Change value, scopes or comment; what is not given stays. Nothing given: nothing changes."""
    store, secret = store_id(call), call.parameters["secret_id"]
    body = await call.object("value", "scopes", "comment")
    value = text(body, "value") if "value" in body else None
    scopes = texts(body, "scopes") if "scopes" in body else None
    comment = text(body, "comment") if "comment" in body else None

    def update(control: ControlPlane) -> Secret:
        found = _existing(control, store, secret)
        if value is None and scopes is None and comment is None:
            return found
        return control.update_secret(
            store,
            secret,
            value=None if value is None else call.value(value),
            scopes=None if scopes is None else check_scopes(scopes),
            comment=comment,
        )

    return Reply(call.show(await call.run(update)))


async def delete_secret(call: Call) -> Reply:
    """Delete one secret. A body is not looked at: the official SDK announces one and sends none."""
    store, secret = store_id(call), call.parameters["secret_id"]

    def delete(control: ControlPlane) -> None:
        _existing(control, store, secret)
        control.delete_secret(store, secret)

    await call.run(delete)
    return Reply(None)


async def delete_secrets(call: Call) -> Reply:
    """Delete the secrets that the body names, all or none. Without a body nothing is ever deleted."""
    store, body = store_id(call), await call.json()
    unique = list(dict.fromkeys(_ids(body)))

    def delete(control: ControlPlane) -> None:
        control.get_store(store)
        for each in unique:
            _existing(control, store, each)
        control.delete_secrets(store, unique)

    await call.run(delete)
    return Reply(None, status=202)


def _ids(body: Any) -> list[str]:
    """The ids in either form of body: `{"ids": [...]}`, or a list of `{"id": ...}`."""
    ids: Any = only(body, "ids").get("ids") if isinstance(body, dict) else None
    if isinstance(body, list):
        ids = [only(entry, "id").get("id") for entry in body]
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise invalid_body()
    if not 0 < len(ids) <= _MOST:
        raise invalid_body()
    return ids


async def duplicate_secret(call: Call) -> Reply:
    """A new secret with the value of this one."""
    store, secret = store_id(call), call.parameters["secret_id"]
    body = await call.object("name", "scopes", "comment")
    name, scopes, comment = text(body, "name"), texts(body, "scopes"), text(body, "comment")

    def duplicate(control: ControlPlane) -> Secret:
        _existing(control, store, secret)
        return control.duplicate_secret(
            store, secret, name=check_name("secret", name), scopes=check_scopes(scopes), comment=comment
        )

    return Reply(call.show(await call.run(duplicate)))


def _existing(control: ControlPlane, store: str, secret: str) -> Secret:
    """The secret; an unknown store is said first. Raises `StoreNotFound`, `SecretNotFound`."""
    if not ID.fullmatch(secret):
        control.get_store(store)
        raise SecretNotFound(store, secret)
    return control.get_secret(store, secret)
