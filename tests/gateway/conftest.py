"""A gateway on a listener of its own over an account of plain data, and the provider behind it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import aiohttp
import pytest
from yarl import URL

from sshim.api.serve import Front, start
from sshim.gateway.account import GatewaySettings, StoredKey
from sshim.gateway.app import Gateway
from sshim.gateway.failures import refusal
from sshim.gateway.network import Network
from sshim.gateway.providers import PROVIDERS, given_hosts, with_upstreams
from sshim.model import SecretValue
from tests.gateway.upstream import Upstream, running

TOKEN = "sshim_token-that-may-use-the-gateway-00"
KEY = "sk-first-key-0123456789"
ACCOUNT = "5e0fa1b2c3d4e5f60718293a4b5c6d7e"
CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def failure_of(text: str) -> tuple[int, int, str]:
    """Status, code and message of a refusal in the gateway's own words."""
    body = json.loads(text)
    assert body["name"] == "AiGatewayError" and body["success"] is False and body["result"] == []
    assert body["error"] == [{"code": body["internalCode"], "message": body["message"]}]
    return body["httpCode"], body["internalCode"], body["message"]


@dataclass
class PlainAccount:
    """See `sshim.gateway.account.Account`."""

    account_id: str | None = ACCOUNT
    gateways: dict[str, GatewaySettings] = field(default_factory=lambda: {"edge": GatewaySettings("edge")})
    keys: dict[tuple[str, str, str], str | None] = field(default_factory=dict)
    refusals: list[tuple[str, str, int, int]] = field(default_factory=list)

    async def may_run(self, token: str) -> bool:
        return token == TOKEN

    async def gateway(self, gateway_id: str, *, make_default: bool) -> GatewaySettings | None:
        if gateway_id == "default" and make_default:
            return GatewaySettings("default")
        return self.gateways.get(gateway_id)

    async def key(self, gateway_id: str, provider: str, alias: str) -> StoredKey | None:
        if (gateway_id, provider, alias) not in self.keys:
            return None
        value = self.keys[gateway_id, provider, alias]
        return StoredKey(SecretValue(value) if value is not None else None)

    async def aliases(self, gateway_id: str, provider: str) -> list[str]:
        return sorted(
            alias for gateway, slug, alias in self.keys if (gateway, slug) == (gateway_id, provider)
        )

    async def refused(self, gateway_id: str, provider: str, status: int, code: int, token: str) -> str:
        self.refusals.append((gateway_id, provider, status, code))
        return f"token {'given' if token else 'missing'}"


class Lines:
    """A log that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def request(self, method: str, path: str, status: int, reason: str, ms: float) -> None:
        self.lines.append(f"{method} {path} {status} {reason}")

    def error(self, text: str, *, hint: str | None = None) -> None:
        self.lines.append(f"{text} (try: {hint})" if hint else text)

    def info(self, text: str) -> None:
        self.lines.append(text)


@dataclass
class Edge:
    """The listening gateway, a client of it, and what it said."""

    url: str
    client: aiohttp.ClientSession
    account: PlainAccount
    log: Lines

    def path(self, rest: str, gateway: str = "edge") -> str:
        return f"{self.url}/v1/{ACCOUNT}/{gateway}/{rest}"

    async def ask(
        self, rest: str, *, gateway: str = "edge", method: str = "POST", token: str | None = TOKEN,
        headers: dict[str, str] | None = None, data: bytes | str | None = None, json: object = None,
    ) -> tuple[int, aiohttp.ClientResponse, str]:  # fmt: skip
        """Status, answer and text of one request."""
        sent = {"cf-aig-authorization": f"Bearer {token}"} if token else {}
        sent |= headers or {}
        where = URL(self.path(rest, gateway), encoded=True)
        async with self.client.request(method, where, headers=sent, data=data, json=json) as answer:
            return answer.status, answer, await answer.text()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with running() as provider:
        yield provider


@pytest.fixture
async def edge(upstream: Upstream) -> AsyncIterator[Edge]:
    table = with_upstreams(
        [
            *[(slug, f"{upstream.url}/at/{slug}") for slug in PROVIDERS],
            ("custom-mine", f"{upstream.url}/mine"),
            ("custom-down", "http://127.0.0.1:1"),
        ]
    )
    account, log = PlainAccount(), Lines()
    account.keys["edge", "openai", "default"] = KEY
    account.keys["edge", "anthropic", "default"] = KEY
    account.keys["edge", "custom-mine", "default"] = KEY
    attempts = iter([True] * 20)
    gateway = Gateway(
        account, table, Network(given_hosts(table)), log, may_fail=lambda: next(attempts, False)
    )
    front = Front("gateway", "127.0.0.1", 0, gateway.handle, (), gateway.close, True, refusal)
    serving = await start([front], log)
    async with aiohttp.ClientSession(auto_decompress=False) as client:
        yield Edge(serving.urls["gateway"], client, account, log)
    await serving.stop(0.5)
