"""One request to a provider as the gateway will send it, and how often and how long it may try."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple

from multidict import CIMultiDict

from sshim.gateway.account import GatewaySettings
from sshim.gateway.failures import bad_request
from sshim.gateway.providers import Provider
from sshim.model import SecretValue

_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te"}
    | {"trailer", "transfer-encoding", "upgrade"}
)
_OURS = frozenset(
    {"host", "cookie", "cf-cache-ttl", "cf-skip-cache", "cf-connecting-ip", "forwarded", "expect"}
    | {"origin", "referer", "x-auth-email", "x-auth-key", "x-real-ip", "via"}
)
_OUR_PREFIXES = ("cf-aig-", "x-forwarded-", "sec-fetch-")
MAX_ATTEMPTS, MAX_DELAY_MS, MAX_TIMEOUT_MS = 5, 60_000, 3_600_000

Headers = CIMultiDict[str]


class Outgoing(NamedTuple):
    """`secret` is the stored key that was put into the headers, None when the request goes as it came."""

    method: str
    url: str
    headers: Headers
    body: bytes | AsyncIterator[bytes] | None
    secret: SecretValue | None


class Patience(NamedTuple):
    """How often to try, the pause before the second try and how it grows, and seconds until an answer
    begins."""

    attempts: int = 1
    delay: float = 0.0
    backoff: str = "constant"
    timeout: float | None = None

    def pause(self, failed: int) -> float:
        """Seconds to wait after `failed` tries (1 or more) that failed."""
        if self.backoff == "exponential":
            return min(self.delay * 2.0 ** (failed - 1), MAX_DELAY_MS / 1000)
        return min(self.delay * (failed if self.backoff == "linear" else 1), MAX_DELAY_MS / 1000)


def patience(headers: Headers, gateway: GatewaySettings) -> Patience:
    """From the request's `cf-aig-*` headers, else the gateway's settings. Raises `GatewayFailure`."""
    attempts = _number(headers, "cf-aig-max-attempts", 1, MAX_ATTEMPTS, gateway.max_attempts)
    delay = _number(headers, "cf-aig-retry-delay", 0, MAX_DELAY_MS, gateway.retry_delay)
    timeout = _number(headers, "cf-aig-request-timeout", 1, MAX_TIMEOUT_MS, gateway.timeout or 0)
    backoff = headers.get("cf-aig-backoff", gateway.backoff).strip().lower()
    if backoff not in ("constant", "linear", "exponential"):
        raise bad_request("cf-aig-backoff is constant, linear or exponential")
    return Patience(attempts, delay / 1000, backoff, timeout / 1000 if timeout else None)


def _number(headers: Headers, name: str, least: int, most: int, otherwise: int) -> int:
    given = headers.get(name)
    if given is None:
        return otherwise
    text = given.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not least <= int(text) <= most:
        raise bad_request(f"{name} is a whole number from {least} to {most}")
    return int(text)


def upstream_headers(headers: Headers, provider: Provider, secret: SecretValue | None) -> Headers:
    """What goes upstream: without what concerns only this hop or the gateway, and with the key last.

    With a key the answer is asked for uncompressed, so that it can be searched for the key.
    """
    listed = {name.strip().lower() for value in headers.getall("connection", ()) for name in value.split(",")}
    sent: Headers = CIMultiDict()
    for name, value in headers.items():
        lower = name.lower()
        if lower in _HOP_BY_HOP or lower in _OURS or lower in listed or lower.startswith(_OUR_PREFIXES):
            continue
        sent.add(name, value)
    if secret is not None:
        for name in ("authorization", "x-api-key", provider.header):
            sent.popall(name, None)
        sent["Accept-Encoding"] = "identity"
        sent[provider.header] = f"{provider.prefix}{secret.reveal()}"
    return sent


def answer_headers(headers: CIMultiDict[str]) -> Headers:
    """What comes back to the client of an answer's headers."""
    listed = {name.strip().lower() for value in headers.getall("connection", ()) for name in value.split(",")}
    kept: Headers = CIMultiDict()
    for name, value in headers.items():
        lower = name.lower()
        if lower in _HOP_BY_HOP or lower in listed or lower == "set-cookie":
            continue
        kept.add(name, value)
    return kept
