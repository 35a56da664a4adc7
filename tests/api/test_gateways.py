"""AI Gateways and their provider keys over the API, as published."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from sshim.permissions import ROLES, TOKEN_PERMISSIONS
from tests.api.conftest import BASE, STORES, Account

GATEWAYS = f"{BASE}/ai-gateway/gateways"
NEW = {
    "id": "edge", "cache_invalidate_on_update": False, "cache_ttl": None, "collect_logs": True,
    "rate_limiting_interval": 0, "rate_limiting_limit": None,
}  # fmt: skip
SETTINGS = {name: value for name, value in NEW.items() if name != "id"}
KEY = "sk-canary-0123456789abcdef"
CONFIG = {"provider_slug": "openai", "alias": "default", "default_config": True}


async def done(account: Account, method: str, path: str, body: Any = None, **more: Any) -> Any:
    """The result of a call that succeeds."""
    answer = await account.call(method, path, body, **more)
    assert answer.status == 200, answer.body
    return answer.json["result"]


async def wrong(account: Account, method: str, path: str, body: Any) -> tuple[int, list[str]]:
    """The status of a call with a wrong field, and the path to that."""
    answer = await account.call(method, path, body)
    (entry,) = answer.json["errors"]
    assert entry["code"] == 7001 and entry["message"]
    return answer.status, entry["path"]


@pytest.fixture
async def edge(account: Account) -> str:
    """The path of a gateway's provider keys, in an account with a store."""
    await account.store()
    await done(account, "POST", GATEWAYS, NEW)
    return f"{GATEWAYS}/edge/provider_configs"


class TestGateways:
    async def test_one_is_made_listed_changed_and_deleted(self, account: Account) -> None:
        made = await done(account, "POST", GATEWAYS, {**NEW, "retry_max_attempts": 3, "zdr": True})
        assert made["id"] == "edge" and made["authentication"] is True and made["is_default"] is False
        assert (made["retry_max_attempts"], made["zdr"], made["store_id"]) == (3, True, None)
        assert await done(account, "GET", f"{GATEWAYS}/edge") == made
        changed = await done(account, "PUT", f"{GATEWAYS}/edge", {**SETTINGS, "authentication": False})
        assert changed["authentication"] is False and changed["retry_max_attempts"] is None
        assert changed["modified_at"] > made["modified_at"] and changed["created_at"] == made["created_at"]
        gone = await done(account, "DELETE", f"{GATEWAYS}/edge")
        assert gone == changed
        assert await done(account, "GET", GATEWAYS) == []

    async def test_they_are_listed_page_by_page_and_found_by_their_ids(self, account: Account) -> None:
        for name in ("one", "two", "three"):
            await done(account, "POST", GATEWAYS, {**NEW, "id": name})
        answer = await account.call("GET", f"{GATEWAYS}?page=2&per_page=2")
        assert [each["id"] for each in answer.json["result"]] == ["two"]
        info = {"count": 1, "page": 2, "per_page": 2, "total_count": 3, "total_pages": 2}
        assert answer.json["result_info"] == info
        assert await done(account, "GET", f"{GATEWAYS}?page=3") == []
        assert [each["id"] for each in await done(account, "GET", f"{GATEWAYS}?search=THR")] == ["three"]

    async def test_a_store_is_named_and_must_be_there(self, account: Account) -> None:
        store = await account.store()
        assert (await done(account, "POST", GATEWAYS, {**NEW, "store_id": store}))["store_id"] == store
        kept = await done(account, "PUT", f"{GATEWAYS}/edge", SETTINGS)
        assert kept["store_id"] == store
        answer = await account.call("POST", GATEWAYS, {**NEW, "id": "other", "store_id": "f" * 32})
        assert answer.error == (404, 1001, "store_not_found")

    @pytest.mark.parametrize("name", [*NEW])
    async def test_a_field_that_is_missing_is_named(self, account: Account, name: str) -> None:
        body = {key: value for key, value in NEW.items() if key != name}
        assert await wrong(account, "POST", GATEWAYS, body) == (400, ["body", name])
        assert await done(account, "GET", GATEWAYS) == []

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("id", ""), ("id", "A"), ("id", "a-"), ("id", "a b"), ("id", "x" * 65), ("id", 3),
            ("cache_ttl", -1), ("cache_ttl", "60"), ("cache_ttl", True), ("cache_ttl", 1.5),
            ("cache_ttl", 1e300),
            ("collect_logs", None), ("collect_logs", "yes"), ("retry_max_attempts", 6),
            ("retry_delay", 60_001), ("retry_backoff", "slow"), ("guardrails", []), ("unknown", 1),
            ("otel", [{"url": "https://h", "headers": {}, "authorization": "canary"}]),
            ("stripe", {"authorization": "canary", "usage_events": []}),
        ],
    )  # fmt: skip
    async def test_a_field_that_is_wrong_is_named_and_not_quoted(
        self, account: Account, name: str, value: object
    ) -> None:
        answer = await account.call("POST", GATEWAYS, {**NEW, name: value})
        assert b"canary" not in answer.body
        assert await wrong(account, "POST", GATEWAYS, {**NEW, name: value}) == (400, ["body", name])
        assert await done(account, "GET", GATEWAYS) == []

    @pytest.mark.parametrize("body", [[], [NEW], "x", 1, None])
    async def test_a_body_of_another_shape_is_refused(self, account: Account, body: object) -> None:
        for method, path in (("POST", GATEWAYS), ("PUT", f"{GATEWAYS}/edge")):
            assert (await account.call(method, path, body)).error == (400, 1001, "invalid_json_body")

    async def test_a_whole_number_may_be_written_as_a_fraction(self, account: Account) -> None:
        made = await done(account, "POST", GATEWAYS, {**NEW, "cache_ttl": 60.0})
        assert made["cache_ttl"] == 60 and isinstance(made["cache_ttl"], int)

    async def test_an_id_that_is_taken_and_one_that_is_not_there(self, account: Account) -> None:
        await done(account, "POST", GATEWAYS, NEW)
        answer = await account.call("POST", GATEWAYS, NEW)
        assert answer.error == (400, 1003, "gateway_name_already_exists: edge")
        for method, below, body in (
            ("GET", "", None), ("PUT", "", SETTINGS), ("DELETE", "", None), ("GET", "/url/openai", None),
            ("GET", "/provider_configs", None), ("POST", "/provider_configs", {**CONFIG, "secret": KEY}),
            ("PUT", "/provider_configs/x", {"secret": KEY}), ("DELETE", "/provider_configs/x", None),
        ):  # fmt: skip
            for name in ("nowhere", "a%20b", "%2e%2e"):
                answer = await account.call(method, f"{GATEWAYS}/{name}{below}", body)
                assert answer.error == (404, 1001, "gateway_not_found")

    async def test_its_address_is_that_of_the_gateway_s_listener(self, account: Account) -> None:
        await done(account, "POST", GATEWAYS, NEW)
        nowhere = await account.call("GET", f"{GATEWAYS}/edge/url/openai")
        assert nowhere.status == 404
        account.api.gateway_origin = "http://127.0.0.1:8789"
        url = await done(account, "GET", f"{GATEWAYS}/edge/url/openai")
        assert url == f"http://127.0.0.1:8789/v1/{BASE.rpartition('/')[2]}/edge/openai"
        assert (await account.call("GET", f"{GATEWAYS}/edge/url/a%20b")).status == 404


