"""The account as the AI Gateway may see it: tokens, gateways and their keys, over the one control plane."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sshim.errors import GatewayNotFound, NameTaken, RequestRefused, SecretNotFound, SshimError
from sshim.gateway.account import GatewaySettings, StoredKey
from sshim.model import Actor, Gateway
from sshim.permissions import allowed

if TYPE_CHECKING:
    from sshim.control import ControlPlane
    from sshim.control.reader import Reader
    from sshim.redaction import Redactor

Result = TypeVar("Result")
ACTOR = Actor(role="super-administrator", id="gateway", interface="gateway")
"""What the gateway itself does: making the gateway `default`, and reading keys."""
_NOBODY = Actor(role="none", id="unknown", interface="gateway")
"""Whoever has no good token."""
_DEFAULT = "default"


class Runner(Protocol):
    """Runs a call on the control plane in the one thread that may."""

    def __call__(self, call: Callable[[ControlPlane], Result], /) -> Awaitable[Result]: ...


class ControlAccount:
    """See `sshim.gateway.account.Account`. `redactor` learns every key that is read, as `actor`."""

    def __init__(
        self,
        run: Runner,
        account_id: str | None,
        redactor: Redactor | None = None,
        *,
        actor: Actor = ACTOR,
    ) -> None:
        self._run, self._redactor, self._actor = run, redactor, actor
        self.account_id = account_id
        self._readers: dict[str, Reader] = {}

    async def may_run(self, token: str) -> bool:
        """A token is good whose role may link secrets to the gateway: using it spends their keys."""

        def look_up(control: ControlPlane) -> bool:
            actor = control.authenticate(token)
            return actor is not None and allowed(actor.role, "link_gateway")

        return await self._run(look_up)

    async def gateway(self, gateway_id: str, *, make_default: bool) -> GatewaySettings | None:
        """The gateway as a request needs it."""

        def look_up(control: ControlPlane) -> GatewaySettings | None:
            try:
                return settings_of(control.get_gateway(gateway_id))
            except GatewayNotFound:
                if gateway_id != _DEFAULT or not make_default:
                    return None
            try:
                return settings_of(control.create_gateway(_DEFAULT))
            except NameTaken:  # by another process, a moment ago
                return settings_of(control.get_gateway(_DEFAULT))

        return await self._run(look_up)

    async def key(self, gateway_id: str, provider: str, alias: str) -> StoredKey | None:
        """The stored key; the access is in the audit log as one of the gateway."""

        def read(control: ControlPlane) -> StoredKey | None:
            place = control.key_place(gateway_id, provider, alias)
            try:
                return StoredKey(
                    self._reader(control, gateway_id).read_now(
                        place.store_id, place.secret_name, "ai_gateway", binding=f"{provider}/{alias}"
                    )
                )
            except SecretNotFound:
                return StoredKey(None) if place.configured else None

        return await self._run(read)

    async def aliases(self, gateway_id: str, provider: str) -> list[str]:
        """The aliases with a key."""
        return await self._run(lambda control: control.key_aliases(gateway_id, provider))

    async def refused(self, gateway_id: str, provider: str, status: int, code: int, token: str) -> str:
        """One refused request, as one of the token's holder; a flood of them is counted, not recorded."""
        error = RequestRefused(status, code, "Unauthorized")

        def write(control: ControlPlane) -> str:
            holder = control.authenticate(token) if token else None
            actor = holder._replace(interface="gateway") if holder else _NOBODY
            control.acting_as(actor).record_refusal(
                error, "access", "gateway", gateway_id, provider=provider, status=status, code=code
            )
            if holder:
                return f"a token of the role {holder.role} may not use it"
            return "the token is not one of this store, or has ended" if token else "the request has no token"

        with contextlib.suppress(SshimError):
            return await self._run(write)
        return "the request could not be looked at"

    async def close(self) -> None:
        """Writes the access records that are waiting."""

        def close(control: ControlPlane) -> None:
            for reader in self._readers.values():
                reader.close()
            self._readers.clear()

        await self._run(close)

    def _reader(self, control: ControlPlane, gateway_id: str) -> Reader:
        found = self._readers.get(gateway_id)
        if found is None:
            # a provider's key is money: none goes out in a minute that the log does not know of
            found = control.reader(
                worker=f"gateway {gateway_id}",
                environment=None,
                actor=self._actor,
                ahead=True,
                redactor=self._redactor,
            )
            self._readers[gateway_id] = found
        return found


def settings_of(gateway: Gateway) -> GatewaySettings:
    """What of a gateway's settings has an effect here; settings of odd kinds are as if not given."""
    given = gateway.settings
    return GatewaySettings(
        gateway.id,
        authenticated=given.get("authentication") is not False,
        max_attempts=_whole(given.get("retry_max_attempts"), 1, 5) or 1,
        retry_delay=_whole(given.get("retry_delay"), 0, 60_000) or 0,
        backoff=str(given.get("retry_backoff") or "constant"),
        rate_limit=_whole(given.get("rate_limiting_limit"), 1, 10**9) or 0,
        rate_interval=_whole(given.get("rate_limiting_interval"), 1, 10**9) or 0,
        rate_sliding=given.get("rate_limiting_technique") == "sliding",
    )


def _whole(value: Any, least: int, most: int) -> int | None:
    return value if isinstance(value, int) and least <= value <= most else None
