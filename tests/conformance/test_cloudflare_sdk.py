"""The official `cloudflare` SDK, unmodified, against `sshim serve`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sshim.model import ACCOUNT_ID
from tests.api.program import Program, beside, make_token, serving

if os.environ.get("CI") == "true":
    import cloudflare
else:
    cloudflare = pytest.importorskip("cloudflare", reason="the official SDK is not installed")
UNKNOWN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with serving(tmp_path, "--quiet") as running:
        yield running


@pytest.fixture
def client(program: Program) -> Iterator[Any]:
    token = make_token(program.home)
    with cloudflare.Cloudflare(api_token=token, base_url=program.url, max_retries=0) as made:
        yield made


def new(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "value": f"value of {name}", "scopes": ["workers"], **more}


class Account:
    """The SDK's calls with the account id filled in."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.stores = client.secrets_store.stores
        self.secrets = client.secrets_store.stores.secrets

    def store(self, name: str = "main") -> str:
        return str(self.stores.create(account_id=ACCOUNT_ID, name=name).id)

    def create(self, store: str, *entries: dict[str, Any]) -> list[Any]:
        return list(self.secrets.create(store, account_id=ACCOUNT_ID, body=list(entries)))

    def list(self, store: str, **query: Any) -> list[Any]:
        return list(self.secrets.list(store, account_id=ACCOUNT_ID, **query))


@pytest.fixture
def account(client: Any) -> Account:
    return Account(client)


