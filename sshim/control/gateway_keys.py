"""Provider keys as the gateway and its lists need them: where the secret of one is, and how it fares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sshim.control.gateways import SCOPE, Gateways, bare_slug, key_store, provider_secret_name
from sshim.errors import Corrupt, GatewayNotFound, ProviderKeyNotFound
from sshim.model import ProviderKey
from sshim.record import NamedTuple
from sshim.store.audit_log import AuditQuery, read_log
from sshim.store.rows import gateway_of
from sshim.store.schema import GATEWAYS, PROVIDER_KEYS, SECRETS, STORES, Row

_SHOWN = 4
_LEAST = 20
"""Only of keys this long the last characters are shown."""


class KeyPlace(NamedTuple):
    """The secret that binds by its name; `configured`: a record of a provider key asks for it."""

    store_id: str
    secret_name: str
    configured: bool


class KeyState(NamedTuple):
    """A provider key, its value all but masked ("" when it is gone), whether requests would get it, and when
    one last did, as far as that is known."""

    key: ProviderKey
    preview: str
    active: bool
    last_used: datetime | None


class GatewayKeys(Gateways):
    """Look up provider keys."""

    __slots__ = ()

    def key_place(self, gateway_id: str, provider: str, alias: str) -> KeyPlace:
        """Where the key of a provider under an alias is, or would be. Raises `GatewayNotFound`."""
        with self._reading("provider_key", gateway_id):
            records = self._rows(PROVIDER_KEYS).values()
            key = (gateway_id, bare_slug(provider), alias)
            configured = any(row[1:4] == key for row in records)
            name = provider_secret_name(gateway_id, provider, alias)
            return KeyPlace(self._key_store(gateway_id), name, configured)

    def key_aliases(self, gateway_id: str, provider: str) -> list[str]:
        """The aliases that requests would get a key for, sorted. Raises `GatewayNotFound`."""
        with self._reading("provider_key", gateway_id):
            store_id, prefix = self._key_store(gateway_id), provider_secret_name(gateway_id, provider, "")
            return sorted(
                str(row[2]).removeprefix(prefix)
                for row in self._rows(SECRETS).values()
                if row[1] == store_id and row[2].startswith(prefix) and SCOPE in row[4].split(",")
            )

    def find_provider_key(self, gateway_id: str, provider: str, alias: str) -> ProviderKey:
        """The record of one key. Raises `GatewayNotFound`, `ProviderKeyNotFound`."""
        for key in self.list_provider_keys(gateway_id):
            if (key.provider, key.alias) == (bare_slug(provider), alias):
                return key
        raise ProviderKeyNotFound(gateway_id, provider, alias)

    def provider_key_states(self, keys: Iterable[ProviderKey], *, used: bool = True) -> list[KeyState]:
        """How keys fare, in their order; the time of the last use is looked up in the audit log where `used`,
        which takes a while when that is long."""
        found = list(keys)
        rows = [self._secret_row(key) for key in found]
        last = self._last_used({row[0] for row in rows if row is not None}) if used else {}
        return [self._key_state(key, row, last) for key, row in zip(found, rows, strict=True)]

    def _secret_row(self, key: ProviderKey) -> Row | None:
        place = self.key_place(key.gateway_id, key.provider, key.alias)
        rows = self._rows(SECRETS).values()
        return next((row for row in rows if row[1:3] == (place.store_id, place.secret_name)), None)

    def _key_state(self, key: ProviderKey, row: Row | None, last: Mapping[str, datetime]) -> KeyState:
        value = self.store.value(row[0], expected=row) if row is not None else None
        if row is None or value is None:
            return KeyState(key, "", False, None)
        text = value.reveal()
        preview = "*" * 8 + (text[-_SHOWN:] if len(text) >= _LEAST else "")
        return KeyState(key, preview, SCOPE in row[4].split(","), last.get(row[0]))

    def _last_used(self, secret_ids: set[str]) -> dict[str, datetime]:
        if not secret_ids:
            return {}
        try:
            events = read_log(self.store, AuditQuery("access", "secret", result=True))
        except Corrupt:
            return {}  # the keys themselves are proven: a log that cannot be believed hides none of them
        found: dict[str, datetime] = {}
        for event in events:
            if event.resource_id in secret_ids:
                found.setdefault(event.resource_id, event.when)
        return found

    def _key_store(self, gateway_id: str) -> str:
        """The id of the store that holds a gateway's keys, "" before there is any."""
        row = self._rows(GATEWAYS).get(gateway_id)
        if row is None:
            raise GatewayNotFound(gateway_id)
        return key_store(gateway_of(row), self._rows(STORES).values())
