"""What the gateway may ask of the account: nothing but this."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from sshim.model import SecretValue


class GatewaySettings(NamedTuple):
    """A gateway as a request needs it. `authenticated`: requests must bring `cf-aig-authorization`.
    Attempts, delay in milliseconds and growth are for requests that do not say; `timeout` in milliseconds.
    No more than `rate_limit` requests are let in within `rate_interval` seconds, 0 for any number."""

    id: str
    authenticated: bool = True
    max_attempts: int = 1
    retry_delay: int = 0
    backoff: str = "constant"
    timeout: int | None = None
    rate_limit: int = 0
    rate_interval: int = 0
    rate_sliding: bool = False


class StoredKey(NamedTuple):
    """The key of a provider under an alias. `value` None: a key is configured and its secret is gone."""

    value: SecretValue | None


class Account(Protocol):
    """The way to the store, handed in by whoever composes the program."""

    @property
    def account_id(self) -> str | None:
        """The account that paths must name; None lets any."""
        ...

    async def may_run(self, token: str) -> bool:
        """Whether a token is good for using gateways."""
        ...

    async def gateway(self, gateway_id: str, *, make_default: bool) -> GatewaySettings | None:
        """The gateway, None if there is none; `default` is made where `make_default` allows."""
        ...

    async def key(self, gateway_id: str, provider: str, alias: str) -> StoredKey | None:
        """The stored key, None when none is configured. Raises `StoreError`, `AccessError`."""
        ...

    async def aliases(self, gateway_id: str, provider: str) -> list[str]:
        """The aliases under which keys of a provider are stored, sorted."""
        ...

    async def refused(self, gateway_id: str, provider: str, status: int, code: int, token: str) -> str:
        """Notes in the audit log that a request with `token` ("": none) was not let in, and tells why, for
        the log of this machine alone. Never raises."""
        ...
