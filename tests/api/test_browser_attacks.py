"""What a page in the developer's browser can send, over raw sockets, each time with a token that is good: so
that it is the guard alone that must hold. Every published attack on a local development server that this
listener could be open to has a test of its own name.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

import pytest

from tests.api.attacks import GUARD, METHODS, TYPES, Call, combinations
from tests.api.conftest import BASE, STORES, Account
from tests.api.wire import Raw, request, send


def calls(secret: str) -> list[Call]:
    """One of every method and content type."""
    found = []
    for method, kind in itertools.product(METHODS, TYPES):
        path = STORES if method in ("GET", "POST") else f"{STORES}/{secret}"
        body = json.dumps({"name": "planted"}).encode() if method in ("POST", "PATCH") else b""
        found.append(Call(method, path, kind, body))
    return found


async def test_no_combination_of_foreign_headers_gets_in(account: Account) -> None:
    store = await account.store()
    await account.secret(store)
    before = await account.snapshot(audit=True)
    cases = combinations(account.port, calls(f"{store}/secrets/nothing"))
    unfair = [(data, name) for fair, data, name in cases if not fair]
    assert len(unfair) >= 2000
    token = f"Authorization: Bearer {await account.token('super-administrator')}\r\n".encode()
    slots = asyncio.Semaphore(16)

    async def attack(data: bytes, name: str) -> None:
        head, _, rest = data.partition(b"\r\n")
        async with slots:
            got = await send(account.port, head + b"\r\n" + token + rest)
        assert got.status in GUARD, f"{name}: {got.status} {got.body!r}"
        assert not any(each.startswith("access-control-") for each in got.headers), name
        assert b"API_KEY" not in got.body and store.encode() not in got.body, name

    await asyncio.gather(*(attack(data, name) for data, name in unfair))
    assert await account.snapshot(audit=True) == before


async def test_every_fair_combination_gets_in(account: Account) -> None:
    store = await account.store()
    token = f"Authorization: Bearer {await account.token('reporter')}\r\n".encode()
    fair = [(data, name) for ok, data, name in combinations(account.port, calls(f"{store}/secrets/x")) if ok]
    assert len(fair) >= 50
    for data, name in fair:
        head, _, rest = data.partition(b"\r\n")
        got = await send(account.port, head + b"\r\n" + token + rest)
        expected = 200 if name.startswith("GET") else 405 if name.startswith("OPTIONS") else 403
        assert got.status == expected, f"{name}: {got.status} {got.body!r}"
        if expected == 403:
            assert got.json["errors"][0]["code"] == 10000, "refused for its role, not by the guard"


async def attack(account: Account, method: str, path: str, body: bytes = b"", **headers: str) -> Raw:
    """A request with a good token; names of headers with `_` for `-`, `Host` as given."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named.setdefault("Host", f"localhost:{account.port}")
    named["Authorization"] = f"Bearer {await account.token('super-administrator')}"
    return await send(account.port, request(method, path, named, body))


async def test_dns_rebinding(account: Account) -> None:
    """A name of the attacker that now resolves to a loopback address (CVE-2025-24010, CVE-2024-34069)."""
    host = f"rebound.evil.example:{account.port}"
    got = await attack(
        account, "GET", STORES, Host=host, Origin=f"http://{host}", Sec_Fetch_Site="same-origin"
    )
    assert got.error == (421, 421, f"the host {host!r} is not served here")


async def test_an_origin_that_is_any_ip_literal(account: Account) -> None:
    """An allow-list that waves through every address (CVE-2025-30360)."""
    for origin in (
        "http://10.0.0.1",
        f"http://192.168.0.7:{account.port}",
        f"http://127.0.0.2:{account.port}",
    ):
        assert (await attack(account, "GET", STORES, Origin=origin)).status == 403


async def test_another_port_of_this_machine(account: Account) -> None:
    """A Worker under development, or any other local server, is another origin."""
    got = await attack(account, "GET", STORES, Origin="http://localhost:8787", Sec_Fetch_Site="same-site")
    assert got.status == 403


async def test_a_wildcard_for_other_origins_is_never_sent(account: Account) -> None:
    """An answer readable by every page (GHSA-67mh-4wv8-2f99)."""
    for headers in ({}, {"Origin": f"http://localhost:{account.port}"}, {"Origin": "http://evil.example"}):
        got = await attack(account, "GET", STORES, **headers)
        assert not any(each.startswith("access-control-") for each in got.headers)


