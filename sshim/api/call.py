"""One authenticated request on its way through an operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web

from sshim.api.auth import Identity
from sshim.api.body import read_json
from sshim.api.door import Door
from sshim.api.envelope import invalid_body
from sshim.api.query import Query
from sshim.model import MAX_VALUE_BYTES, Secret, SecretValue, check_value, secret_result

if TYPE_CHECKING:
    from sshim.control import ControlPlane

Result = TypeVar("Result")
_NO_TIME = timedelta()


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """What the API says of its one account, and how it shows its secrets: a new one is `pending` for a
    while, as in production, though its value can be read at once. `max_value_bytes` of UTF-8."""

    account_id: str
    account_name: str = "Local account"
    email: str = "user@localhost"
    created: datetime | None = None
    pending: timedelta = timedelta(seconds=1)
    max_value_bytes: int = MAX_VALUE_BYTES


@dataclass(frozen=True, slots=True)
class Call:
    """The request, who asks, and the ways to the store. `clock` gives aware times; `gateway_origin` is where
    the AI Gateway is served, None where it is not."""

    request: web.BaseRequest
    identity: Identity
    parameters: Mapping[str, str]
    query: Query
    door: Door
    settings: AccountSettings
    clock: Callable[[], datetime]
    gateway_origin: str | None = None

    async def run(self, call: Callable[[ControlPlane], Result], *, slow: bool = False) -> Result:
        """What `call` returns, given the control plane as the caller may use it."""
        return await self.door.run(self.identity.actor, call, slow=slow)

    async def json(self) -> Any:
        """The request's body. Raises `RequestRefused`."""
        return await read_json(self.request)

    async def object(self, *fields: str) -> dict[str, Any]:
        """The body as an object with none but these fields. Raises `RequestRefused` 400."""
        return only(await self.json(), *fields)

    def value(self, given: str) -> SecretValue:
        """A value that keeps the rules and the account's limit. Raises `InvalidValue`, `ValueTooLong`."""
        return check_value(given, limit=self.settings.max_value_bytes)

    def show(self, secret: Secret, *, now: datetime | None = None) -> dict[str, Any]:
        """The secret as the API shows it at a moment, by default the present one."""
        result = secret_result(secret)
        result["status"] = self.status(secret, now or self.clock())
        return result

    def status(self, secret: Secret, now: datetime) -> str:
        """`pending` when it was made a moment ago. A clock that was set back makes nothing new again."""
        if secret.status == "active" and _NO_TIME <= now - secret.created < self.settings.pending:
            return "pending"
        return secret.status


def only(body: Any, *fields: str) -> dict[str, Any]:
    """The object itself if it has no field but these. Raises `RequestRefused` 400."""
    if not isinstance(body, dict) or not body.keys() <= set(fields):
        raise invalid_body()
    return body


def text(body: Mapping[str, Any], field: str) -> str:
    """A text field, "" when it is not there. Raises `RequestRefused` 400 for any other type."""
    found = body.get(field, "")
    if not isinstance(found, str):
        raise invalid_body()
    return found


def texts(body: Mapping[str, Any], field: str) -> list[str]:
    """A field that is a list of texts, [] when it is not there. Raises `RequestRefused` 400."""
    found = body.get(field, [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise invalid_body()
    return found
