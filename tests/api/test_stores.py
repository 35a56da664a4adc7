"""Operations on stores, with the codes, slugs and statuses that the published API has."""

from __future__ import annotations

import pytest

from sshim.model import ACCOUNT_ID
from tests.api.conftest import STORES, Account

UNKNOWN = "0123456789abcdef0123456789abcdef"


async def test_a_new_account_has_no_store(account: Account) -> None:
    listed = await account.call("GET", STORES)
    assert (listed.status, listed.json["result"]) == (200, [])
    assert listed.json["result_info"] == {
        "count": 0,
        "page": 1,
        "per_page": 20,
        "total_count": 0,
        "total_pages": 0,
    }


async def test_a_store_is_made_listed_fetched_and_deleted(account: Account) -> None:
    made = await account.call("POST", STORES, {"name": "main_store"})
    assert made.status == 200
    assert made.json["success"] is True and made.json["errors"] == []
    store = made.json["result"]
    assert store["name"] == "main_store" and store["account_id"] == ACCOUNT_ID
    assert len(store["id"]) == 32 and set(store["id"]) <= set("0123456789abcdef")
    assert store["created"] == store["modified"]
    assert len(store["created"]) == len("2023-09-21T18:56:32.624632Z") and store["created"].endswith("Z")
    assert (await account.call("GET", STORES)).json["result"] == [store]
    assert (await account.call("GET", f"{STORES}/{store['id']}")).json["result"] == store
    gone = await account.call("DELETE", f"{STORES}/{store['id']}")
    assert (gone.status, gone.json["result"]) == (200, None)
    assert (await account.call("GET", STORES)).json["result"] == []


@pytest.mark.parametrize("name", ["other", "main"])
async def test_a_second_store_is_over_the_limit(account: Account, name: str) -> None:
    await account.store("main")
    made = await account.call("POST", STORES, {"name": name})
    assert made.error == (400, 1003, "maximum_stores_exceeded")
    assert (await account.call("GET", STORES)).json["result_info"]["total_count"] == 1


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ([{"name": "a"}], "invalid_json_body"),
        ("a", "invalid_json_body"),
        ({"name": 1}, "invalid_json_body"),
        ({"name": None}, "invalid_json_body"),
        ({"name": "a", "id": "x"}, "invalid_json_body"),
        ({}, "store_name_empty"),
        ({"name": ""}, "store_name_empty"),
        ({"name": "a b"}, "store_name_invalid"),
        ({"name": "a" * 257}, "store_name_invalid"),
    ],
)
async def test_a_store_needs_an_object_with_a_name(account: Account, body: object, slug: str) -> None:
    assert (await account.call("POST", STORES, body)).error == (400, 1001, slug)
    assert (await account.snapshot())[0] == []


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("store", [UNKNOWN, "x", "not%2fan%2fid", "%00", "a" * 300])
async def test_an_unknown_store_is_not_found(account: Account, method: str, store: str) -> None:
    assert (await account.call(method, f"{STORES}/{store}")).error == (404, 1001, "store_not_found")


async def test_a_store_with_secrets_is_only_deleted_by_force(account: Account) -> None:
    store = await account.store()
    await account.secret(store)
    refused = await account.call("DELETE", f"{STORES}/{store}")
    assert refused.error == (409, 1003, "store_not_empty")
    assert (await account.call("DELETE", f"{STORES}/{store}?force=false")).status == 409
    assert (await account.call("DELETE", f"{STORES}/{store}?force=yes")).error == (400, 1001, "invalid_force")
    gone = await account.call("DELETE", f"{STORES}/{store}?force=true")
    assert (gone.status, gone.json["result"]) == (200, None)
    assert await account.snapshot() == ([], [], None)


async def test_stores_are_paged_and_ordered(account: Account) -> None:
    for name in ("b", "a", "c"):
        await account.control(lambda control, name=name: control.create_store(name, store_id=f"id-{name}"))

    async def names(query: str) -> list[str]:
        listed = await account.call("GET", f"{STORES}?{query}")
        return [store["name"] for store in listed.json["result"]]

    assert await names("") == ["a", "b", "c"]
    assert await names("direction=desc") == ["c", "b", "a"]
    assert await names("order=created") == ["b", "a", "c"]
    assert await names("order=modified&direction=desc") == ["c", "a", "b"]
    assert await names("order=comment") == ["a", "b", "c"]
    assert await names("order=status") == ["a", "b", "c"]
    assert await names("per_page=2") == ["a", "b"]
    assert await names("per_page=2&page=2") == ["c"]
    assert await names("per_page=2&page=3") == []
    assert (await account.call("GET", f"{STORES}?order=size")).error == (400, 1001, "invalid_order")


async def test_the_quota_counts_the_secrets(account: Account) -> None:
    path = STORES.removesuffix("/stores") + "/quota"
    assert (await account.call("GET", path)).json["result"] == {"secrets": {"quota": 100, "usage": 0}}
    await account.secret(await account.store())
    assert (await account.call("GET", path)).json["result"] == {"secrets": {"quota": 100, "usage": 1}}
