"""Changing, deleting and duplicating secrets, as the published API does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.api.conftest import UNKNOWN, Account, entry, value_of


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