class TestSdk:
    """`cloudflare`, every call that touches what is served."""

    def test_stores(self, account: Account) -> None:
        made = account.stores.create(account_id=ACCOUNT_ID, name="main")
        assert made.account_id == ACCOUNT_ID and isinstance(made.created, datetime)
        assert [store.id for store in account.stores.list(account_id=ACCOUNT_ID)] == [made.id]
        ordered = account.stores.list(
            account_id=ACCOUNT_ID, order="created", direction="desc", page=1, per_page=5
        )
        assert [store.name for store in ordered] == ["main"]
        assert account.stores.get(made.id, account_id=ACCOUNT_ID).name == "main"
        assert account.stores.delete(made.id, account_id=ACCOUNT_ID) is None
        assert list(account.stores.list(account_id=ACCOUNT_ID)) == []

    def test_secrets_are_created_fetched_changed_and_deleted(self, account: Account) -> None:
        store = account.store()
        one, two = account.create(store, new("ONE", comment="first"), new("TWO", scopes=["dex", "access"]))
        assert (one.name, one.comment, one.store_id, one.status) == ("ONE", "first", store, "pending")
        assert account.secrets.get(two.id, account_id=ACCOUNT_ID, store_id=store).scopes == ["access", "dex"]
        edited = account.secrets.edit(
            one.id, account_id=ACCOUNT_ID, store_id=store, value="new", comment="changed", scopes=["workers"]
        )
        assert edited.comment == "changed" and edited.modified > one.modified
        same = account.secrets.edit(one.id, account_id=ACCOUNT_ID, store_id=store)
        assert same.modified == edited.modified
        copy = account.secrets.duplicate(
            one.id, account_id=ACCOUNT_ID, store_id=store, name="COPY", scopes=["workers"], comment="copied"
        )
        assert copy.id != one.id and copy.comment == "copied"
        assert account.secrets.delete(one.id, account_id=ACCOUNT_ID, store_id=store) is None
        with pytest.raises(cloudflare.NotFoundError) as gone:
            account.secrets.get(one.id, account_id=ACCOUNT_ID, store_id=store)
        assert gone.value.errors[0].code == 1001 and gone.value.errors[0].message == "secret_not_found"
        quota = account.client.secrets_store.quota.get(account_id=ACCOUNT_ID)
        assert (quota.secrets.quota, quota.secrets.usage) == (100, 2)

    def test_auto_paging_finds_every_secret_once_and_ends(self, account: Account) -> None:
        store = account.store()
        names = [f"S_{number:03}" for number in range(100)]
        account.create(store, *map(new, names))
        assert [secret.name for secret in account.list(store)] == names
        assert [secret.name for secret in account.list(store, per_page=7, direction="desc")] == names[::-1]

    def test_search_and_scopes_filter(self, account: Account) -> None:
        store = account.store()
        account.create(
            store, new("A", scopes=["workers", "ai_gateway"]), new("B", comment="holds an a"), new("C")
        )
        assert [secret.name for secret in account.list(store, search="a")] == ["A", "B"]
        both = account.list(store, scopes=["workers", "ai_gateway"])
        assert [secret.name for secret in both] == ["A"]

    def test_a_bulk_delete_needs_a_body(self, account: Account) -> None:
        store = account.store()
        made = account.create(store, new("A"), new("B"), new("C"))
        with pytest.raises(cloudflare.BadRequestError) as refused:
            account.secrets.bulk_delete(store, account_id=ACCOUNT_ID)
        assert refused.value.errors[0].message == "invalid_json_body"
        assert len(account.list(store)) == 3
        ids = [made[0].id, made[1].id]
        assert account.secrets.bulk_delete(store, account_id=ACCOUNT_ID, extra_body={"ids": ids}) is None
        assert [secret.name for secret in account.list(store)] == ["C"]

    def test_refusals_arrive_as_the_exceptions_of_the_sdk(self, account: Account) -> None:
        store = account.store()
        account.create(store, new("A"))
        with pytest.raises(cloudflare.BadRequestError, match="secret_name_already_exists: A"):
            account.create(store, new("A"))
        with pytest.raises(cloudflare.BadRequestError, match="maximum_stores_exceeded"):
            account.store("second")
        with pytest.raises(cloudflare.NotFoundError, match="store_not_found"):
            account.create(UNKNOWN, new("A"))
        with pytest.raises(cloudflare.BadRequestError, match="secret_value_too_long"):
            account.create(store, new("B", value="x" * 65_537))
        with pytest.raises(cloudflare.BadRequestError, match="secret_scope_invalid"):
            account.create(store, new("B", scopes=["worker"]))

    def test_a_conflict_is_retried_and_force_ends_it(self, account: Account, program: Program) -> None:
        store = account.store()
        account.create(store, new("A"))
        patient = account.client.with_options(max_retries=2)
        with pytest.raises(cloudflare.ConflictError, match="store_not_empty"):
            patient.secrets_store.stores.delete(store, account_id=ACCOUNT_ID)
        assert len(beside(program.home, lambda control: control.audit(action="delete", result=False))) == 3
        account.stores.delete(store, account_id=ACCOUNT_ID, force=True)
        assert list(account.stores.list(account_id=ACCOUNT_ID)) == []

    def test_credentials(self, program: Program, client: Any) -> None:
        verified = client.user.tokens.verify()
        assert verified.status == "active" and len(verified.id) == 32
        assert client.user.get().id
        assert [each.id for each in client.accounts.list()] == [ACCOUNT_ID]
        assert client.accounts.get(account_id=ACCOUNT_ID).name
        (membership,) = client.memberships.list()
        assert membership.status == "accepted" and membership.account.id == ACCOUNT_ID
        key = beside(program.home, lambda control: control.create_global_key("dev@example.com")[1].reveal())
        by_key = cloudflare.Cloudflare(
            api_email="dev@example.com", api_key=key, base_url=program.url, max_retries=0
        )
        with by_key:
            assert by_key.user.get().email == "dev@example.com"
        nobody = cloudflare.Cloudflare(api_token="A" * 40, base_url=program.url, max_retries=0)
        with nobody, pytest.raises(cloudflare.AuthenticationError) as unknown:
            list(nobody.secrets_store.stores.list(account_id=ACCOUNT_ID))
        assert unknown.value.errors[0].code == 10000

    def test_a_reporter_may_look_and_not_touch(self, program: Program, account: Account) -> None:
        store = account.store()
        token = make_token(program.home, "reporter")
        with cloudflare.Cloudflare(api_token=token, base_url=program.url, max_retries=0) as made:
            reporter = Account(made)
            assert [each.id for each in reporter.stores.list(account_id=ACCOUNT_ID)] == [store]
            with pytest.raises(cloudflare.PermissionDeniedError):
                reporter.create(store, new("A"))
            with pytest.raises(cloudflare.PermissionDeniedError):
                reporter.stores.list(account_id="f" * 32)

    def test_audit_logs_of_both_versions(self, account: Account) -> None:
        store = account.store()
        (one,) = account.create(store, new("A"))
        account.secrets.edit(one.id, account_id=ACCOUNT_ID, store_id=store, value="changed")
        first = list(account.client.audit_logs.list(account_id=ACCOUNT_ID, per_page=2))
        changed = next(each for each in first if each.action.type == "update")
        assert changed.action.result is True and changed.metadata["value_modified"] is True
        filtered = account.client.audit_logs.list(account_id=ACCOUNT_ID, action={"type": "create"})
        assert {each.action.type for each in filtered} == {"create"}
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        span = {"account_id": ACCOUNT_ID, "since": date(2025, 1, 1), "before": tomorrow}
        logs = account.client.accounts.logs.audit
        second = list(logs.list(**span, limit=2))
        assert [each.id for each in second] == [each.id for each in first]
        assert second[0].resource.product == "secrets_store"
        others = list(logs.list(**span, action_type={"not": ["create"]}))
        assert {each.action.type for each in others} == {"update"}
