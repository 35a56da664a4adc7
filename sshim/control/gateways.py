"""AI Gateways of the account and the provider keys stored for them.

A provider key is a secret with the scope `ai_gateway`, named `{gateway}_{provider}_{alias}` in the gateway's
store: the name is the binding, as on the live service. The record beside it carries alias and settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sshim.control.desk import new_id
from sshim.control.secrets import Secrets, put_value
from sshim.errors import (
    GatewayNotFound,
    InvalidName,
    InvalidValue,
    NameTaken,
    ProviderKeyNotFound,
    SecretNotFound,
    StoreNotFound,
)
from sshim.model import Gateway, NewSecret, ProviderKey, SecretValue, check_name, check_value
from sshim.store.draft import Draft
from sshim.store.rows import gateway_of, gateway_row, provider_key_of, provider_key_row, secret_of
from sshim.store.schema import GATEWAYS, PROVIDER_KEYS, SECRETS, STORES, Row

_GATEWAY_ID = r"[a-z0-9_]+(?:-[a-z0-9_]+)*"
SCOPE = "ai_gateway"


def bare_slug(provider: str) -> str:
    """A provider as the names of its keys and secrets spell it: those of the user's own without `custom-`."""
    return provider.removeprefix("custom-")


def provider_secret_name(gateway_id: str, provider: str, alias: str) -> str:
    """The name of the secret that holds a provider key."""
    return f"{gateway_id}_{bare_slug(provider)}_{alias}"


def key_store(gateway: Gateway, stores: Iterable[Row]) -> str:
    """The id of the store that holds a gateway's keys: its own, else the oldest; "" before there is any."""
    oldest = min(stores, key=lambda row: (row[2], row[0]), default=("",))
    return gateway.store_id or str(oldest[0])


