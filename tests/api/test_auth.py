"""Who may come in: credentials, their forms, their ends, and what refusing them leaves behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sshim.api.auth import Identity
from sshim.control import ControlPlane
from sshim.model import Actor
from sshim.store.sealed import SealedStore
from tests.api.conftest import ADMINISTRATOR, BASE, STORES, Account
from tests.api.wire import Raw

VERIFY = "/client/v4/user/tokens/verify"
UNKNOWN_TOKEN = "sshim_" + "A" * 34
EMAIL = "dev@example.com"


async def ask(account: Account, path: str = STORES, **headers: str) -> Raw:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await account.call("GET", path, headers={"Host": f"127.0.0.1:{account.port}", **named})


async def test_a_request_without_credential_is_told_which_headers_are_missing(account: Account) -> None:
    expected = (400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
    assert (await ask(account)).error == expected
    assert (await ask(account, X_Auth_Email=EMAIL)).error == expected
    assert (await ask(account, X_Auth_Key="0" * 37)).error == expected


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer a b", "Bearer short", "Token " + "a" * 40,
     "Bearer " + "a" * 39 + "!", "Bearer " + "a" * 257, "Bearer " + "ä" * 40, "a" * 40],
)  # fmt: skip
async def test_a_malformed_authorization_header_is_named(account: Account, header: str) -> None:
    answer = await ask(account, Authorization=header)
    assert answer.error == (400, 6003, "Invalid request headers")
    assert answer.json["errors"][0]["error_chain"] == [
        {"code": 6111, "message": "Invalid format for Authorization header"}
    ]


async def test_malformed_email_and_key_are_named(account: Account) -> None:
    key = await ask(account, X_Auth_Email=EMAIL, X_Auth_Key="no key")
    assert key.error == (400, 6003, "Invalid request headers")
    assert [each["code"] for each in key.json["errors"][0]["error_chain"]] == [6103]
    both = await ask(account, X_Auth_Email="nobody", X_Auth_Key="no key")
    assert [each["code"] for each in both.json["errors"][0]["error_chain"]] == [6102, 6103]


async def test_an_unknown_token_and_an_unknown_key_are_refused(account: Account) -> None:
    assert (await ask(account, Authorization=f"Bearer {UNKNOWN_TOKEN}")).error == (
        401,
        10000,
        "Authentication error",
    )
    assert (await ask(account, X_Auth_Email=EMAIL, X_Auth_Key="0" * 37)).error == (
        403,
        9103,
        "Unknown X-Auth-Key or X-Auth-Email",
    )
    assert (await ask(account, VERIFY, Authorization=f"Bearer {UNKNOWN_TOKEN}")).error == (
        401,
        1000,
        "Invalid API Token",
    )


async def test_a_token_is_verified(account: Account) -> None:
    answer = await account.call("GET", VERIFY, role="reporter")
    assert answer.status == 200
    assert answer.json["result"]["status"] == "active" and len(answer.json["result"]["id"]) == 32
    (message,) = answer.json["messages"]
    assert (message["code"], message["message"]) == (10000, "This API Token is valid and active")


async def test_an_email_with_its_global_key_is_let_in(account: Account) -> None:
    made = await account.control(lambda control: control.create_global_key(EMAIL))
    key = made[1].reveal()
    assert (await ask(account, X_Auth_Email=EMAIL, X_Auth_Key=key)).status == 200
    assert (await ask(account, "/client/v4/user", X_Auth_Email=EMAIL, X_Auth_Key=key)).json["result"][
        "email"
    ] == EMAIL
    assert (await ask(account, X_Auth_Email="other@example.com", X_Auth_Key=key)).error[1] == 9103
    assert (await ask(account, VERIFY, X_Auth_Email=EMAIL, X_Auth_Key=key)).error == (
        401,
        1000,
        "Invalid API Token",
    )


async def test_a_bearer_token_goes_before_a_key(account: Account) -> None:
    token = await account.token("reporter")
    answer = await ask(account, Authorization=f"Bearer {token}", X_Auth_Email="x", X_Auth_Key="y")
    assert answer.status == 200
    assert (await ask(account, Authorization="bearer " + token)).status == 200


async def test_a_revoked_and_an_expired_token_are_like_an_unknown_one(account: Account) -> None:
    def make(control: ControlPlane, **more: Any) -> Any:
        return control.create_token(role="admin", **more)

    expires = account.clock() + timedelta(hours=1)
    revoked, first = await account.control(make)
    _, second = await account.control(lambda control: make(control, expires=expires))
    verified = await ask(account, VERIFY, Authorization=f"Bearer {second.reveal()}")
    assert verified.json["result"]["expires_on"].endswith("Z")
    assert (await ask(account, Authorization=f"Bearer {first.reveal()}")).status == 200
    await account.control(lambda control: control.revoke_token(revoked.id))
    account.clock.ahead = timedelta(hours=2)
    unknown = await ask(account, Authorization=f"Bearer {UNKNOWN_TOKEN}")
    for token in (first, second):
        answer = await ask(account, Authorization=f"Bearer {token.reveal()}")
        assert (answer.status, answer.body) == (unknown.status, unknown.body)


async def test_a_token_revoked_by_another_process_ends_at_once(account: Account) -> None:
    made, token = await account.control(lambda control: control.create_token(role="admin"))
    assert (await ask(account, Authorization=f"Bearer {token.reveal()}")).status == 200

    def elsewhere(control: ControlPlane) -> None:
        other: SealedStore = control.store.second()
        ControlPlane(other, actor=ADMINISTRATOR).revoke_token(made.id)
        other.close()

    await account.control(elsewhere)
    assert (await ask(account, Authorization=f"Bearer {token.reveal()}")).status == 401


async def test_the_use_of_a_token_is_noted(account: Account) -> None:
    await account.token("admin")
    await account.call("GET", STORES, role="reporter")
    tokens = await account.control(lambda control: control.list_tokens())
    used = {token.role: token.last_used for token in tokens}
    assert used["reporter"] is not None and used["admin"] is None


async def test_twenty_failures_a_minute_are_answered_and_more_are_throttled(account: Account) -> None:
    for _ in range(20):
        assert (await ask(account, Authorization=f"Bearer {UNKNOWN_TOKEN}")).status == 401
    for header in (f"Bearer {UNKNOWN_TOKEN}", "Basic x"):
        answer = await ask(account, Authorization=header)
        assert answer.error == (429, 971, "Please wait and consider throttling your request speed")
        assert 1 <= int(answer.headers["retry-after"]) <= 61
    assert (await ask(account, X_Auth_Email=EMAIL, X_Auth_Key="0" * 37)).status == 429
    assert (await account.call("GET", STORES)).status == 200, "a good credential is not held up"
    assert (await ask(account)).status == 400, "no credential is no attempt"


async def test_refused_permissions_and_missing_credentials_are_no_failed_attempts(account: Account) -> None:
    for _ in range(25):
        assert (await account.call("POST", STORES, {"name": "x"}, role="reporter")).status == 403
        assert (await ask(account)).status == 400
    assert (await ask(account, Authorization=f"Bearer {UNKNOWN_TOKEN}")).status == 401


async def test_every_refusal_is_in_the_audit_log_without_the_credential(account: Account) -> None:
    await ask(account)
    await ask(account, Authorization="Basic c2VjcmV0LWNhbmFyeQ==")
    await ask(account, Authorization=f"Bearer {UNKNOWN_TOKEN}")
    await account.call("DELETE", f"{STORES}/x?token=canary", role="reporter")
    await account.call("GET", STORES.replace("5", "6", 1))
    events = await account.control(lambda control: control.audit(result=False, direction="asc"))
    assert [(event.action, event.metadata["status"], event.metadata["code"]) for event in events] == [
        ("access", 400, 9106),
        ("access", 400, 6003),
        ("access", 401, 10000),
        ("delete", 403, 10000),
        ("access", 403, 10000),
    ]
    assert [event.actor.role for event in events] == [
        "none",
        "none",
        "none",
        "reporter",
        "super-administrator",
    ]
    assert all(event.actor.ip == "127.0.0.1" and event.actor.interface == "api" for event in events)
    assert {event.metadata["path"] for event in events} == {
        STORES,
        f"{STORES}/x",
        STORES.replace("5", "6", 1),
    }
    whole = repr(events)
    assert "c2VjcmV0" not in whole and UNKNOWN_TOKEN not in whole and "canary" not in whole


async def test_a_flood_of_refusals_does_not_fill_the_log(account: Account) -> None:
    for _ in range(70):
        await account.call("DELETE", f"{STORES}/x", role="reporter")
    events = await account.control(lambda control: control.audit(result=False))
    # A minute of the clock may end in between, and begins a new count.
    assert 60 <= len(events) < 70 or any("refused_before" in event.metadata for event in events)


@pytest.mark.parametrize("path", [f"{BASE}x", "/client/v4/nowhere"])
async def test_an_unknown_route_is_said_without_a_credential(account: Account, path: str) -> None:
    assert (await ask(account, path)).status == 404


async def test_a_bearer_of_a_browser_s_session_is_let_in_with_its_role(account: Account) -> None:
    """What a dashboard hands out: known to this process alone, never stored."""
    bearer = "session-" + "b" * 32
    person = Identity(Actor("reporter", id="session-1", interface="dashboard"), "dash")
    account.api.authenticator.sessions = lambda token: person if token == bearer else None
    assert (await ask(account, Authorization=f"Bearer {bearer}")).status == 200
    refused = await account.call(
        "DELETE",
        f"{STORES}/x",
        headers={"Host": f"127.0.0.1:{account.port}", "Authorization": f"Bearer {bearer}"},
    )
    assert refused.error[:2] == (403, 10000)
    (event,) = await account.control(lambda control: control.audit(result=False))
    assert (event.actor.id, event.actor.interface, event.actor.ip) == ("session-1", "dashboard", "127.0.0.1")
    assert (await account.call("GET", STORES, role="admin")).status == 200