async def test_a_preflight_is_refused(account: Account) -> None:
    got = await attack(
        account,
        "OPTIONS",
        STORES,
        Origin="http://evil.example",
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="authorization,content-type",
        Access_Control_Request_Private_Network="true",
    )
    assert got.status == 403 and not any(each.startswith("access-control-") for each in got.headers)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"]
)
async def test_a_form_of_another_site(account: Account, kind: str) -> None:
    """A cross-site POST that needs no preflight; browsers before Sec-Fetch send at least an Origin."""
    body = b'{"name":"planted"}'
    got = await attack(account, "POST", STORES, body, Content_Type=kind, Origin="http://evil.example")
    assert got.status == 403
    got = await attack(account, "POST", STORES, body, Content_Type=kind, Origin="null")
    assert got.status == 403
    assert (await account.snapshot())[0] == []


async def test_a_page_opened_by_hand_may_only_look(account: Account) -> None:
    by_hand = {"Sec_Fetch_Site": "none", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert (await attack(account, "GET", STORES, **by_hand)).status == 200
    assert (await attack(account, "DELETE", f"{STORES}/x", **by_hand)).status == 403
    prefetched = {**by_hand, "Sec_Fetch_Mode": "no-cors"}
    assert (await attack(account, "GET", STORES, **prefetched)).status == 403


async def test_a_web_socket_of_another_site(account: Account) -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec_WebSocket_Version": "13",
        "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    assert (await attack(account, "GET", STORES, **upgrade, Origin="http://evil.example")).status == 403
    assert (await attack(account, "GET", STORES, **upgrade)).status == 200, "never upgraded"


@pytest.mark.parametrize(
    "target",
    ["http://evil.example/client/v4/accounts", "http://localhost/client/v4/accounts", "//evil.example/", "*",
     "evil.example:443", "accounts", "?x", "\\\\evil.example"],
)  # fmt: skip
async def test_a_target_that_is_no_path(account: Account, target: str) -> None:
    for method in ("GET", "CONNECT", "OPTIONS"):
        got = await attack(account, method, target.replace("localhost", f"localhost:{account.port}"))
        refused = (0, 404) if target.startswith("//") and method == "GET" else (0, 400, 403)
        assert got.status in refused, (method, got)
        assert b"5e0fa1b2" not in got.body


async def test_two_hosts_and_two_origins(account: Account) -> None:
    good = f"localhost:{account.port}"
    token = ("Authorization", f"Bearer {await account.token('super-administrator')}")
    for pairs in (
        [("Host", good), ("Host", "evil.example"), token],
        [("Host", good), ("Origin", f"http://{good}"), ("Origin", "http://evil.example"), token],
        [("Host", good), ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site"), token],
    ):
        assert (await send(account.port, request("GET", STORES, pairs))).status in (400, 403)


async def test_old_http_without_a_host(account: Account) -> None:
    token = await account.token("super-administrator")
    data = f"GET {STORES} HTTP/1.0\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    assert (await send(account.port, data)).status == 421


async def test_forwarding_headers_change_nothing(account: Account) -> None:
    host = {"Host": "evil.example", "X_Forwarded_Host": f"localhost:{account.port}"}
    assert (await attack(account, "GET", STORES, **host, Forwarded="host=localhost")).status == 421
    await attack(account, "DELETE", f"{STORES}/x", X_Forwarded_For="203.0.113.9", Forwarded="for=203.0.113.9")
    events = await account.control(lambda control: control.audit(result=False))
    assert [event.actor.ip for event in events] == ["127.0.0.1"]


async def test_a_method_in_a_header_or_query_is_no_method(account: Account) -> None:
    store = await account.store()
    got = await attack(account, "GET", f"{STORES}/{store}?_method=DELETE", X_HTTP_Method_Override="DELETE")
    assert got.status == 200
    assert len((await account.snapshot())[0]) == 1


async def test_cookies_are_neither_sent_nor_looked_at(account: Account) -> None:
    token = await account.token("super-administrator")
    headers = {"Host": f"localhost:{account.port}", "Cookie": f"Authorization=Bearer {token}; token={token}"}
    got = await send(account.port, request("GET", f"{STORES}?access_token={token}", headers))
    assert got.error[1] == 9106 and "set-cookie" not in got.headers


async def test_too_many_headers(account: Account) -> None:
    many: dict[str, Any] = {f"X_{number}": "y" for number in range(100)}
    assert (await attack(account, "GET", BASE, **many)).status in (400, 431)