class TestProviderConfigs:
    async def test_a_key_is_stored_under_the_name_that_binds_it_and_never_shown(
        self, account: Account, edge: str
    ) -> None:
        answer = await account.call("POST", edge, {**CONFIG, "secret": KEY, "rate_limit": 5})
        made = answer.json["result"]
        assert KEY.encode() not in answer.body
        shown = {name: made[name] for name in ("gateway_id", "provider_slug", "alias", "default_config")}
        assert shown == {
            "gateway_id": "edge", "provider_slug": "openai", "alias": "default", "default_config": True
        }  # fmt: skip
        assert (made["secret_preview"], made["status"]) == ("********cdef", "active")
        assert (made["rate_limit"], made["rate_limit_period"]) == (5, 60)
        store = (await done(account, "GET", STORES))[0]["id"]
        (secret,) = await done(account, "GET", f"{STORES}/{store}/secrets")
        assert (secret["id"], secret["name"]) == (made["secret_id"], "edge_openai_default")
        assert secret["scopes"] == ["ai_gateway"]
        assert await done(account, "GET", edge) == [made]

    async def test_a_secret_that_is_there_is_linked_and_dangles_under_another_name(
        self, account: Account, edge: str
    ) -> None:
        store = (await done(account, "GET", STORES))[0]["id"]
        good = await account.secret(store, "edge_anthropic_default", KEY, scopes=["ai_gateway"])
        body = {**CONFIG, "provider_slug": "anthropic", "secret_id": good["id"]}
        assert (await done(account, "POST", edge, body))["status"] == "active"
        other = await account.secret(store, "elsewhere", KEY, scopes=["ai_gateway"])
        made = await done(account, "POST", edge, {**CONFIG, "secret_id": other["id"]})
        assert (made["status"], made["secret_preview"]) == ("invalid", "")
        answer = await account.call("POST", edge, {**CONFIG, "alias": "b", "secret_id": "f" * 32})
        assert answer.error == (404, 1001, "secret_not_found")

    async def test_a_key_is_replaced_and_deleted_with_its_secret(self, account: Account, edge: str) -> None:
        made = await done(account, "POST", edge, {**CONFIG, "secret": KEY})
        changed = await done(account, "PUT", f"{edge}/{made['id']}", {"secret": f"{KEY}-9876"})
        assert (changed["id"], changed["secret_id"]) == (made["id"], made["secret_id"])
        assert changed["secret_preview"] == "********9876"
        assert await done(account, "DELETE", f"{edge}/{made['id']}") == changed
        assert await done(account, "GET", edge) == []
        assert (await account.snapshot())[1] == []
        again = await account.call("DELETE", f"{edge}/{made['id']}")
        assert again.error == (404, 1001, "provider_key_not_found")

    async def test_there_is_one_of_a_provider_and_alias(self, account: Account, edge: str) -> None:
        await done(account, "POST", edge, {**CONFIG, "secret": KEY})
        answer = await account.call("POST", edge, {**CONFIG, "secret": KEY})
        assert answer.error == (400, 1003, "openai_key_name_already_exists: default")
        await done(account, "POST", edge, {**CONFIG, "alias": "team", "secret": KEY})
        shown = await done(account, "GET", f"{edge}?per_page=1&page=2")
        assert [each["alias"] for each in shown] == ["team"]

    async def test_a_provider_of_the_user_s_own_goes_by_its_bare_name(
        self, account: Account, edge: str
    ) -> None:
        made = await done(account, "POST", edge, {**CONFIG, "provider_slug": "custom-mine", "secret": KEY})
        assert made["provider_slug"] == "mine"
        assert (await account.snapshot())[1][0].name == "edge_mine_default"

    @pytest.mark.parametrize(
        ("more", "path"),
        [
            ({"alias": ""}, "alias"), ({"alias": "a b"}, "alias"), ({"alias": None}, "alias"),
            ({"provider_slug": "../x"}, "provider_slug"), ({"default_config": 1}, "default_config"),
            ({"secret": 3}, "secret"), ({"secret_id": "f" * 32}, "secret_id"),
            ({"rate_limit": -1}, "rate_limit"), ({"value": "canary"}, "value"),
        ],
    )  # fmt: skip
    async def test_a_field_that_is_wrong_is_named(
        self, account: Account, edge: str, more: dict[str, object], path: str
    ) -> None:
        body = {**CONFIG, "secret": KEY, **more}
        assert await wrong(account, "POST", edge, body) == (400, ["body", path])
        assert await done(account, "GET", edge) == [] and (await account.snapshot())[1] == []

    @pytest.mark.parametrize(
        ("secret", "slug"),
        [
            ("", "secret_value_empty"), ("k\n", "secret_value_invalid"),
            ("k\r\nHost: x", "secret_value_invalid"), ("ké", "secret_value_invalid"),
            ("x" * 65_537, "secret_value_too_long"),
        ],
        ids=range(5),
    )  # fmt: skip
    async def test_a_key_that_no_header_can_carry_is_refused(
        self, account: Account, edge: str, secret: str, slug: str
    ) -> None:
        answer = await account.call("POST", edge, {**CONFIG, "secret": secret})
        assert answer.error == (400, 1001, slug)
        assert (await account.snapshot())[1] == []


