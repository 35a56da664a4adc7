"""Operations on secrets, with the codes, slugs and statuses that the published API has."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sshim.model import Actor
from tests.api.conftest import FIELDS, SCOPES, STORES, UNKNOWN, Account, entry, value_of

# -- create ------------------------------------------------------------------------------------------------


async def test_a_secret_is_made_without_its_value_coming_back(
    account: Account, store: str, path: str
) -> None:
    made = await account.call("POST", path, [entry(value="canary-4711", comment="for billing")])
    assert made.status == 200
    (secret,) = made.json["result"]
    assert list(secret) == FIELDS
    assert secret["store_id"] == store and secret["comment"] == "for billing"
    assert len(secret["id"]) == 32
    assert b"canary-4711" not in made.body
    assert await value_of(account, store, "API_KEY") == "canary-4711"


async def test_scopes_come_back_sorted_and_once(account: Account, path: str) -> None:
    made = await account.call("POST", path, [entry(scopes=[*reversed(SCOPES), "workers"])])
    assert made.json["result"][0]["scopes"] == SCOPES


async def test_a_secret_without_comment_has_an_empty_one(account: Account, path: str) -> None:
    assert (await account.call("POST", path, [entry()])).json["result"][0]["comment"] == ""


async def test_a_new_secret_is_pending_and_soon_active(account: Account, store: str, path: str) -> None:
    secret = await account.secret(store)
    assert secret["status"] == "pending"
    assert (await account.call("GET", f"{path}/{secret['id']}")).json["result"]["status"] == "pending"
    account.clock.ahead = timedelta(seconds=1.01)
    assert (await account.call("GET", f"{path}/{secret['id']}")).json["result"]["status"] == "active"
    assert (await account.call("GET", path)).json["result"][0]["status"] == "active"
    changed = await account.call("PATCH", f"{path}/{secret['id']}", {"value": "v-2"})
    assert changed.json["result"]["status"] == "active"


async def test_a_clock_that_is_set_back_makes_nothing_pending_again(
    account: Account, store: str, path: str
) -> None:
    secret = await account.secret(store)
    account.clock.ahead = timedelta(days=-365)
    assert (await account.call("GET", f"{path}/{secret['id']}")).json["result"]["status"] == "active"


@pytest.mark.parametrize(
    ("changed", "slug"),
    [
        ({"name": ""}, "secret_name_empty"),
        ({"name": "a b"}, "secret_name_invalid"),
        ({"name": "a.b"}, "secret_name_invalid"),
        ({"name": "a^b"}, "secret_name_invalid"),
        ({"name": "ä"}, "secret_name_invalid"),
        ({"name": "a\n"}, "secret_name_invalid"),
        ({"name": "a" * 257}, "secret_name_invalid"),
        ({"scopes": []}, "secret_scopes_empty"),
        ({"scopes": ["worker"]}, "secret_scope_invalid"),
        ({"scopes": ["workers", ""]}, "secret_scope_invalid"),
        ({"value": ""}, "secret_value_empty"),
        ({"value": "x" * 65_537}, "secret_value_too_long"),
        ({"value": "ä" * 32_769}, "secret_value_too_long"),
        ({"value": "a\0b"}, "invalid_json_body"),
        ({"value": "\ud800"}, "invalid_json_body"),
        ({"comment": "a\0b"}, "invalid_json_body"),
        ({"name": 1}, "invalid_json_body"),
        ({"value": 1}, "invalid_json_body"),
        ({"value": None}, "invalid_json_body"),
        ({"scopes": "workers"}, "invalid_json_body"),
        ({"scopes": [1]}, "invalid_json_body"),
        ({"comment": 1}, "invalid_json_body"),
        ({"comment": None}, "invalid_json_body"),
        ({"id": UNKNOWN}, "invalid_json_body"),
        ({"status": "active"}, "invalid_json_body"),
    ],
)
async def test_a_secret_that_breaks_a_rule_is_refused(
    account: Account, path: str, changed: dict[str, Any], slug: str
) -> None:
    made = await account.call("POST", path, [entry("good"), {**entry(), **changed}])
    assert made.error == (400, 1001, slug)
    assert (await account.snapshot())[1] == []


@pytest.mark.parametrize(
    ("missing", "slug"),
    [("name", "secret_name_empty"), ("value", "secret_value_empty"), ("scopes", "secret_scopes_empty")],
)
async def test_a_field_left_out_is_an_empty_one(account: Account, path: str, missing: str, slug: str) -> None:
    body = {name: value for name, value in entry().items() if name != missing}
    assert (await account.call("POST", path, [body])).error == (400, 1001, slug)


@pytest.mark.parametrize("body", [entry(), [], [[]], ["x"], [None], "x", 1, None])
async def test_a_body_of_another_shape_is_refused(account: Account, path: str, body: object) -> None:
    raw = b"null" if body is None else None
    assert (await account.call("POST", path, body, raw=raw)).error == (400, 1001, "invalid_json_body")
    assert (await account.snapshot())[1] == []


async def test_the_largest_value_of_65536_bytes_is_kept(account: Account, store: str, path: str) -> None:
    text = "ä" * 32_768
    assert (await account.call("POST", path, [entry(value=text)])).status == 200
    assert await value_of(account, store, "API_KEY") == text


async def test_a_name_is_taken_once(account: Account, store: str, path: str) -> None:
    await account.secret(store)
    taken = await account.call("POST", path, [entry("other"), entry()])
    assert taken.error == (400, 1003, "secret_name_already_exists: API_KEY")
    twice = await account.call("POST", path, [entry("twin"), entry("twin")])
    assert twice.error == (400, 1003, "secret_name_already_exists: twin")
    assert (await account.call("POST", path, [entry("api_key")])).status == 200
    assert [secret.name for secret in (await account.snapshot())[1]] == ["API_KEY", "api_key"]


async def test_the_hundred_and_first_secret_is_over_the_limit(account: Account, path: str) -> None:
    many = await account.call("POST", path, [entry(f"S_{n}") for n in range(99)])
    assert (many.status, len(many.json["result"])) == (200, 99)
    over = await account.call("POST", path, [entry("A"), entry("B")])
    assert over.error == (400, 1003, "maximum_secrets_exceeded")
    assert (await account.call("POST", path, [entry("A")])).status == 200
    assert (await account.call("POST", path, [entry("B")])).error[2] == "maximum_secrets_exceeded"


async def test_a_hundred_secrets_of_the_largest_size_fit_in_one_request(account: Account, path: str) -> None:
    made = await account.call("POST", path, [entry(f"S_{n}", value="x" * 65_536) for n in range(100)])
    assert (made.status, len(made.json["result"])) == (200, 100)


# -- unknown store or secret -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "below", "body"),
    [
        ("GET", "", None),
        ("POST", "", [entry()]),
        ("POST", "", [entry(scopes=[])]),
        ("DELETE", "", {"ids": [UNKNOWN]}),
        ("GET", f"/{UNKNOWN}", None),
        ("PATCH", f"/{UNKNOWN}", {}),
        ("DELETE", f"/{UNKNOWN}", None),
        ("POST", f"/{UNKNOWN}/duplicate", {"name": "x", "scopes": ["workers"]}),
    ],
)
async def test_an_unknown_store_is_said_before_an_unknown_secret(
    account: Account, method: str, below: str, body: object
) -> None:
    answer = await account.call(method, f"{STORES}/{UNKNOWN}/secrets{below}", body)
    assert answer.error == (404, 1001, "store_not_found")


@pytest.mark.parametrize("secret", [UNKNOWN, "x", "%00", "API_KEY", "a%2fb", "%ff"])
@pytest.mark.parametrize(
    ("method", "below", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"comment": "x"}),
        ("PATCH", "", {}),
        ("DELETE", "", None),
        ("POST", "/duplicate", {"name": "x", "scopes": ["workers"]}),
    ],
)
async def test_an_unknown_secret_is_not_found(
    account: Account, store: str, path: str, secret: str, method: str, below: str, body: object
) -> None:
    await account.secret(store)
    answer = await account.call(method, f"{path}/{secret}{below}", body)
    assert answer.error == (404, 1001, "secret_not_found")
    assert len((await account.snapshot())[1]) == 1


# -- list --------------------------------------------------------------------------------------------------


async def test_secrets_are_searched_filtered_ordered_and_paged(account: Account, path: str) -> None:
    body = [
        entry("alpha", comment="Zebra", scopes=["workers"]),
        entry("BETA", comment="yak", scopes=["workers", "ai_gateway"]),
        entry("gamma", comment="x-ray of ALPHA", scopes=["ai_gateway", "dex"]),
    ]
    assert (await account.call("POST", path, body)).status == 200

    async def names(query: str) -> list[str]:
        listed = await account.call("GET", f"{path}?{query}")
        assert listed.status == 200, listed.body
        assert listed.json["result_info"]["total_count"] == 3
        return [secret["name"] for secret in listed.json["result"]]

    assert await names("") == ["BETA", "alpha", "gamma"]
    assert await names("direction=desc") == ["gamma", "alpha", "BETA"]
    assert await names("order=comment") == ["alpha", "gamma", "BETA"]
    assert await names("order=created&direction=desc") == ["gamma", "BETA", "alpha"]
    assert await names("order=status") == ["BETA", "alpha", "gamma"]
    assert await names("search=alpha") == ["alpha", "gamma"]
    assert await names("search=ALPHA") == ["alpha", "gamma"]
    assert await names("search=%25") == []
    assert await names("search=.*") == []
    assert await names("search=") == ["BETA", "alpha", "gamma"]
    assert await names("scopes=ai_gateway") == ["BETA", "gamma"]
    assert await names("scopes=ai_gateway&scopes=workers") == ["BETA"]
    assert await names("scopes=ai_gateway,workers") == ["BETA"]
    assert await names("scopes=ai_gateway&search=yak&page=1&per_page=1") == ["BETA"]
    assert await names("per_page=2&page=2") == ["gamma"]
    assert await names("per_page=2&page=3") == []
    assert await names("page=99&per_page=100") == []


async def test_total_pages_are_those_of_what_was_found(account: Account, path: str) -> None:
    await account.call("POST", path, [entry(f"A_{n}") for n in range(5)] + [entry("B")])
    listed = await account.call("GET", f"{path}?search=A_&per_page=2")
    assert listed.json["result_info"] == {
        "count": 2,
        "page": 1,
        "per_page": 2,
        "total_count": 6,
        "total_pages": 3,
    }


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("page=0", "invalid_page"),
        ("per_page=101", "invalid_per_page"),
        ("order=value", "invalid_order"),
        ("direction=down", "invalid_direction"),
        ("scopes=worker", "secret_scope_invalid"),
        ("search=%00", "invalid_query"),
        ("search=%ff", "invalid_query"),
    ],
)
async def test_a_list_refuses_what_it_cannot_use(account: Account, path: str, query: str, slug: str) -> None:
    assert (await account.call("GET", f"{path}?{query}")).error == (400, 1001, slug)


async def test_a_change_is_what_a_worker_reads_next(account: Account, store: str, path: str) -> None:
    secret = await account.secret(store, value="one")
    reader = await account.control(
        lambda control: control.reader(worker="w", environment=None, actor=Actor("super-administrator"))
    )
    try:
        assert (await reader.read(store, "API_KEY", "workers")).reveal() == "one"
        await account.call("PATCH", f"{path}/{secret['id']}", {"value": "two"})
        assert (await reader.read(store, "API_KEY", "workers")).reveal() == "two"
    finally:
        reader.close()
