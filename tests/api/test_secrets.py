"""Operations on secrets, with the codes, slugs and statuses that the published API has."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sshim.model import Actor
from tests.api.conftest import STORES, Account

UNKNOWN = "0123456789abcdef0123456789abcdef"
SCOPES = ["access", "ai_gateway", "containers", "dex", "websearch", "workers"]
FIELDS = ["id", "store_id", "name", "comment", "scopes", "status", "created", "modified"]


def entry(name: str = "API_KEY", **more: Any) -> dict[str, Any]:
    return {"name": name, "value": "v", "scopes": ["workers"], **more}


@pytest.fixture
async def store(account: Account) -> str:
    return await account.store()


@pytest.fixture
def path(store: str) -> str:
    return f"{STORES}/{store}/secrets"


async def value_of(account: Account, store: str, name: str) -> str:
    """What a Worker reads."""
    reader = await account.control(lambda control: control.reader(worker="w", environment=None))
    try:
        return str((await reader.read(store, name, "workers")).reveal())
    finally:
        reader.close()


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


# -- update, delete, duplicate -----------------------------------------------------------------------------


async def test_a_patch_changes_only_what_it_names(account: Account, store: str, path: str) -> None:
    secret = await account.secret(store, value="old", comment="c")
    one = f"{path}/{secret['id']}"
    account.clock.ahead = timedelta(seconds=5)
    changed = (await account.call("PATCH", one, {"scopes": ["workers", "dex"]})).json["result"]
    assert (changed["scopes"], changed["comment"]) == (["dex", "workers"], "c")
    assert changed["created"] == secret["created"] and changed["modified"] > secret["modified"]
    assert (await account.call("PATCH", one, {"comment": ""})).json["result"]["comment"] == ""
    assert await value_of(account, store, "API_KEY") == "old"
    assert (await account.call("PATCH", one, {"value": "new"})).status == 200
    assert await value_of(account, store, "API_KEY") == "new"


async def test_a_patch_that_names_nothing_changes_nothing(account: Account, store: str, path: str) -> None:
    secret = await account.secret(store)
    before = await account.snapshot(audit=True)
    same = await account.call("PATCH", f"{path}/{secret['id']}", {})
    assert (same.status, same.json["result"]["modified"]) == (200, secret["modified"])
    after = await account.snapshot(audit=True)
    assert after == before


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({"name": "other"}, "invalid_json_body"),
        ({"value": "x", "name": "other"}, "invalid_json_body"),
        ([], "invalid_json_body"),
        ({"value": None}, "invalid_json_body"),
        ({"scopes": None}, "invalid_json_body"),
        ({"comment": None}, "invalid_json_body"),
        ({"value": ""}, "secret_value_empty"),
        ({"value": "x" * 65_537}, "secret_value_too_long"),
        ({"scopes": []}, "secret_scopes_empty"),
        ({"comment": "x", "scopes": ["worker"]}, "secret_scope_invalid"),
    ],
)
async def test_a_patch_that_breaks_a_rule_changes_nothing(
    account: Account, store: str, path: str, body: object, slug: str
) -> None:
    secret = await account.secret(store, value="kept")
    before = await account.snapshot()
    assert (await account.call("PATCH", f"{path}/{secret['id']}", body)).error == (400, 1001, slug)
    assert await account.snapshot() == before
    assert await value_of(account, store, "API_KEY") == "kept"


async def test_a_deleted_secret_is_gone(account: Account, store: str, path: str) -> None:
    secret = await account.secret(store)
    gone = await account.call("DELETE", f"{path}/{secret['id']}", headers=await account.headers())
    assert (gone.status, gone.json["result"]) == (200, None)
    assert (await account.call("GET", f"{path}/{secret['id']}")).error == (404, 1001, "secret_not_found")
    assert (await account.call("DELETE", f"{path}/{secret['id']}")).error[2] == "secret_not_found"
    assert (await account.call("GET", path)).json["result"] == []


async def test_a_single_delete_takes_a_content_type_without_a_body(
    account: Account, store: str, path: str
) -> None:
    secret = await account.secret(store)
    headers = await account.headers(Content_Type="application/json")
    assert (await account.call("DELETE", f"{path}/{secret['id']}", headers=headers)).status == 200


@pytest.mark.parametrize("form", ["ids", "objects"])
async def test_several_secrets_are_deleted_by_either_form_of_body(
    account: Account, store: str, path: str, form: str
) -> None:
    made = [await account.secret(store, f"S_{n}") for n in range(4)]
    ids = [secret["id"] for secret in made[:3]]
    body = {"ids": [*ids, ids[0]]} if form == "ids" else [{"id": each} for each in ids]
    gone = await account.call("DELETE", path, body)
    assert (gone.status, gone.json["result"]) == (202, None)
    assert [secret.name for secret in (await account.snapshot())[1]] == ["S_3"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"null",
        b"{}",
        b"[]",
        b'{"ids":[]}',
        b'{"ids":null}',
        b'{"ids":"x"}',
        b'{"ids":[1]}',
        b'{"ids":{}}',
        b'[{"id":1}]',
        b"[{}]",
        b'["x"]',
        b'{"ids":["x"],"all":true}',
        b"true",
        b'{"id":"x"}',
    ],
)
async def test_a_bulk_delete_without_names_never_deletes_anything(
    account: Account, store: str, path: str, raw: bytes
) -> None:
    await account.secret(store)
    answer = await account.call("DELETE", path, raw=raw)
    assert answer.error == (400, 1001, "invalid_json_body")
    assert len((await account.snapshot())[1]) == 1


async def test_a_bulk_delete_with_one_unknown_name_deletes_nothing(
    account: Account, store: str, path: str
) -> None:
    secret = await account.secret(store)
    for other in (UNKNOWN, "..", ""):
        answer = await account.call("DELETE", path, {"ids": [secret["id"], other]})
        assert answer.error == (404, 1001, "secret_not_found")
    assert len((await account.snapshot())[1]) == 1


async def test_a_duplicate_has_the_value_and_an_identity_of_its_own(
    account: Account, store: str, path: str
) -> None:
    secret = await account.secret(store, value="canary-0815")
    body = {"name": "COPY", "scopes": ["workers", "access"], "comment": ""}
    made = await account.call("POST", f"{path}/{secret['id']}/duplicate", body)
    assert made.status == 200 and b"canary-0815" not in made.body
    copy = made.json["result"]
    assert (copy["name"], copy["scopes"], copy["comment"]) == ("COPY", ["access", "workers"], "")
    assert copy["id"] != secret["id"]
    assert await value_of(account, store, "COPY") == "canary-0815"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"name": "API_KEY"}, (400, 1003, "secret_name_already_exists: API_KEY")),
        ({"name": ""}, (400, 1001, "secret_name_empty")),
        ({"name": "a b"}, (400, 1001, "secret_name_invalid")),
        ({"scopes": []}, (400, 1001, "secret_scopes_empty")),
        ({"scopes": ["x"]}, (400, 1001, "secret_scope_invalid")),
        ({"value": "x"}, (400, 1001, "invalid_json_body")),
    ],
)
async def test_a_duplicate_that_breaks_a_rule_is_refused(
    account: Account, store: str, path: str, changed: dict[str, Any], error: tuple[int, int, str]
) -> None:
    secret = await account.secret(store)
    body = {"name": "COPY", "scopes": ["workers"], **changed}
    assert (await account.call("POST", f"{path}/{secret['id']}/duplicate", body)).error == error
    assert len((await account.snapshot())[1]) == 1


async def test_a_duplicate_beyond_the_quota_is_refused(account: Account, path: str) -> None:
    made = await account.call("POST", path, [entry(f"S_{n}") for n in range(100)])
    secret = made.json["result"][0]
    body = {"name": "COPY", "scopes": ["workers"]}
    answer = await account.call("POST", f"{path}/{secret['id']}/duplicate", body)
    assert answer.error == (400, 1003, "maximum_secrets_exceeded")


# -- bodies ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain;charset=UTF-8", "text/plain", "Application/JSON"]
)
async def test_json_is_taken_under_its_own_type_and_as_text(
    account: Account, store: str, path: str, kind: str
) -> None:
    made = await account.call("POST", path, [entry()], headers=await account.headers(Content_Type=kind))
    assert made.status == 200


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/html", "*/*", ""]
)
async def test_json_under_another_type_is_refused(account: Account, path: str, kind: str) -> None:
    made = await account.call("POST", path, [entry()], headers=await account.headers(Content_Type=kind))
    assert made.error == (415, 1001, "invalid_json_body")
    assert (await account.snapshot())[1] == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[" * 200_000,
        b'[{"name":"a","name":"b","value":"v","scopes":["workers"]}]',
        b'[{"name":"a","value":"\xff","scopes":["workers"]}]',
        b'\xef\xbb\xbf[{"name":"a","value":"v","scopes":["workers"]}]',
        b'[{"name":"a","value":"\\ud800","scopes":["workers"]}]',
        b'[{"name":"a","value":"v","scopes":["workers"],"n":1e999}]',
    ],
    ids=lambda raw: repr(raw[:20]),
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_body_that_is_no_strict_json_is_refused(
    account: Account, path: str, raw: bytes, method: str
) -> None:
    assert (await account.call(method, path, raw=raw)).error == (400, 1001, "invalid_json_body")
    assert (await account.snapshot())[1] == []


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