REFUSED = (403, 10000, "Authentication error")


@pytest.mark.parametrize("role", [*ROLES, *TOKEN_PERMISSIONS])
async def test_linking_and_writing_keys_keeps_to_the_table_of_roles(
    account: Account, edge: str, role: str
) -> None:
    store = (await done(account, "GET", STORES))[0]["id"]
    there = await account.secret(store, "edge_groq_default", KEY, scopes=["ai_gateway"])
    kept = (await done(account, "POST", edge, {**CONFIG, "secret": KEY}))["id"]
    links = role in ("super-administrator", "deployer", "edit")
    writes = links and role != "deployer"
    body = {**CONFIG, "provider_slug": "groq", "secret_id": there["id"]}
    for may, method, path, sent in (
        (links, "POST", edge, body),
        (writes, "POST", edge, {**CONFIG, "provider_slug": "mistral", "secret": KEY}),
        (writes, "PUT", f"{edge}/{kept}", {"secret": KEY}),
        (writes, "DELETE", f"{edge}/{kept}", None),
        (links, "POST", GATEWAYS, {**NEW, "id": "second"}),
        (links, "PUT", f"{GATEWAYS}/edge", SETTINGS),
        (links, "DELETE", f"{GATEWAYS}/edge", None),
    ):
        answer = await account.call(method, path, sent, role=role)
        label = f"{role} {method} {path} {sent}: {answer.body!r}"
        assert answer.status == 200 if may else answer.error == REFUSED, label
    assert (await account.call("GET", GATEWAYS, role=role)).status == 200


async def test_a_broken_audit_chain_hides_no_key(account: Account, edge: str) -> None:
    made = await done(account, "POST", edge, {**CONFIG, "secret": KEY})
    await account.control(lambda control: control.store.forget())
    with sqlite3.connect(account.home / "store" / "store.db") as database:
        database.execute("UPDATE audit SET record = replace(record, 'edge', 'edgy')")
    database.close()
    listed = await done(account, "GET", edge)
    assert [key["id"] for key in listed] == [made["id"]] and listed[0]["last_used_at"] is None
