"""Secrets of a test, seeded and read without any Worker."""

from __future__ import annotations

import asyncio
import time

import pytest

from sshim.config.settings import SecretBinding
from sshim.errors import (
    InvalidName,
    InvalidValue,
    NotSeeded,
    SecretNotFound,
    SshimError,
    UnknownBinding,
    ValueTooLong,
)
from sshim.testing.secrets import Secrets

STORE = "8f7a1cdced6342c18d223ece462fd88d"
OTHER = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def secrets() -> Secrets:
    bindings = (SecretBinding("API_KEY", STORE, "api-key"), SecretBinding("DB", OTHER, "db-password"))
    return Secrets(bindings, where="wrangler.toml")


async def read(secrets: Secrets, store: str = STORE, name: str = "api-key", binding: str = "API_KEY") -> str:
    return (await secrets.read(store, name, "workers", binding=binding)).reveal()


async def test_a_seeded_value_is_read_and_the_next_one_after_it(secrets: Secrets) -> None:
    secrets["API_KEY"] = "first"
    assert await read(secrets) == "first"
    secrets["API_KEY"] = "second"
    assert await read(secrets) == "second"
    assert secrets.reads == ["API_KEY", "API_KEY"]


async def test_a_value_can_be_seeded_by_store_and_name(secrets: Secrets) -> None:
    secrets.store(OTHER)["db-password"] = "by-name"
    assert secrets["DB"] == "by-name"
    assert await read(secrets, OTHER, "db-password", "DB") == "by-name"
    assert dict(secrets.store(OTHER)) == {"db-password": "by-name"}
    assert "API_KEY" not in secrets and list(secrets) == ["DB"] and len(secrets) == 1


async def test_a_secret_that_is_not_seeded_is_missing_as_in_production(secrets: Secrets) -> None:
    secrets.store(STORE)["api_key"] = "near"
    with pytest.raises(SecretNotFound) as caught:
        await read(secrets)
    assert caught.value.near == ("api_key",)
    assert caught.value.hint == 'secrets["API_KEY"] = "…"'


@pytest.mark.parametrize("take_away", ["del", "missing", "pop"])
async def test_a_secret_can_go_missing(secrets: Secrets, take_away: str) -> None:
    secrets["API_KEY"] = "value"
    if take_away == "del":
        del secrets["API_KEY"]
    elif take_away == "pop":
        assert secrets.pop("API_KEY") == "value"
    else:
        secrets.missing("API_KEY")
    with pytest.raises(SecretNotFound):
        await read(secrets)
    assert secrets.violations() == []
    with pytest.raises(NotSeeded, match="no value is seeded for 'API_KEY'"):
        secrets["API_KEY"]
    with pytest.raises(NotSeeded):
        del secrets["API_KEY"]


def test_an_unknown_binding_is_refused_with_near_names(secrets: Secrets) -> None:
    with pytest.raises(UnknownBinding) as caught:
        secrets["API_KYE"] = "x"
    assert str(caught.value) == (
        "wrangler.toml has no Secrets Store binding 'API_KYE' (did you mean 'API_KEY'?); "
        "its bindings are API_KEY, DB"
    )
    assert secrets.get("NOPE") is None and "NOPE" not in secrets
    assert isinstance(caught.value, KeyError)
    empty = Secrets(where="w.toml")
    with pytest.raises(UnknownBinding, match="it has no secrets_store_secrets"):
        empty["A"]


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (5, InvalidValue),
        (b"x", InvalidValue),
        ("", InvalidValue),
        ("a\0", InvalidValue),
        ("x" * 65_537, ValueTooLong),
    ],
)
def test_values_keep_productions_rules(secrets: Secrets, value: str, error: type[SshimError]) -> None:
    with pytest.raises(error):
        secrets["API_KEY"] = value
    assert "API_KEY" not in secrets


def test_names_keep_productions_rules(secrets: Secrets) -> None:
    with pytest.raises(InvalidName):
        secrets.store(STORE)["no blanks"] = "x"


async def test_a_read_fails_as_often_as_the_test_says(secrets: Secrets) -> None:
    secrets["API_KEY"] = "value"
    secrets.fail("API_KEY", "upstream is away", times=2)
    for _ in range(2):
        with pytest.raises(SshimError, match="upstream is away"):
            await read(secrets)
    assert await read(secrets) == "value"
    secrets.fail("API_KEY", OSError("broken"))
    for _ in range(3):
        with pytest.raises(OSError, match="broken"):
            await read(secrets)
    secrets.recover("API_KEY")
    assert await read(secrets) == "value"


async def test_a_read_takes_as_long_as_the_test_says(secrets: Secrets) -> None:
    secrets["API_KEY"] = "value"
    secrets.delay("API_KEY", 0.05)
    started = time.perf_counter()
    assert await read(secrets) == "value"
    assert time.perf_counter() - started >= 0.049
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(read(secrets), 0.001)
    secrets.recover("API_KEY")
    assert await asyncio.wait_for(read(secrets), 30) == "value"


async def test_strict_names_what_was_not_seeded_and_what_was_not_read(secrets: Secrets) -> None:
    secrets["DB"] = "never"
    secrets.store(STORE)["api_key"] = "misspelt"
    with pytest.raises(SecretNotFound):
        await read(secrets)
    assert secrets.violations() == [
        f"env.API_KEY was read, but this test seeds no secret 'api-key' in store {STORE} "
        "(did you mean 'api_key'?)",
        "the value seeded for DB was never read",
        f"the value seeded for 'api_key' in store {STORE} was never read: no binding of wrangler.toml "
        "names it (did you mean 'api-key'?)",
    ]


async def test_strict_is_content_when_each_seed_is_read(secrets: Secrets) -> None:
    secrets["API_KEY"] = "value"
    assert await read(secrets) == "value"
    assert secrets.violations() == []


def test_values_do_not_show(secrets: Secrets) -> None:
    secrets["API_KEY"] = "sk-very-secret"
    assert repr(secrets) == "Secrets(API_KEY=***)"
    assert "sk-very-secret" not in repr(secrets.store(STORE))


def test_every_value_that_is_seeded_is_heard() -> None:
    heard: list[str] = []
    secrets = Secrets((SecretBinding("A", STORE, "a"),), on_value=heard.append)
    secrets["A"] = "one"
    secrets.store(STORE)["b"] = "two"
    assert heard == ["one", "two"]
