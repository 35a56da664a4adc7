"""What a page in the developer's browser can send to a gateway that asks for no token: the guard alone keeps
it from spending the stored keys.
"""

from __future__ import annotations

import asyncio
import itertools
import json

from sshim.gateway.account import GatewaySettings
from tests.api.attacks import GUARD, METHODS, TYPES, Call, combinations
from tests.api.wire import send
from tests.gateway.conftest import ACCOUNT, KEY, Edge
from tests.gateway.upstream import Upstream

TARGET = f"/v1/{ACCOUNT}/open/openai/echo"


CALLS = [
    Call(method, TARGET, kind, b"{}" if method in ("POST", "PATCH") else b"")
    for method, kind in itertools.product(METHODS, TYPES)
]


async def test_no_combination_of_foreign_headers_reaches_a_provider(edge: Edge, upstream: Upstream) -> None:
    edge.account.gateways["open"] = GatewaySettings("open", authenticated=False)
    edge.account.keys["open", "openai", "default"] = KEY
    port = int(edge.url.rpartition(":")[2])
    cases = combinations(port, CALLS)
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