class Gateways(Secrets):
    """Create, list, get, update, delete gateways and their provider keys."""

    __slots__ = ()

    def create_gateway(
        self, gateway_id: str, *, store_id: str | None = None, settings: Mapping[str, Any] | None = None
    ) -> Gateway:
        """Makes a gateway. Raises `InvalidName`, `NameTaken`, `StoreNotFound`."""
        if len(gateway_id) > 64 or not re.fullmatch(_GATEWAY_ID, gateway_id):
            raise InvalidName("gateway", gateway_id, slug="gateway_id_invalid")
        with self._writing("create", "gateway", gateway_id, needs=("link_gateway",)) as draft:
            if gateway_id in draft.tables[GATEWAYS.name]:
                raise NameTaken("gateway", gateway_id, hint="sshim gateway list")
            if store_id is not None:
                self._store_in(draft, store_id)
            now = self.clock()
            gateway = Gateway(gateway_id, store_id, dict(settings or {}), now, now)
            draft.put(GATEWAYS, gateway_row(gateway))
            self._note(draft, "create", "gateway", gateway_id)
            return gateway

    def list_gateways(self) -> list[Gateway]:
        """All gateways, by id."""
        with self._reading("gateway"):
            rows = self._rows(GATEWAYS)
            return [gateway_of(rows[key]) for key in sorted(rows)]

    def get_gateway(self, gateway_id: str) -> Gateway:
        """One gateway; raises `GatewayNotFound`."""
        with self._reading("gateway", gateway_id):
            row = self._rows(GATEWAYS).get(gateway_id)
            if row is None:
                raise GatewayNotFound(gateway_id)
            return gateway_of(row)

    def update_gateway(
        self, gateway_id: str, *, store_id: str | None = None, settings: Mapping[str, Any] | None = None
    ) -> Gateway:
        """Changes what is given. Raises `GatewayNotFound`, `StoreNotFound`."""
        with self._writing("update", "gateway", gateway_id, needs=("link_gateway",)) as draft:
            old = _gateway_in(draft, gateway_id)
            if store_id is not None:
                self._store_in(draft, store_id)
            fresh = old._replace(
                store_id=store_id or old.store_id,
                settings=old.settings if settings is None else dict(settings),
                modified=self.clock(),
            )
            draft.put(GATEWAYS, gateway_row(fresh))
            self._note(draft, "update", "gateway", gateway_id)
            return fresh

    def delete_gateway(self, gateway_id: str) -> None:
        """Deletes a gateway with its provider key records; the secrets stay. Raises `GatewayNotFound`."""
        with self._writing("delete", "gateway", gateway_id, needs=("link_gateway",)) as draft:
            _gateway_in(draft, gateway_id)
            for row in [row for row in draft.tables[PROVIDER_KEYS.name].values() if row[1] == gateway_id]:
                draft.delete(PROVIDER_KEYS, row[0])
            draft.delete(GATEWAYS, gateway_id)
            self._note(draft, "delete", "gateway", gateway_id)

    def list_provider_keys(self, gateway_id: str) -> list[ProviderKey]:
        """The provider keys of a gateway, by provider and alias; raises `GatewayNotFound`."""
        self.get_gateway(gateway_id)
        with self._reading("provider_key", gateway_id):
            rows = self._rows(PROVIDER_KEYS).values()
            found = [provider_key_of(row) for row in rows if row[1] == gateway_id]
            return sorted(found, key=lambda key: (key.provider, key.alias))

    def create_provider_key(
        self,
        gateway_id: str,
        provider: str,
        alias: str = "default",
        *,
        value: SecretValue | None = None,
        secret_id: str | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> ProviderKey:
        """Stores a key (`value`, under the name that binds it) or links a secret that exists. Raises
        `GatewayNotFound`, `NameTaken`, `InvalidName`, `InvalidValue`, `StoreNotFound`, `SecretNotFound`."""
        provider = check_name("provider", bare_slug(provider))
        check_name("alias", alias)
        checked = None if value is None else check_header_value(value)
        with self._writing(
            "create",
            "provider_key",
            needs=_needs(checked),
            gateway=gateway_id,
            provider=provider,
            alias=alias,
        ) as draft:
            gateway = _gateway_in(draft, gateway_id)
            rows = draft.tables[PROVIDER_KEYS.name].values()
            if any(row[1:4] == (gateway_id, provider, alias) for row in rows):
                raise NameTaken(f"{provider} key", alias, hint="sshim gateway key list")
            if checked is not None:
                secret_id = self._keep(draft, gateway, provider, alias, checked)
            elif secret_id is not None and secret_id not in draft.tables[SECRETS.name]:
                raise SecretNotFound(gateway.store_id or "", secret_id)
            now = self.clock()
            key = ProviderKey(
                new_id(), gateway_id, provider, alias, secret_id, dict(settings or {}), now, now
            )
            draft.put(PROVIDER_KEYS, provider_key_row(key))
            said = {"gateway": gateway_id, "provider": provider, "alias": alias}
            self._note(draft, "create", "provider_key", key.id, **said)
            return key

    def update_provider_key(
        self,
        gateway_id: str,
        key_id: str,
        *,
        value: SecretValue | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> ProviderKey:
        """Changes what is given; a new value works at the next request. Raises as `create_provider_key`,
        and `ProviderKeyNotFound`."""
        checked = None if value is None else check_header_value(value)
        with self._writing("update", "provider_key", key_id, needs=_needs(checked)) as draft:
            gateway = _gateway_in(draft, gateway_id)
            old = _key_in(draft, gateway_id, key_id)
            secret_id = old.secret_id
            if checked is not None:
                secret_id = self._keep(draft, gateway, old.provider, old.alias, checked)
            fresh_settings = old.settings if settings is None else dict(settings)
            key = old._replace(secret_id=secret_id, settings=fresh_settings, modified=self.clock())
            draft.put(PROVIDER_KEYS, provider_key_row(key))
            self._note(draft, "update", "provider_key", key_id, value_modified=checked is not None)
            return key

    def delete_provider_key(self, gateway_id: str, key_id: str, *, keep_secret: bool = False) -> None:
        """Deletes the record, and the secret if it has the name that binds it. Raises `GatewayNotFound`,
        `ProviderKeyNotFound`."""
        with self._writing("delete", "provider_key", key_id, needs=("link_gateway", "write")) as draft:
            _gateway_in(draft, gateway_id)
            key = _key_in(draft, gateway_id, key_id)
            draft.delete(PROVIDER_KEYS, key_id)
            row = draft.tables[SECRETS.name].get(key.secret_id or "")
            named = provider_secret_name(gateway_id, key.provider, key.alias)
            if row is not None and row[2] == named and not keep_secret:
                draft.delete(SECRETS, row[0])
                self._note(draft, "delete", "secret", row[0], store_id=row[1], name=row[2])
            said = {"gateway": gateway_id, "provider": key.provider, "alias": key.alias}
            self._note(draft, "delete", "provider_key", key_id, **said)

    def _keep(self, draft: Draft, gateway: Gateway, provider: str, alias: str, value: SecretValue) -> str:
        """Creates or updates the secret that binds; its id."""
        store_id = key_store(gateway, draft.tables[STORES.name].values())
        if not store_id:
            raise StoreNotFound("", hint="sshim store create default_secrets_store")
        name = check_name("secret", provider_secret_name(gateway.id, provider, alias))
        for row in draft.tables[SECRETS.name].values():
            if row[1:3] == (store_id, name):
                old = secret_of(row)
                scopes = tuple(sorted({*old.scopes, SCOPE}))
                secret = old._replace(version=old.version + 1, modified=self.clock(), scopes=scopes)
                put_value(draft, secret, value)
                said = {"store_id": store_id, "name": name, "value_modified": True}
                self._note(draft, "update", "secret", secret.id, **said)
                return secret.id
        return self._create(draft, store_id, NewSecret(name, value, (SCOPE,))).id


def check_header_value(value: SecretValue) -> SecretValue:
    """The value itself if it can stand in an HTTP header; raises `InvalidValue`."""
    text = value.reveal()
    if text != text.rstrip("\r\n"):
        raise InvalidValue(
            "the key ends with a newline", slug="secret_value_invalid", hint="printf %s KEY | …"
        )
    if any(not " " <= c <= "~" for c in text):
        raise InvalidValue("the key holds characters that no header can carry", slug="secret_value_invalid")
    return check_value(text)


def _needs(value: SecretValue | None) -> tuple[Any, ...]:
    return ("link_gateway",) if value is None else ("link_gateway", "write")


def _gateway_in(draft: Draft, gateway_id: str) -> Gateway:
    row = draft.tables[GATEWAYS.name].get(gateway_id)
    if row is None:
        raise GatewayNotFound(gateway_id)
    return gateway_of(row)


def _key_in(draft: Draft, gateway_id: str, key_id: str) -> ProviderKey:
    row = draft.tables[PROVIDER_KEYS.name].get(key_id)
    if row is None or row[1] != gateway_id:
        raise ProviderKeyNotFound(gateway_id, "provider", key_id)
    return provider_key_of(row)
