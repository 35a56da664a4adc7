"""What an account holds, in Cloudflare's words: stores, secrets, scopes, audit events, and a value that
does not print. Pure data; shapes follow the Secrets Store API.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, NoReturn, Protocol

from sshim.errors import InvalidName, InvalidScope, InvalidValue, UsageError, ValueTooLong
from sshim.record import NamedTuple

ACCOUNT_ID = "5e0fa1b2c3d4e5f60718293a4b5c6d7e"
"""The one local account, fixed so that scripts can name it; `SSHIM_ACCOUNT_ID` replaces it."""

SCOPES = ("access", "ai_gateway", "containers", "dex", "websearch", "workers")
"""Products that may use a secret, alphabetical as the API returns them."""

MAX_VALUE_BYTES = 65_536
MAX_SECRETS = 100
MAX_STORES = 1
MIN_PASSPHRASE = 12
MAX_NAME = 256

SPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What is cut off at the end of a value that is read: as JavaScript's `trimEnd` does."""

Status = Literal["pending", "active", "deleted"]

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")


class Store(NamedTuple):
    """A store of the account. `id` is 32 lower-case hex digits; times are UTC with microseconds."""

    id: str
    account_id: str
    name: str
    created: datetime
    modified: datetime


class Secret(NamedTuple):
    """A secret's metadata; the value is never part of it. `scopes` is sorted, `comment` may be ""."""

    id: str
    store_id: str
    name: str
    comment: str
    scopes: tuple[str, ...]
    status: Status
    created: datetime
    modified: datetime
    version: int = 1


class SecretValue:
    """A secret's plaintext. Prints as `***`, does not pickle or format; `reveal()` gives the text."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The text itself. Call this as late as possible, and do not keep what it returns."""
        return self.__text

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretValue) and other.__text == self.__text

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret value cannot be pickled")


class NewSecret(NamedTuple):
    """What `create` takes: a checked name, value and sorted scopes. Build it with `new_secret`."""

    name: str
    value: SecretValue
    scopes: tuple[str, ...]
    comment: str = ""


class Actor(NamedTuple):
    """Who asks: a role name or a token permission, and the token's id where one was used."""

    role: str
    id: str = "local"
    interface: Literal["cli", "api", "dashboard", "worker", "gateway", "test"] = "cli"
    email: str | None = None
    ip: str | None = None


class AuditEvent(NamedTuple):
    """One record of the audit log. `action` is access, create, update or delete; `metadata` never holds
    a value. `seq` orders records, the clock does not."""

    seq: int
    when: datetime
    action: Literal["access", "create", "update", "delete"]
    result: bool
    actor: Actor
    resource_type: str
    resource_id: str
    metadata: Mapping[str, Any] = {}


class ApiToken(NamedTuple):
    """A credential for the REST API; the token itself is shown once and never kept. `role` is a role name or
    a token permission. Kind `global_key` goes with `email` in X-Auth-Key and X-Auth-Email."""

    id: str
    kind: Literal["bearer", "global_key"]
    name: str
    role: str
    email: str | None
    created: datetime
    expires: datetime | None
    last_used: datetime | None


class Gateway(NamedTuple):
    """An AI Gateway. `store_id` is the store of its keys (None: the account's only one); `settings` are the
    API's own properties of a gateway."""

    id: str
    store_id: str | None
    settings: Mapping[str, Any]
    created: datetime
    modified: datetime


class ProviderKey(NamedTuple):
    """A provider's key on a gateway under an alias; `secret_id` holds it, None when that was deleted."""

    id: str
    gateway_id: str
    provider: str
    alias: str
    secret_id: str | None
    settings: Mapping[str, Any]
    created: datetime
    modified: datetime


class Usage(NamedTuple):
    """Where a secret is bound: one binding of one configuration, as last seen by `sshim dev`."""

    worker: str
    environment: str | None
    binding: str
    store_id: str
    secret_name: str
    config_path: str
    last_seen: datetime


