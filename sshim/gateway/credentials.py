"""Which credential a request leaves with: its own, the stored key, or none.

The order is the live service's: a credential in the request wins and goes on as it is, even a placeholder;
else the key stored under the alias; else the request goes on without. A credential that is a good token of
this gateway counts as `cf-aig-authorization`, as several of Cloudflare's pages have it, and is taken out.
"""

from __future__ import annotations

from collections.abc import Iterable

from multidict import CIMultiDict

from sshim.gateway.account import Account, GatewaySettings
from sshim.gateway.failures import key_unavailable, unauthorized, unknown_alias
from sshim.gateway.providers import Provider
from sshim.model import SecretValue

GATEWAY_CREDENTIAL = "cf-aig-authorization"
ALIAS = "cf-aig-byok-alias"
_OURS = "sshim_"
"""How tokens of the account begin."""
_SCHEMES = ("Bearer ", "Token ", "Key ")

Headers = CIMultiDict[str]


async def admit(headers: Headers, account: Account, names: Iterable[str]) -> str:
    """The good gateway token of a request, "" if it has none: the one in `cf-aig-authorization`, else one in
    a provider's header of `names`. Those that are tokens of ours, or empty, are taken out of `headers`.
    Raises `GatewayFailure` for one of the account's tokens that is not good: it must not go on."""
    own = bare(headers.get(GATEWAY_CREDENTIAL, ""))
    good = own if own and await account.may_run(own) else ""
    for name in names:
        kept = []
        for value in headers.popall(name, ()):
            token = bare(value)
            if token and (token == good or await account.may_run(token)):
                good = good or ("" if own else token)
            elif token.startswith(_OURS):
                raise unauthorized()
            elif token:
                kept.append(value)
        for value in kept:
            headers.add(name, value)
    return good


def presented(headers: Headers, names: Iterable[str]) -> str:
    """The token that a request means for the gateway, good or not; "" if it has none."""
    own = bare(headers.get(GATEWAY_CREDENTIAL, ""))
    others = (bare(value) for name in names for value in headers.getall(name, ()))
    return own or next((token for token in others if token.startswith(_OURS)), "")


def require_admission(gateway: GatewaySettings, token: str) -> None:
    """Raises `GatewayFailure` 2009 where the gateway asks for a token and there is no good one."""
    if gateway.authenticated and not token:
        raise unauthorized()


async def choose(
    headers: Headers, query: str, provider: Provider, gateway: GatewaySettings, account: Account
) -> SecretValue | None:
    """The stored key to add, None when the request goes on as it is. Raises `GatewayFailure`."""
    if brings_own(headers, query, provider):
        return None
    asked = headers.get(ALIAS, "").strip()
    alias = asked or "default"
    stored = await account.key(gateway.id, provider.slug, alias)
    if stored is None:
        if not asked:
            return None
        raise unknown_alias(provider.slug, alias, await account.aliases(gateway.id, provider.slug))
    if stored.value is None:
        raise key_unavailable()
    return stored.value


def brings_own(headers: Headers, query: str, provider: Provider) -> bool:
    """Whether the request has a credential of the provider. SDKs of today put it into `Authorization` also
    where the provider has a header of its own."""
    if any(bare(value) for name in {"authorization", provider.header} for value in headers.getall(name, ())):
        return True
    return provider.slug == "google-ai-studio" and any(
        part.startswith("key=") and len(part) > 4 for part in query.split("&")
    )


def bare(value: str) -> str:
    """A credential without its scheme."""
    value = value.strip()
    for scheme in _SCHEMES:
        if value[: len(scheme)].lower() == scheme.lower():
            return value[len(scheme) :].strip()
    return "" if value.lower() in ("bearer", "token", "key") else value
