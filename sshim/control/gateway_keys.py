"""Provider keys as the gateway and its lists need them: where the secret of one is, and how it fares."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sshim.control.gateways import SCOPE, Gateways, provider_secret_name
from sshim.errors import GatewayNotFound, ProviderKeyNotFound
from sshim.model import ProviderKey
from sshim.store.audit_log import AuditQuery, read_log
from sshim.store.rows import gateway_of
from sshim.store.schema import GATEWAYS, PROVIDER_KEYS, SECRETS, STORES

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
    one last did."""

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
            configured = any(row[1:4] == (gateway_id, provider, alias) for row in records)
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
            if (key.provider, key.alias) == (provider, alias):
                return key
        raise ProviderKeyNotFound(gateway_id, provider, alias)

    def provider_key_states(self, gateway_id: str, *, used: bool = True) -> list[KeyState]:
        """Every key of a gateway and how it fares, by provider and alias; the time of the last use is looked
        up in the audit log where `used`. Raises `GatewayNotFound`."""
        return [self.provider_key_state(key, used=used) for key in self.list_provider_keys(gateway_id)]

    def provider_key_state(self, key: ProviderKey, *, used: bool = True) -> KeyState:
        """How one key fares."""
        place = self.key_place(key.gateway_id, key.provider, key.alias)
        rows = self._rows(SECRETS).values()
        row = next((row for row in rows if row[1:3] == (place.store_id, place.secret_name)), None)
        if row is None:
            return KeyState(key, "", False, None)
        value = self.store.value(row[0], expected=row)
        text = value.reveal() if value is not None else ""
        preview = "*" * 8 + (text[-_SHOWN:] if len(text) >= _LEAST else "")
        last = (
            read_log(self.store, AuditQuery("access", "secret", row[0], result=True, limit=1)) if used else []
        )
        return KeyState(key, preview, SCOPE in row[4].split(","), last[0].when if last else None)

    def _key_store(self, gateway_id: str) -> str:
        """The id of the store that holds a gateway's keys, "" before there is any."""
        row = self._rows(GATEWAYS).get(gateway_id)
        if row is None:
            raise GatewayNotFound(gateway_id)
        named = gateway_of(row).store_id
        stores = sorted(self._rows(STORES).values(), key=lambda each: (each[2], each[0]))
        return named or (str(stores[0][0]) if stores else "")
