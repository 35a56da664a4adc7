"""What is said of a binding that would not work, and what cures it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sshim.cli.findings import FAILING, examine, not_inherited, other_environment, unused
from sshim.config.settings import SecretBinding, WorkerConfig
from sshim.errors import Place
from sshim.model import Secret
from tests.dev.made import worker_config

HERE, THERE = "a" * 32, "b" * 32
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PATH = Path("/project/wrangler.toml")


def secret(name: str, *scopes: str, store_id: str = HERE) -> Secret:
    return Secret("1" * 32, store_id, name, "", scopes or ("workers",), "active", NOW, NOW)


def config(*bindings: SecretBinding, environment: str | None = None) -> WorkerConfig:
    return worker_config(PATH.parent, environment=environment, secrets=bindings)


KEY = SecretBinding("API_KEY", HERE, "api-key", Place(PATH, 4, 1))


def test_a_secret_that_is_there_is_found_and_says_no_more() -> None:
    (finding,) = examine(config(KEY), {HERE: [secret("api-key")]})
    assert finding.result() == {
        "config": str(PATH),
        "worker": "w",
        "environment": None,
        "binding": "API_KEY",
        "store_id": HERE,
        "secret_name": "api-key",
        "state": "found",
        "message": None,
        "fix": None,
    }


def test_a_missing_secret_comes_with_the_command_that_makes_it() -> None:
    (finding,) = examine(config(KEY), {})
    assert finding.state == "missing" and finding.state in FAILING
    assert finding.fix == f"sshim secret create {HERE} --name api-key --scopes workers"
    assert finding.place == KEY.place


def test_a_near_name_is_offered() -> None:
    (finding,) = examine(config(KEY), {HERE: [secret("api-kye")]})
    assert finding.message is not None and "did you mean 'api-kye'?" in finding.message


def test_a_secret_of_another_store_is_told_from_a_missing_one() -> None:
    (finding,) = examine(config(KEY), {THERE: [secret("api-key", store_id=THERE)], HERE: []})
    assert finding.state == "other_store" and finding.message is not None and THERE in finding.message


def test_a_secret_without_the_scope_gets_it_beside_its_own() -> None:
    (finding,) = examine(config(KEY), {HERE: [secret("api-key", "ai_gateway")]})
    assert finding.state == "out_of_scope"
    assert finding.fix == f"sshim secret update {HERE} --name api-key --scopes ai_gateway,workers"


def test_a_binding_of_the_top_level_alone_is_named_for_the_environment() -> None:
    other = SecretBinding("OTHER", HERE, "n 1")
    staging = config(KEY, environment="staging")
    (finding,) = not_inherited(staging, config(KEY, other), PATH.parent)
    assert finding.state == "not_inherited" and finding.state not in FAILING
    assert finding.environment == "staging" and finding.binding == "OTHER"
    assert finding.fix == (
        f"sshim secret set OTHER --bind --keep -e staging --store {HERE} --secret-name 'n 1'"
    )


def test_a_binding_that_only_environments_have_is_told_once() -> None:
    staging, production = (config(KEY, environment=name) for name in ("staging", "production"))
    (finding,) = other_environment(config(), [staging, production, config(environment="bare")], PATH.parent)
    assert finding.state == "other_environment" and finding.state not in FAILING
    assert finding.environment is None and finding.message is not None
    assert "only the environments staging, production have API_KEY" in finding.message
    assert finding.fix == f"sshim secret set API_KEY --bind --keep --store {HERE} --secret-name api-key"
    assert other_environment(config(KEY), [staging], PATH.parent) == []


def test_a_cure_for_another_folder_names_the_configuration() -> None:
    (finding,) = not_inherited(config(environment="bare"), config(KEY), PATH.parent.parent)
    assert finding.fix is not None and " -e bare -c project/wrangler.toml " in finding.fix


@pytest.mark.parametrize(
    ("name", "state", "said"),
    [("n" * 257, "over_limit", "257"), ("api.key", "missing", "'api.key' may hold")],
)
def test_a_name_that_no_secret_can_have_is_told(name: str, state: str, said: str) -> None:
    (finding,) = examine(config(SecretBinding("API_KEY", HERE, name, Place(PATH, 1))), {HERE: []})
    assert finding.state == state and finding.message is not None and said in finding.message
    assert finding.fix == "another secret_name in wrangler.toml"


def test_a_missing_secret_of_a_full_account_is_over_the_limit() -> None:
    full = {HERE: [secret(f"n{number}") for number in range(100)]}
    (finding,) = examine(config(KEY), full)
    assert finding.state == "over_limit" and finding.state in FAILING
    assert finding.message is not None and "limit of 100 secrets" in finding.message
    (roomy,) = examine(config(KEY), full, limit=101)
    assert roomy.state == "missing"


def test_what_nothing_uses_is_told_without_a_command_that_deletes_it() -> None:
    held = {HERE: [secret("api-key"), secret("old")], THERE: [secret("api-key", store_id=THERE)]}
    first, second = unused(held, [(HERE, "api-key")])
    assert "'old'" in first.message and first.hint is None and "delete" not in first.message
    assert THERE in second.message


def test_many_that_nothing_uses_are_one_warning() -> None:
    (found,) = unused({HERE: [secret(f"n{number}") for number in range(9)]}, [(HERE, "n0")])
    assert "the secrets 'n1', 'n2', 'n3', 'n4', 'n5' and 3 more of store" in found.message
