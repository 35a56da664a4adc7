"""Only addresses that were looked at are connected to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from multidict import CIMultiDict

from sshim.dev.certificate import kept
from sshim.gateway.failures import GatewayFailure
from sshim.gateway.network import Network, PublicResolver, is_public
from sshim.gateway.relay import fetch
from sshim.gateway.request import Outgoing, Patience


class Names(AbstractResolver):
    """Says for each look-up what the next list holds."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        self.asked += 1
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host, host=each, port=port, proto=0, flags=0,
                family=socket.AF_INET6 if ":" in each else socket.AF_INET,
            )
            for each in addresses
        ]  # fmt: skip

    async def close(self) -> None: ...


@pytest.fixture
async def sink() -> AsyncIterator[socket.socket]:
    """A server of this machine that nobody may reach."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        yield listening


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
        "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::",
        "192.0.2.1", "2130706433", "0x7f000001", "x", "",
    ],
)  # fmt: skip
def test_an_address_that_is_not_of_the_public_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111"])
def test_an_address_of_the_public_internet(address: str) -> None:
    assert is_public(address)


async def test_of_several_addresses_only_public_ones_are_left() -> None:
    resolver = PublicResolver(frozenset(), Names(["127.0.0.1", "1.1.1.1", "::1"]))
    assert [each["host"] for each in await resolver.resolve("api.example")] == ["1.1.1.1"]


async def test_a_name_that_stands_for_this_machine_is_not_connected_to(sink: socket.socket) -> None:
    network = Network(resolver=Names(["127.0.0.1"]))
    url = f"http://api.example:{sink.getsockname()[1]}/"
    with pytest.raises(aiohttp.ClientConnectorError):
        await network.send("POST", url, CIMultiDict({"x-api-key": "k"}), b"body")
    await network.close()
    with pytest.raises(BlockingIOError):
        sink.accept()


async def test_a_name_that_changes_its_mind_is_looked_at_again(sink: socket.socket) -> None:
    names = Names(["192.0.2.1"], ["127.0.0.1"])
    network = Network(resolver=names)
    url = f"http://api.example:{sink.getsockname()[1]}/"
    for _ in range(3):
        with pytest.raises(aiohttp.ClientConnectorError):
            await network.send("POST", url, CIMultiDict(), b"body", seconds=20)
    await network.close()
    assert names.asked == 3
    with pytest.raises(BlockingIOError):
        sink.accept()


async def test_a_host_that_the_user_gave_may_be_anywhere() -> None:
    resolver = PublicResolver(frozenset({"models.internal"}), Names(["10.0.0.7"]))
    assert [each["host"] for each in await resolver.resolve("models.internal")] == ["10.0.0.7"]
    with pytest.raises(OSError, match="no public address"):
        await resolver.resolve("other.internal")


async def test_a_proxy_of_the_environ_is_not_used(
    monkeypatch: pytest.MonkeyPatch, sink: socket.socket
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{sink.getsockname()[1]}")
    network = Network(resolver=Names(["127.0.0.1"]))
    with pytest.raises(aiohttp.ClientConnectorError):
        await network.send("GET", "http://api.example/", CIMultiDict(), None)
    await network.close()
    with pytest.raises(BlockingIOError):
        sink.accept()


async def test_no_key_goes_to_a_server_whose_certificate_is_not_good(tmp_path: Path) -> None:
    heard: list[str] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        heard.append(request.path)
        return web.Response()

    http = web.Server(answer)
    loop = asyncio.get_running_loop()
    certificate = kept(tmp_path, datetime.now(UTC))  # which nobody vouches for
    server = await loop.create_server(http, "127.0.0.1", 0, ssl=certificate.context())
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    network, said = Network(frozenset({"127.0.0.1"})), list[str]()
    outgoing = Outgoing("GET", url, CIMultiDict({"Authorization": "Bearer key"}), None, None)
    with pytest.raises(GatewayFailure, match="its certificate is not good"):
        await fetch(network, outgoing, Patience(), said.append)
    await network.close()
    server.close()
    await http.shutdown(0.1)
    assert heard == [] and len(said) == 1
