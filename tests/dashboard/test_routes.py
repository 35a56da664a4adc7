"""The page's own operations, for every role, and what they leave in the audit log."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from sshim.dashboard.routes import ROUTES
from sshim.errors import Locked
from sshim.model import SecretValue, Usage, new_secret
from sshim.permissions import ROLES, TOKEN_PERMISSIONS, allowed
from tests.api.wire import request, send
from tests.dashboard.conftest import STORE, Site, some


async def exchange(site: Site, body: object, **headers: str) -> object:
    wanted = {"Host": f"127.0.0.1:{site.port}", "Content-Type": "application/json"}
    wanted |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await send(site.port, request("POST", "/dashboard/session", wanted, json.dumps(body).encode()))


async def test_a_code_is_exchanged_for_a_bearer_of_the_api(site: Site) -> None:
    got = await exchange(site, {"code": site.code()})
    bearer = got.json["result"]["bearer"]
    assert got.json["result"]["seconds"] == 12 * 3600 and got.headers["cache-control"] == "no-store"
    headers = {"Host": f"127.0.0.1:{site.port}", "Authorization": f"Bearer {bearer}"}
    assert (await site.call("GET", "/client/v4/user/tokens/verify", headers=headers)).status == 200
    assert (await site.call("DELETE", "/dashboard/session", headers=headers)).status == 200
    assert (await site.call("GET", "/dashboard/account", headers=headers)).status == 401


async def test_wrong_codes_are_refused_alike_counted_and_recorded(site: Site) -> None:
    used = site.code()
    await exchange(site, {"code": used})
    answers = [await exchange(site, {"code": code}) for code in (used, "x", "A" * 22)]
    assert {got.error for got in answers} == {answers[0].error}
    assert answers[0].error[:2] == (401, 10000)
    events = await site.control(lambda control: control.audit(result=False))
    assert [event.metadata["path"] for event in events] == ["/dashboard/session"] * 3
    for _ in range(17):
        await exchange(site, {"code": "y"})
    assert (await exchange(site, {"code": "y"})).status == 429
    assert (await exchange(site, {"code": site.code()})).status == 200, "a good one is never held up"


@pytest.mark.parametrize("body", [[], {}, {"code": 1}, {"code": "x", "role": "admin"}, {"code": "ü"}, None])
async def test_an_exchange_of_another_shape_is_refused(site: Site, body: object) -> None:
    assert (await exchange(site, body)).status == 400


async def test_an_exchange_by_a_form_is_refused(site: Site) -> None:
    """What a page of another site could send without asking first."""
    code = site.code()
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        assert (await exchange(site, {"code": code}, Content_Type=kind)).status == 415
    assert (await exchange(site, {"code": code}, Origin="http://evil.example")).status == 403
    assert (await exchange(site, {"code": code})).status == 200, "and none of it has used the code up"


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_may_do_what_the_table_says(site: Site, role: str) -> None:
    await site.fill()
    for route in ROUTES:
        body = {"role": "reporter"} if route.method == "POST" else None
        path = route.path.replace("{token_id}", "of-nobody")
        got = await site.ask(route.method, path, body, role=role)
        may = route.action is None or allowed(role, route.action)
        assert (got.status != 403) is may, (route, got)
        refused = (401, 400)
        no_credential = {"Host": f"127.0.0.1:{site.port}"}
        assert (await site.call(route.method, path, body, headers=no_credential)).status in refused


@pytest.mark.parametrize("role", [*ROLES, *TOKEN_PERMISSIONS])
async def test_the_account_says_what_its_bearer_may_do(site: Site, role: str) -> None:
    got = (await site.call("GET", "/dashboard/account", role=role)).json["result"]
    assert got["role"] == role and got["session"] is False
    assert set(got["may"]) == {
        action for action in ("read", "write", "bind_worker", "link_gateway") if allowed(role, action)
    }
    grantable = {each["role"] for each in got["roles"] if each["grantable"]}
    for other in grantable:
        assert allowed(role, "write") and (
            not allowed(other, "link_gateway") or allowed(role, "link_gateway")
        )


async def test_a_token_is_made_shown_once_used_and_revoked(site: Site) -> None:
    made = (await site.ask("POST", "/dashboard/tokens", {"role": "deployer", "name": "ci", "days": 7})).json
    token = made["result"]["token"]
    headers = {"Host": f"127.0.0.1:{site.port}", "Authorization": f"Bearer {token}"}
    assert (await site.call("GET", "/dashboard/account", headers=headers)).json["result"][
        "role"
    ] == "deployer"
    listed = await site.ask("GET", "/dashboard/tokens")
    assert token.encode() not in listed.body
    (entry,) = listed.json["result"]
    assert (entry["name"], entry["role"], entry["expired"]) == ("ci", "deployer", False)
    site.clock.ahead = timedelta(days=8)
    assert (await site.ask("GET", "/dashboard/tokens")).json["result"][0]["expired"] is True
    assert (await site.ask("DELETE", f"/dashboard/tokens/{entry['id']}")).status == 200
    assert (await site.call("GET", "/dashboard/account", headers=headers)).status == 401
    assert (await site.ask("DELETE", f"/dashboard/tokens/{entry['id']}")).error[2] == "token_not_found"


async def test_no_role_hands_out_more_than_its_own(site: Site) -> None:
    for role, status in (("admin", 200), ("reporter", 200), ("super-administrator", 403), ("edit", 403)):
        assert (await site.ask("POST", "/dashboard/tokens", {"role": role}, role="admin")).status == status
    assert (await site.ask("POST", "/dashboard/tokens", {"role": "owner"})).status == 400
    assert (await site.ask("POST", "/dashboard/tokens", {"role": "admin", "days": 0})).status == 400


async def test_usages_tell_what_binds_what_points_to_nothing_and_who_read_last(site: Site) -> None:
    await site.fill(new_secret("A", "v", ["workers"]), new_secret("B", "v", ["dex"]))
    now = site.clock()

    def use(control: object) -> None:
        control.create_store("other", store_id="f" * 32)
        control.create_secrets("f" * 32, [new_secret("C", "v", ["workers"])])
        control.record_usages(
            Usage("w", None, name, STORE, name, "/w/wrangler.toml", now) for name in ("A", "B", "C", "D")
        )
        control.create_gateway("g", store_id=STORE)
        control.create_provider_key("g", "openai", value=SecretValue("sk-1234567890"))
        reader = control.reader(worker="w", environment=None, strict=True)
        reader.read_now(STORE, "A", "workers", binding="A")
        reader.close()

    await site.control(use)
    got = (await site.ask("GET", "/dashboard/usages")).json["result"]
    states = {each["binding"]: each["state"] for each in got["bindings"]}
    assert states == {"A": "found", "B": "out_of_scope", "C": "other_store", "D": "missing"}
    read = {each["binding"]: each["last_access"] is not None for each in got["bindings"]}
    assert read == {"A": True, "B": False, "C": False, "D": False}
    (key,) = got["keys"]
    secrets = await site.control(lambda control: control.list_secrets(STORE))
    ids = {secret.name: secret.id for secret in secrets}
    assert (key["provider"], key["secret_id"]) == ("openai", ids["g_openai_default"])
    assert set(got["accesses"]) == {ids["A"]}


async def test_no_answer_holds_a_value(site: Site) -> None:
    await site.fill(*some(3))
    await site.control(lambda control: control.create_gateway("g"))
    await site.control(
        lambda control: control.create_provider_key("g", "openai", value=SecretValue("sk-value-12345"))
    )
    for route in ROUTES:
        if route.method == "GET":
            got = await site.ask("GET", route.path)
            assert b"value-0" not in got.body and b"sk-value" not in got.body, route


async def test_a_store_is_shown_with_all_its_secrets_or_the_first_where_there_is_no_such_one(
    site: Site,
) -> None:
    async def shown(query: str = "") -> tuple[str, int, list[str]]:
        got = (await site.ask("GET", f"/dashboard/secrets{query}", role="reporter")).json["result"]
        assert got["quota"]["quota"] == 100
        return got["store"], got["quota"]["usage"], [secret["name"] for secret in got["secrets"]]

    assert await shown() == ("", 0, [])
    await site.fill(*some(2))
    await site.control(lambda control: control.create_store("zz", store_id="f" * 32))
    both = ["SECRET_0000", "SECRET_0001"]
    assert await shown() == (STORE, 2, both) == await shown("?store=of-nobody")
    assert await shown(f"?store={'f' * 32}") == ("f" * 32, 2, [])


@pytest.mark.parametrize("role", ROLES)
async def test_a_code_brings_the_first_list_as_its_role_sees_it(site: Site, role: str) -> None:
    await site.fill(*some(2))
    result = (await exchange(site, {"code": site.code(role)})).json["result"]
    asked = (await site.ask("GET", "/dashboard/first", role=role)).json["result"]
    assert result["first"]["account"] == asked["account"] and asked["account"]["role"] == role
    for shown in (result["first"]["secrets"], asked["secrets"]):
        assert [secret["name"] for secret in shown["secrets"]] == ["SECRET_0000", "SECRET_0001"]
        assert (shown["store"], shown["quota"]) == (STORE, {"quota": 100, "usage": 2})


@pytest.mark.parametrize("reading", ["secrets", "account"])
async def test_a_code_is_not_lost_on_a_store_that_cannot_be_read(
    site: Site, monkeypatch: pytest.MonkeyPatch, reading: str
) -> None:
    def broken(call: object, control: object) -> object:
        raise Locked("store.db", 7)

    monkeypatch.setattr(f"sshim.dashboard.first.{reading}", broken)
    result = (await exchange(site, {"code": site.code()})).json["result"]
    assert site.dashboard.sessions.identity(result["bearer"]) is not None
    if reading == "account":
        assert result["first"] is None
        assert (await site.ask("GET", "/dashboard/first")).status == 503
    else:
        assert result["first"]["secrets"] is None and result["first"]["account"]["max_secrets"] == 100


async def test_stores_come_with_the_number_of_their_secrets(site: Site) -> None:
    await site.fill(*some(2))
    await site.control(lambda control: control.create_store("zz", store_id="f" * 32))
    got = (await site.ask("GET", "/dashboard/stores", role="reporter")).json["result"]
    assert [(store["id"], store["count"]) for store in got] == [(STORE, 2), ("f" * 32, 0)]


async def test_gateways_come_with_their_keys(site: Site) -> None:
    await site.fill()

    def make(control: object) -> None:
        for name in ("a", "b"):
            control.create_gateway(name, store_id=STORE)
        control.create_provider_key("b", "openai", value=SecretValue("sk-123456789012345678901234"))

    await site.control(make)
    one, other = (await site.ask("GET", "/dashboard/gateways", role="reporter")).json["result"]
    assert one == {"id": "a", "keys": []} and other["id"] == "b"
    assert [(key["provider_slug"], key["secret_preview"]) for key in other["keys"]] == [
        ("openai", "********1234")
    ]
