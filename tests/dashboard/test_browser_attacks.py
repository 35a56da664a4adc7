"""What a page in the developer's browser can send to the dashboard's own paths, each time with a bearer that
is good: so that it is the guard alone that must hold.
"""

from __future__ import annotations

import asyncio

from tests.api.attacks import GUARD, Attack, Call, combinations
from tests.api.wire import send
from tests.dashboard.conftest import STORE, Site, some

CALLS = [
    Call("GET", "/"),
    Call("GET", "/page.js"),
    Call("GET", "/dashboard/account"),
    Call("GET", "/dashboard/events"),
    Call("POST", "/dashboard/tokens", body=b'{"role": "super-administrator"}'),
    Call("POST", "/dashboard/session", body=b'{"code": "c"}'),
    Call("DELETE", "/dashboard/session"),
    Call("OPTIONS", "/dashboard/tokens"),
]


def attacks(port: int, bearer: str) -> list[Attack]:
    """The calls with a good bearer, from every kind of page."""
    return combinations(port, CALLS, Authorization=f"Bearer {bearer}")


async def test_no_combination_of_foreign_headers_gets_in(site: Site) -> None:
    await site.fill(*some(1))
    bearer, before = await site.bearer(), await site.snapshot(audit=True)
    unfair = [(data, name) for fair, data, name in attacks(site.port, bearer) if not fair]
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
    for fair, data, name in attacks(site.port, bearer):
        if fair and name.startswith(("GET / ", "GET /dashboard/account")):
            assert (await send(site.port, data)).status == 200, name
