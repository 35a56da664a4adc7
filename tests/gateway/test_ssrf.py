"""Nothing leads a request, or the key in it, anywhere but to the provider's own place: not a path, a step, a
model, a redirect or a name that changes what it stands for. A server that nobody may reach counts who comes.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from sshim.api.serve import Front, start
from sshim.gateway.app import Gateway
from sshim.gateway.network import Network
from sshim.gateway.providers import PROVIDERS
from tests.api.wire import request, send
from tests.gateway.conftest import ACCOUNT, KEY, TOKEN, Edge, Lines, PlainAccount
from tests.gateway.upstream import Upstream

HOSTS = [
    "127.0.0.1:{port}", "localhost:{port}", "[::1]:{port}", "2130706433:{port}", "0x7f000001:{port}",
    "0177.0.0.1:{port}", "127.1:{port}", "[::ffff:127.0.0.1]:{port}", "[::ffff:7f00:1]:{port}",
    "0.0.0.0:{port}", "[::]:{port}", "169.254.169.254", "metadata.google.internal",
]  # fmt: skip
"""Ways to write this machine, with the port of the server, and the places where clouds keep credentials."""

PATHS = [
    "openai/@{host}/x", "openai/user:pw@{host}/x", "openai/https://{host}/x", "openai//{host}/x",
    "openai/%2f%2f{host}/x", "openai/\\{host}\\x", "openai/%5c%5c{host}/x", "openai/..%2f..%2f{host}/x",
    "openai/../../{host}/x", "openai/%2e%2e/%2e%2e/{host}/x", "openai/x?next=http://{host}/",
    "openai/x%0d%0aHost:%20{host}", "openai/x#@{host}/", "openai@{host}/x", "http://{host}/x", "{host}/x",
    "custom-{host}/x", "azure-openai/{host}/d/x", "azure-openai/a@{host}/d/x", "azure-openai/a%2f{host}/d/x",
    "azure-openai/a.{host}/d/x", "openai.{host}/x",
]  # fmt: skip


CHAT = {"model": "m", "messages": []}
BODY = json.dumps(CHAT).encode()


@dataclass
class Sink:
    """A server on both loopback addresses; `came` are the first bytes of each connection."""

    port: int = 0
    came: list[bytes] = field(default_factory=list)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came.append(await reader.read(4096))
        writer.close()


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    made = Sink()
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(await asyncio.start_server(made.take, "127.0.0.1", 0))
        made.port = first.sockets[0].getsockname()[1]
        await stack.enter_async_context(await asyncio.start_server(made.take, "::1", made.port))
        yield made


def cases(port: int) -> Iterator[str]:
    for path, host in product(PATHS, HOSTS):
        yield path.format(host=host.format(port=port))


def all_below_the_roots(upstream: Upstream) -> None:
    """What did reach the provider was meant for it."""
    for arrived in upstream.arrived:
        assert arrived.target.startswith(("/at/openai/", "/at/azure-openai/")), arrived.target
        assert arrived.header("host") == f"127.0.0.1:{upstream.port}"


async def test_no_path_leads_elsewhere(edge: Edge, upstream: Upstream, sink: Sink) -> None:
    edge.account.keys["edge", "azure-openai", "default"] = KEY
    port = int(edge.url.rpartition(":")[2])
    headers = {"Host": f"127.0.0.1:{port}", "cf-aig-authorization": f"Bearer {TOKEN}"}
    tried = 0
    for path in cases(sink.port):
        got = await send(port, request("POST", f"/v1/{ACCOUNT}/edge/{path}", headers, BODY))
        assert KEY.encode() not in got.body and got.status != 500, path
        tried += 1
    assert tried >= 120
    for target in (f"http://127.0.0.1:{sink.port}/v1/{ACCOUNT}/edge/openai/x", f"//127.0.0.1:{sink.port}/x"):
        assert (await send(port, request("POST", target, headers, BODY))).status in (400, 404)
    assert sink.came == []
    all_below_the_roots(upstream)
    assert upstream.arrived, "the harmless ones do arrive"


async def test_no_step_and_no_model_leads_elsewhere(edge: Edge, upstream: Upstream, sink: Sink) -> None:
    for path in cases(sink.port):
        provider, _, endpoint = path.partition("/")
        step = {"provider": provider, "endpoint": endpoint, "query": CHAT}
        around = {"provider": "openai", "endpoint": path.partition("/")[2], "query": CHAT}
        for steps in ([step], [around]):
            _, _, text = await edge.ask("", json=steps)
            assert KEY not in text
        _, _, text = await edge.ask("compat/chat/completions", json={"model": path, "messages": []})
        assert KEY not in text
    headers = {"Host": f"127.0.0.1:{sink.port}", ":authority": f"127.0.0.1:{sink.port}"}
    for name, value in headers.items():
        step = {"provider": "openai", "endpoint": "echo", "headers": {name: value}, "query": CHAT}
        await edge.ask("", json=[step])
    assert sink.came == []
    all_below_the_roots(upstream)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(edge: Edge, upstream: Upstream, sink: Sink, status: int) -> None:
    headers = {"cf-aig-authorization": f"Bearer {TOKEN}", "cf-aig-max-attempts": "3"}
    for host in HOSTS:
        elsewhere = f"http://{host.format(port=sink.port)}/"
        upstream.redirect = (status, elsewhere)
        where = edge.path("openai/redirect")
        async with edge.client.post(where, headers=headers, data=b"{}", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["location"]) == (status, elsewhere)
    assert sink.came == []


class Flipping(AbstractResolver):
    """Whoever is asked for is on this machine, at the port of the server; every second time, also public."""

    def __init__(self, port: int) -> None:
        self.port, self.asked = port, 0

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        self.asked += 1
        inside = ["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "fe80::1", "169.254.169.254", "10.0.0.1"]
        return [
            ResolveResult(
                hostname=host, host=each, port=self.port, proto=0, flags=socket.AI_NUMERICHOST,
                family=socket.AF_INET6 if ":" in each else socket.AF_INET,
            )
            for each in inside[self.asked % 2 :]
        ]  # fmt: skip

    async def close(self) -> None: ...


async def test_a_provider_s_name_that_stands_for_this_machine_is_not_asked(sink: Sink) -> None:
    account, log, names = PlainAccount(), Lines(), Flipping(sink.port)
    for slug in PROVIDERS:
        account.keys["edge", slug, "default"] = KEY
    gateway = Gateway(account, PROVIDERS, Network(resolver=names), log)
    serving = await start([Front("gateway", "127.0.0.1", 0, gateway.handle, closing=gateway.close)], log)
    port = int(serving.urls["gateway"].rpartition(":")[2])
    headers = {"Host": f"127.0.0.1:{port}", "cf-aig-authorization": f"Bearer {TOKEN}"}
    for slug in PROVIDERS:
        for _ in range(3):
            got = await send(
                port, request("POST", f"/v1/{ACCOUNT}/edge/{slug}/res/dep/x", headers, BODY), seconds=30
            )
            assert json.loads(got.body)["internalCode"] == 2005
    for path in (each for each in cases(sink.port) if each.startswith("azure")):
        got = await send(port, request("POST", f"/v1/{ACCOUNT}/edge/{path}", headers, BODY))
        assert json.loads(got.body)["internalCode"] in (2002, 2005), path
    await serving.stop(0.5)
    assert names.asked >= 3 * len(PROVIDERS)
    assert sink.came == []
    assert KEY not in str(log.lines)
