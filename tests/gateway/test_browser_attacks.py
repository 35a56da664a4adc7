"""What a page in the developer's browser can send to a gateway that asks for no token: the guard alone keeps
it from spending the stored keys.
"""

from __future__ import annotations

import asyncio
import itertools
import json

from sshim.gateway.account import GatewaySettings
from tests.api.test_browser_attacks import GUARD, HOSTS, METHODS, ORIGINS, SITES, TYPES
from tests.api.wire import request, send
from tests.gateway.conftest import ACCOUNT, KEY, Edge
from tests.gateway.upstream import Upstream

TARGET = f"/v1/{ACCOUNT}/open/openai/echo"


def combinations(port: int) -> list[tuple[bool, bytes, str]]:
    """Every combination: whether it is a fair request, its bytes, its name."""
    found = []
    for (host, host_ok), (origin, origin_ok), (site, site_ok), method, kind in itertools.product(
        HOSTS.items(), ORIGINS.items(), SITES.items(), METHODS, TYPES
    ):
        named = host.format(port=port)
        fair = host_ok and origin_ok and method != "OPTIONS"
        fair = fair and (site_ok if site_ok is not None else method == "GET")
        headers = [("Host", named), ("Content-Type", kind)]
        headers += [("Origin", origin.format(host=named))] if origin is not None else []
        headers += [("Sec-Fetch-Site", site)] if site is not None else []
        body = b"{}" if method in ("POST", "PATCH") else b""
        data = request(method, TARGET, headers, body)
        found.append((fair, data, f"{method} {named} {origin} {site} {kind}"))
    return found


async def test_no_combination_of_foreign_headers_reaches_a_provider(edge: Edge, upstream: Upstream) -> None:
    edge.account.gateways["open"] = GatewaySettings("open", authenticated=False)
    edge.account.keys["open", "openai", "default"] = KEY
    port = int(edge.url.rpartition(":")[2])
    cases = combinations(port)
    unfair = [(data, name) for fair, data, name in cases if not fair]
    assert len(unfair) >= 2000
    slots = asyncio.Semaphore(16)

    async def attack(data: bytes, name: str) -> None:
        async with slots:
            got = await send(port, data)
        assert got.status in GUARD, f"{name}: {got.status} {got.body!r}"
        assert not any(each.startswith("access-control-") for each in got.headers), name
        assert json.loads(got.body)["name"] == "AiGatewayError", name

    await asyncio.gather(*(attack(data, name) for data, name in unfair))
    assert upstream.arrived == []
    for data, name in [(data, name) for fair, data, name in cases if fair][::7]:
        assert (await send(port, data)).status == 200, name
    assert upstream.arrived