class SecretReader(Protocol):
    """All that a Worker or the gateway may do with the store: read one value by name.

    Raises `SecretNotFound` when the store holds no such secret or the scope is not among its scopes (then
    with the reason in `hint`), `StoreError` or `AccessError` when the store cannot be trusted or opened.
    """

    async def read(
        self, store_id: str, secret_name: str, scope: str, *, binding: str | None = None
    ) -> SecretValue: ...


def rfc3339(moment: datetime) -> str:
    """The API's form of a time: RFC 3339, UTC, microseconds, `Z`. The argument must be aware."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def store_result(store: Store) -> dict[str, Any]:
    """The store object of the API, ready for JSON."""
    return {
        "id": store.id,
        "account_id": store.account_id,
        "name": store.name,
        "created": rfc3339(store.created),
        "modified": rfc3339(store.modified),
    }


def secret_result(secret: Secret) -> dict[str, Any]:
    """The secret object of the API, ready for JSON; no key of it holds the value."""
    return {
        "id": secret.id,
        "store_id": secret.store_id,
        "name": secret.name,
        "comment": secret.comment,
        "scopes": list(secret.scopes),
        "status": secret.status,
        "created": rfc3339(secret.created),
        "modified": rfc3339(secret.modified),
    }


def audit_result(event: AuditEvent, account_id: str) -> dict[str, Any]:
    """The audit record of the API (v1), ready for JSON; particulars stand in `metadata`."""
    actor = event.actor
    return {
        "id": f"{event.seq:032x}",
        "when": rfc3339(event.when),
        "action": {"type": event.action, "result": event.result},
        "actor": {"id": actor.id, "email": actor.email or "", "ip": actor.ip or "", "type": "user"},
        "interface": {"api": "API", "dashboard": "UI"}.get(actor.interface, actor.interface),
        "metadata": {**event.metadata, "role": actor.role},
        "newValue": "",
        "oldValue": "",
        "owner": {"id": account_id},
        "resource": {"id": event.resource_id, "type": event.resource_type},
    }


def check_name(kind: str, name: str) -> str:
    """The name itself if it keeps the API's rule `[A-Za-z0-9_-]+`; raises `InvalidName`."""
    if not name:
        raise InvalidName(kind, name, slug=f"{kind}_name_empty")
    if not _NAME.fullmatch(name):
        raise InvalidName(kind, name, slug=f"{kind}_name_invalid")
    return name


def check_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """Known scopes, each once, sorted as the API returns them; raises `InvalidScope`."""
    given = set(scopes)
    for scope in sorted(given):
        if scope not in SCOPES:
            raise InvalidScope(scope, SCOPES)
    if not given:
        raise InvalidScope(None, SCOPES)
    return tuple(sorted(given))


def check_value(value: str, *, limit: int = MAX_VALUE_BYTES) -> SecretValue:
    """1 to `limit` bytes of UTF-8 without NUL; raises `InvalidValue` or `ValueTooLong`."""
    if not value:
        raise InvalidValue("a secret value must not be empty")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise InvalidValue("the value is not valid UTF-8 text", slug="invalid_json_body") from None
    if size > limit:
        raise ValueTooLong(size, limit)
    if "\0" in value:
        raise InvalidValue("the value holds a NUL character", slug="invalid_json_body")
    return SecretValue(value)


def check_passphrase(passphrase: str) -> str:
    """A new passphrase itself if it is long enough to keep anything; raises `UsageError`."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise UsageError(
            f"the passphrase has fewer than {MIN_PASSPHRASE} characters", hint="use four or more words"
        )
    return passphrase


def new_secret(name: str, value: str, scopes: Iterable[str], comment: str = "") -> NewSecret:
    """A checked `NewSecret`; raises as `check_name`, `check_value` and `check_scopes` do."""
    return NewSecret(check_name("secret", name), check_value(value), check_scopes(scopes), comment)


def near_names(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Other known names that may be meant by `name`, nearest first, at most three; case and dashes count for
    nothing."""
    from difflib import get_close_matches

    by_letters: dict[str, str] = {}
    for each in known:
        if each != name:
            by_letters.setdefault(_letters(each), each)
    found = get_close_matches(_letters(name), by_letters, n=3, cutoff=0.6)
    return tuple(by_letters[each] for each in found)


def _letters(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")
