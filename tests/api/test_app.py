"""Routes, roles and the shape of every answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sshim.api.app import ROUTES
from sshim.model import ACCOUNT_ID
from sshim.permissions import ROLES, TOKEN_PERMISSIONS, allowed
from tests.api.conftest import BASE, STORES, Account

NOWHERE = "/client/v4/accounts/ffffffffffffffffffffffffffffffff"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/client/v4", (404, 7000, "No route for that URI")),
        ("/client/v4/", (404, 7000, "No route for that URI")),
        ("/client/v4/zones", (404, 7000, "No route for that URI")),
        ("/", (404, 7000, "No route for that URI")),
        ("/client/v5/accounts", (404, 7000, "No route for that URI")),
        ("/client/v4x/accounts", (404, 7000, "No route for that URI")),
        (f"{BASE}/secrets_store", (404, 7000, "No route for that URI")),
        (f"{BASE}/secrets_store/stores/x/secrets/y/z", (404, 7000, "No route for that URI")),
        (f"{BASE}/secrets_store/../secrets_store/stores", (404, 7000, "No route for that URI")),
        (f"/system{BASE.removeprefix('/client/v4')}/stores", (404, 7000, "No route for that URI")),
        (f"{STORES}/", (404, 1000, "not_found")),
        (f"{STORES}//secrets/x", (404, 1000, "not_found")),
        (f"{STORES}/x/secrets//duplicate", (404, 1000, "not_found")),
    ],
)
async def test_paths_that_lead_nowhere(account: Account, path: str, error: tuple[int, int, str]) -> None:
    assert (await account.call("GET", path)).error == error


@pytest.mark.parametrize("account_id", ["", "x", "0" * 31, "0" * 33, "g" * 32, "%30", "5e0fa1b2-c3d4"])
async def test_an_account_id_of_another_form_is_not_routed(account: Account, account_id: str) -> None:
    path = f"/client/v4/accounts/{account_id}/secrets_store/stores"
    assert (await account.call("GET", path)).error == (
        404,
        7003,
        f"Could not route to {path}, perhaps your object identifier is invalid?",
    )


async def test_another_account_is_not_ours_to_use(account: Account) -> None:
    for below in ("/secrets_store/stores", "/secrets_store/quota", "", "/audit_logs"):
        answer = await account.call("GET", NOWHERE + below)
        assert answer.error == (403, 10000, "Authentication error")
    upper = STORES.replace(ACCOUNT_ID, ACCOUNT_ID.upper())
    assert (await account.call("GET", upper)).status == 200


@pytest.mark.parametrize("method", ["PUT", "HEAD", "TRACE", "POST", "DELETE", "PROPFIND"])
async def test_a_method_that_a_path_does_not_have_is_refused(account: Account, method: str) -> None:
    answer = await account.call(method, f"{BASE}/secrets_store/quota")
    assert answer.status == 405 and answer.headers["allow"] == "GET"
    if method != "HEAD":
        assert answer.error == (405, 7001, f"Method {method} not available for that URI.")


def unknown(path: str) -> str:
    return path.replace("{store_id}", "1" * 32).replace("{secret_id}", "2" * 32)


@pytest.mark.parametrize("role", [*ROLES, *TOKEN_PERMISSIONS])
async def test_every_role_may_do_what_the_table_says_and_nothing_else(account: Account, role: str) -> None:
    """Every operation is asked for, on things that are not there: who may, hears that."""
    for route in ROUTES:
        path = "/client/v4" + unknown(route.path).replace("{account_id}", ACCOUNT_ID)
        body: Any = None
        if route.method in ("POST", "PATCH") or route.operation.__name__ == "delete_secrets":
            body = {"name": ""} if route.path.endswith("stores") else {}
        answer = await account.call(route.method, path, body, role=role)
        permitted = route.action is None or allowed(role, route.action)
        label = f"{role} {route.method} {route.path}: {answer.body!r}"
        if permitted:
            assert answer.status not in (401, 403) and answer.status < 500, label
        else:
            assert answer.error == (403, 10000, "Authentication error"), label


WRITES: list[Callable[[str, str], tuple[str, str, Any]]] = [
    lambda store, secret: ("POST", STORES, {"name": "another"}),
    lambda store, secret: ("DELETE", f"{STORES}/{store}?force=true", None),
    lambda store, secret: (
        "POST",
        f"{STORES}/{store}/secrets",
        [{"name": "NEW", "value": "v", "scopes": ["workers"]}],
    ),
    lambda store, secret: ("DELETE", f"{STORES}/{store}/secrets", {"ids": [secret]}),
    lambda store, secret: ("PATCH", f"{STORES}/{store}/secrets/{secret}", {"value": "w"}),
    lambda store, secret: ("DELETE", f"{STORES}/{store}/secrets/{secret}", None),
    lambda store, secret: (
        "POST",
        f"{STORES}/{store}/secrets/{secret}/duplicate",
        {"name": "COPY", "scopes": ["workers"]},
    ),
]


@pytest.mark.parametrize("role", ["deployer", "reporter", "read"])
async def test_a_role_that_may_only_read_changes_nothing(account: Account, role: str) -> None:
    store = await account.store()
    secret = (await account.secret(store))["id"]
    before = await account.snapshot()
    for write in WRITES:
        method, path, body = write(store, secret)
        assert (await account.call(method, path, body, role=role)).error == (
            403,
            10000,
            "Authentication error",
        )
    assert await account.snapshot() == before


@pytest.mark.parametrize("role", ["super-administrator", "admin", "edit"])
async def test_a_role_that_may_write_does(account: Account, role: str) -> None:
    account.tokens["super-administrator"] = await account.token(role)
    store = await account.store()
    secret = (await account.secret(store))["id"]
    done = []
    for write in [*WRITES[2:5], WRITES[6], WRITES[5], WRITES[1]]:
        method, path, body = write(store, secret)
        if body == {"ids": [secret]}:
            body = {"ids": [(await account.secret(store, "OTHER"))["id"]]}
        done.append((await account.call(method, path, body, role=role)).status)
    assert done == [200, 202, 200, 200, 200, 200]


async def test_a_refused_call_reads_no_body(account: Account) -> None:
    headers = await account.headers("reporter", Content_Type="application/json", Content_Length="100")
    answer = await account.call("POST", STORES, headers=headers)
    assert answer.status == 403


async def test_every_answer_has_the_headers_that_keep_pages_out(account: Account) -> None:
    for path in (STORES, f"{STORES}/x", "/", "/openapi.json", "/health"):
        answer = await account.call("GET", path)
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert not any(name.startswith("access-control-") for name in answer.headers)
        assert "aiohttp" not in answer.headers["server"]


async def test_accounts_memberships_and_user_are_those_of_the_one_account(account: Account) -> None:
    listed = await account.call("GET", "/client/v4/accounts?page=1", role="reporter")
    assert [each["id"] for each in listed.json["result"]] == [ACCOUNT_ID]
    assert (await account.call("GET", "/client/v4/accounts?page=2")).json["result"] == []
    assert (await account.call("GET", "/client/v4/accounts?name=other")).json["result"] == []
    one = await account.call("GET", BASE)
    assert one.json["result"] == listed.json["result"][0]
    (membership,) = (await account.call("GET", "/client/v4/memberships", role="reporter")).json["result"]
    assert membership["account"]["id"] == ACCOUNT_ID
    assert membership["roles"] == ["Secrets Store Reporter"]
    user = (await account.call("GET", "/client/v4/user")).json["result"]
    assert len(user["id"]) == 32 and "@" in user["email"]


async def test_the_description_is_served_to_anybody_on_this_machine(account: Account) -> None:
    host = {"Host": f"127.0.0.1:{account.port}"}
    answer = await account.call("GET", "/openapi.json", headers=host)
    assert answer.status == 200 and answer.json["openapi"].startswith("3.1")
    assert (await account.call("POST", "/openapi.json", headers=host)).status == 405
    assert json.loads((await account.call("GET", "/health", headers=host)).body) == {"status": "ok"}
