"""The state of each binding before the first request."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sshim.config.settings import OtherBinding, SecretBinding, Var
from sshim.dev.bindings_table import BindingState, not_served, resolve, rows
from sshim.model import Secret
from tests.dev.made import worker_config

STORE = "0123456789abcdef0123456789abcdef"
OTHER = "f" * 32
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def secret(name: str, *scopes: str, store_id: str = STORE) -> Secret:
    return Secret("1" * 32, store_id, name, "", scopes or ("workers",), "active", NOW, NOW)


def state(name: str, *held: Secret) -> BindingState:
    listing: dict[str, list[Secret]] = {}
    for one in held:
        listing.setdefault(one.store_id, []).append(one)
    (found,) = resolve(worker_config(secrets=(SecretBinding("KEY", STORE, name),)), listing)
    return found


def test_a_secret_that_workers_may_use_is_found() -> None:
    found = state("api-key", secret("api-key", "ai_gateway", "workers"))
    assert (found.state, found.message, found.fix) == ("found", "", "")


def test_a_missing_secret_comes_with_the_command_that_creates_it() -> None:
    found = state("api-key")
    assert found.state == "missing"
    assert found.fix == f"sshim secret create {STORE} --name api-key --scopes workers"


@pytest.mark.parametrize("near", ["API_KEY", "api_key", "apikey", "api-keys"])
def test_a_near_name_is_offered(near: str) -> None:
    assert f"did you mean '{near}'" in state("api-key", secret(near), secret("unrelated")).message


def test_a_distant_name_is_not_offered() -> None:
    assert "did you mean" not in state("api-key", secret("database-url")).message


def test_a_secret_out_of_scope_keeps_its_scopes_in_the_fix() -> None:
    found = state("api-key", secret("api-key", "ai_gateway"))
    assert found.state == "out_of_scope"
    assert found.fix == f"sshim secret update {STORE} --name api-key --scopes ai_gateway,workers"


def test_a_secret_of_another_store_is_named() -> None:
    found = state("api-key", secret("api-key", store_id=OTHER))
    assert found.state == "other_store" and OTHER in found.message
    assert "change its store_id in the configuration" in found.message
    assert found.fix == f"sshim secret create {STORE} --name api-key --scopes workers"


def test_the_right_store_comes_before_another_one() -> None:
    assert state("k", secret("k", store_id=OTHER), secret("k")).state == "found"


def test_the_table_shows_secrets_then_others_then_vars() -> None:
    entry = SecretBinding("KEY", STORE, "api-key")
    settings = worker_config(
        secrets=(entry,),
        other_bindings=(OtherBinding("kv_namespaces", "KV", {}),),
        vars={
            "TEXT": Var("plain_text", "x" * 40),
            "N": Var("json", {"a": [1, True]}),
            "PASSWORD": Var("secret_text", "hunter22"),
        },
    )
    cells, colors = rows(settings, [BindingState(entry, "missing", "m", "f")])
    assert cells[0] == ["Binding", "Resource", "State"]
    assert cells[1] == [f"env.KEY ({STORE}/api-key)", "Secrets Store Secret", "missing"]
    assert cells[2][0] == "env.KV" and cells[2][2] == "not emulated"
    assert cells[3][0] == f'env.TEXT ("{"x" * 37}...")'
    assert cells[4][0] == 'env.N ({"a":[1,true]})'
    assert cells[5][0] == 'env.PASSWORD ("(hidden)")'
    assert colors == ["bad", "fair", "good", "good", "good"]
    assert "hunter22" not in repr(cells)


def test_a_stand_in_of_the_users_is_told_of_in_place_of_what_is_missing() -> None:
    entry = SecretBinding("KEY", STORE, "api-key")
    others = (OtherBinding("kv_namespaces", "KV", {}), OtherBinding("services", "GONE", {"service": "gone"}))
    settings = worker_config(secrets=(entry,), other_bindings=others)
    cells, colors = rows(settings, [BindingState(entry, "missing", "m", "f")], supplied={"KEY", "KV", "GONE"})
    assert [row[2] for row in cells[1:]] == ["supplied by you"] * 3
    assert colors == ["good"] * 3


def test_a_service_binding_is_served_by_the_worker_itself_or_by_one_beside_it() -> None:
    services = [("SELF", "w"), ("BACK", "back"), ("GONE", "gone")]
    settings = worker_config(
        other_bindings=tuple(OtherBinding("services", name, {"service": to}) for name, to in services)
    )
    cells, colors = rows(settings, [], ["w", "back"])
    assert [row[2] for row in cells[1:]] == ["served here", "served here", "not served"]
    assert colors == ["good", "good", "fair"]
    assert not_served(settings, []) == [("BACK", "back"), ("GONE", "gone")]
