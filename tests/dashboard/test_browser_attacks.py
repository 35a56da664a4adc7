"""What a page in the developer's browser can send to the dashboard's own paths, each time with a bearer that
is good: so that it is the guard alone that must hold.
"""

from __future__ import annotations

import asyncio
import itertools
import json

from tests.api.test_browser_attacks import GUARD, HOSTS, ORIGINS, SITES
from tests.api.wire import request, send
from tests.dashboard.conftest import STORE, Site, some

CALLS = [
    ("GET", "/", None),
    ("GET", "/page.js", None),
    ("GET", "/dashboard/account", None),
    ("GET", "/dashboard/events", None),
    ("POST", "/dashboard/tokens", {"role": "super-administrator"}),
    ("POST", "/dashboard/session", {"code": "c"}),
    ("DELETE", "/dashboard/session", None),
    ("OPTIONS", "/dashboard/tokens", None),
]


def combinations(port: int, bearer: str) -> list[tuple[bool, bytes, str]]:
    """Every combination: whether the guard should let it through, its bytes, its name."""
    found = []
    for (host, host_ok), (origin, origin_ok), (site, site_ok), (method, path, body) in itertools.product(
        HOSTS.items(), ORIGINS.items(), SITES.items(), CALLS
    ):
        named = host.format(port=port)
        fair = host_ok and origin_ok and method != "OPTIONS"
        fair = fair and (site_ok if site_ok is not None else method == "GET")
        headers = [
            ("Host", named),
            ("Content-Type", "application/json"),
            ("Authorization", f"Bearer {bearer}"),
        ]
        if origin is not None:
            headers.append(("Origin", origin.format(host=named)))
        if site is not None:
            headers.append(("Sec-Fetch-Site", site))
        content = b"" if body is None else json.dumps(body).encode()
        data = request(method, path, headers, content)
        found.append((bool(fair), data, f"{method} {path} {named} {origin} {site}"))
    return found


async def test_no_combination_of_foreign_headers_gets_in(site: Site) -> None:
    await site.fill(*some(1))
    bearer, before = await site.bearer(), await site.snapshot(audit=True)
    unfair = [(data, name) for fair, data, name in combinations(site.port, bearer) if not fair]
    assert len(unfair) > 3000
    crowd = asyncio.Semaphore(32)

    async def attack(data: bytes, name: str) -> None:
        async with crowd:
            got = await send(site.port, data)
        assert got.status in GUARD, f"{name}: {got.status}"
        assert b"<!doctype" not in got.body and STORE.encode() not in got.body, name
        assert not any(header.startswith("access-control-") for header in got.headers)

    await asyncio.gather(*(attack(data, name) for data, name in unfair))
    assert await site.snapshot(audit=True) == before
    assert site.dashboard.sessions.identity(bearer) is not None, "nobody could sign the page out"


async def test_the_fair_ones_get_in(site: Site) -> None:
    bearer = await site.bearer()
    for fair, data, name in combinations(site.port, bearer):
        if fair and name.startswith(("GET / ", "GET /dashboard/account")):
            assert (await send(site.port, data)).status == 200, name
