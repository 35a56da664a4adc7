"""The audit log as both published interfaces show it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sshim.model import ACCOUNT_ID
from tests.api.conftest import BASE, STORES, Account

V1 = f"{BASE}/audit_logs"
V2 = f"{BASE}/logs/audit"
EVER = "since=2020-01-01&before=2099-01-01"


@pytest.fixture
async def history(account: Account) -> Account:
    """A store, a secret of it, its change, a copy, a deletion and a refusal, all over the API."""
    store = await account.store()
    secret = await account.secret(store, value="canary-1")
    one = f"{STORES}/{store}/secrets/{secret['id']}"
    await account.call("PATCH", one, {"value": "canary-2"})
    await account.call("PATCH", one, {"comment": "c"})
    copy = await account.call("POST", f"{one}/duplicate", {"name": "COPY", "scopes": ["dex"]})
    await account.call("DELETE", f"{STORES}/{store}/secrets/{copy.json['result']['id']}")
    await account.call("DELETE", one, role="reporter")
    account.tokens["secret"] = secret["id"]
    return account


async def v1(account: Account, query: str = "") -> list[dict[str, Any]]:
    answer = await account.call("GET", f"{V1}?{query}")
    assert answer.status == 200, answer.body
    assert b"canary" not in answer.body
    return list(answer.json["result"])


async def v2(account: Account, query: str = "") -> list[dict[str, Any]]:
    answer = await account.call("GET", f"{V2}?{EVER}&{query}")
    assert answer.status == 200, answer.body
    assert b"canary" not in answer.body
    return list(answer.json["result"])


async def test_changes_made_over_the_api_are_recorded_newest_first(history: Account) -> None:
    records = [each for each in await v1(history, "per_page=100") if each["resource"]["type"] != "token"]
    assert [(each["action"]["type"], each["action"]["result"]) for each in records] == [
        ("delete", False),
        ("delete", True),
        ("create", True),
        ("update", True),
        ("update", True),
        ("create", True),
        ("create", True),
    ]
    refused, deleted, copied, commented, changed, created, _ = records
    assert copied["metadata"]["duplicated_from_id"] == history.tokens["secret"]
    assert changed["metadata"]["value_modified"] is True
    assert commented["metadata"]["value_modified"] is False
    assert created["resource"] == {"id": history.tokens["secret"], "type": "secret"}
    assert deleted["metadata"]["name"] == "COPY"
    assert refused["metadata"]["status"] == 403
    assert created["interface"] == "API" and created["owner"] == {"id": ACCOUNT_ID}
    assert created["actor"]["ip"] == "127.0.0.1" and len(created["actor"]["id"]) == 32
    assert datetime.fromisoformat(created["when"]).tzinfo == UTC


async def test_v1_is_paged_until_a_page_is_empty(history: Account) -> None:
    everything = await v1(history, "per_page=100")
    pages = [await v1(history, f"per_page=5&page={number}") for number in range(1, 5)]
    assert [each for page in pages for each in page] == everything
    assert pages[-1] == []
    assert await v1(history, "per_page=100&direction=asc") == everything[::-1]


async def test_v1_filters(history: Account) -> None:
    everything = await v1(history, "per_page=100")
    assert {each["action"]["type"] for each in await v1(history, "action.type=update")} == {"update"}
    one = everything[3]
    assert await v1(history, f"id={one['id']}") == [one]
    by_ip = await v1(history, "actor.ip=127.0.0.0/8&per_page=100")
    assert by_ip and all(each["actor"]["ip"] == "127.0.0.1" for each in by_ip)
    assert await v1(history, "actor.ip=10.0.0.1") == []
    assert await v1(history, "actor.email=nobody@example.com") == []
    assert await v1(history, "zone.name=example.com") == []
    assert await v1(history, "since=2099-01-01") == []
    assert await v1(history, "before=2020-01-01T00:00:00Z") == []
    assert await v1(history, "hide_user_logs=true&per_page=100") == everything


async def test_v1_exports_a_table(history: Account) -> None:
    answer = await history.call("GET", f"{V1}?export=true")
    assert answer.status == 200 and answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    everything = await v1(history, "per_page=100")
    assert [row["id"] for row in rows] == [each["id"] for each in everything]
    assert rows[0]["action.type"] == "delete" and b"canary" not in answer.body


async def test_v2_needs_a_time_span(account: Account) -> None:
    assert (await account.call("GET", V2)).error == (400, 1001, "missing_since")
    assert (await account.call("GET", f"{V2}?since=2020-01-01")).error == (400, 1001, "missing_before")
    for bad in ("yesterday", "2020-13-01", "", "2020-01-01T99:00:00Z", "0000-00-00"):
        answer = await account.call("GET", f"{V2}?since={bad}&before=2099-01-01")
        assert answer.error == (400, 1001, "invalid_since")


async def test_v2_has_its_own_words(history: Account) -> None:
    records = [each for each in await v2(history) if each["resource"]["type"] == "secret"]
    deleted, copied = records[0], records[1]
    assert deleted["action"]["type"] == "delete" and deleted["action"]["result"] == "success"
    assert copied["resource"]["request"]["duplicated_from_id"] == history.tokens["secret"]
    assert copied["account"]["id"] == ACCOUNT_ID
    assert copied["actor"]["context"] == "api_token"
    assert copied["actor"]["token_id"] == copied["actor"]["id"]
    assert copied["resource"]["product"] == "secrets_store"
    refused = (await v2(history, "action_result=failure"))[0]
    assert (refused["raw"]["method"], refused["raw"]["status_code"]) == ("DELETE", 403)


async def test_an_access_is_a_view_in_v2(account: Account) -> None:
    await account.call("GET", STORES, headers={"Host": f"127.0.0.1:{account.port}"})
    assert (await v1(account, "action.type=access"))[0]["action"]["result"] is False
    assert (await v2(account, "action_type=view"))[0]["action"]["type"] == "view"
    assert await v2(account, "action_type=access") == []


async def test_v2_filters_and_their_negations(history: Account) -> None:
    everything = await v2(history)
    creates = await v2(history, "action_type=create")
    others = await v2(history, "action_type.not=create")
    assert creates and others and len(creates) + len(others) == len(everything)
    assert {
        each["action"]["type"] for each in await v2(history, "action_type=create&action_type=update")
    } == {
        "create",
        "update",
    }
    assert await v2(history, "resource_product.not=secrets_store") == []
    assert await v2(history, "resource_product=SECRETS_STORE") == everything
    one = everything[2]
    assert await v2(history, f"id={one['id']}") == [one]
    assert one not in await v2(history, f"audit_log_id.not={one['id']}")
    assert await v2(history, "actor_context=dash") == []
    assert await v2(history, "zone_name=example.com") == []


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 3, 1000])
async def test_v2_cursors_lead_through_everything_once(history: Account, direction: str, limit: int) -> None:
    everything = await v2(history, f"direction={direction}")
    seen: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(50):
        path = f"{V2}?{EVER}&direction={direction}&limit={limit}&cursor={cursor}"
        answer = await history.call("GET", path)
        seen += answer.json["result"]
        info = answer.json["result_info"]
        assert info["cursor"] == info["cursors"]["after"] and info["count"] <= limit
        cursor = info["cursor"]
        if not cursor:
            break
    assert seen == everything


@pytest.mark.parametrize(
    ("query", "slug"),
    [("limit=0", "limit"), ("limit=1001", "limit"), ("cursor=x", "cursor"), ("cursor=" + "f" * 17, "cursor"),
     ("direction=up", "direction"), ("product_category=zones", "product_category")],
)  # fmt: skip
async def test_v2_refuses_what_it_cannot_use(account: Account, query: str, slug: str) -> None:
    answer = await account.call("GET", f"{V2}?{EVER}&{query}")
    assert answer.error == (400, 1001, f"invalid_{slug}")


@pytest.mark.parametrize("query", ["actor.ip=x", "actor.ip=300.0.0.1", "since=x", "export=maybe", "page=0"])
async def test_v1_refuses_what_it_cannot_use(account: Account, query: str) -> None:
    answer = await account.call("GET", f"{V1}?{query}")
    assert answer.error == (400, 1001, f"invalid_{query.partition('=')[0]}")


async def test_since_is_inclusive_and_before_is_not(account: Account) -> None:
    await account.store()
    (record,) = await v1(account, "per_page=1")
    moment = record["when"].replace("+", "%2B")
    assert record in await v1(account, f"since={moment}")
    assert record not in await v1(account, f"before={moment}&per_page=100")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    assert record in await v1(account, f"before={tomorrow}&per_page=100")
