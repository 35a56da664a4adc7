"""What an export looks like, and that every form reads back to what went in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sshim.config.dotenv import parse
from sshim.errors import TransferError
from sshim.model import Secret, SecretValue
from sshim.transfer import seed
from sshim.transfer.export import Exported, render

STORE = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 1, 1, tzinfo=UTC)

legal = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=60)
quoting = st.text("\"'`\\#$ \n\rnr=ab\u2028\u00a0{}", min_size=1, max_size=12)
names = st.text("abcXYZ019_-", min_size=1, max_size=8)
held = st.dictionaries(names, legal | quoting, max_size=6)


def exported(values: dict[str, str] | dict[str, None]) -> list[Exported]:
    return [
        Exported(
            Secret("0" * 32, STORE, name, "what: 'it' is", ("ai_gateway", "workers"), "active", NOW, NOW),
            None if value is None else SecretValue(value),
        )
        for name, value in values.items()
    ]


@given(held)
def test_json_reads_back(values: dict[str, str]) -> None:
    read = json.loads(render(STORE, exported(values), "json"))
    assert {each["name"]: each["value"] for each in read["secrets"]} == values and read["store_id"] == STORE


@given(held)
def test_a_manifest_reads_back(values: dict[str, str]) -> None:
    read = yaml.safe_load(render(STORE, exported(values), "yaml"))
    assert read["version"] == 1
    assert {each["name"]: each["plain"] for each in read["secrets"]} == values
    for each in read["secrets"]:
        assert each["store"] == STORE and each["scopes"] == ["ai_gateway", "workers"]
        assert each["comment"] == "what: 'it' is" and "from" not in each


@given(held)
def test_a_manifest_is_one_for_import_too(values: dict[str, str]) -> None:
    items = seed.parse(Path("x"), render(STORE, exported(values), "yaml").encode())
    assert {each.name: each.plain for each in items} == values
    assert all((each.store, each.scopes) == (STORE, ("ai_gateway", "workers")) for each in items)
    (asks,) = seed.parse(Path("x"), render(STORE, exported({"KEY": None}), "yaml").encode())
    assert asks.reference is not None and asks.reference.kind == "prompt"


@given(held)
def test_dotenv_reads_back_or_is_refused_by_name(values: dict[str, str]) -> None:
    try:
        text = render(STORE, exported(values), "dotenv")
    except TransferError as error:
        assert any(name in error.message for name in values)
        return
    assert parse(text) == values


@given(legal.filter(lambda value: not {'"', "'", "`"} <= set(value) and "\r" not in value))
def test_dotenv_holds_every_value_but_those_with_all_kinds_of_quotes_or_a_carriage_return(value: str) -> None:
    assert parse(render(STORE, exported({"KEY": value}), "dotenv")) == {"KEY": value}


@pytest.mark.parametrize(
    "value", ["\r", "a\r\nb", "'\"`", 'it\'s "so" `here`', "a\\nb", "\\", "'\\", "# no", " x "]
)
def test_dotenv_holds_values_that_are_hard_to_write(value: str) -> None:
    assert parse(render(STORE, exported({"KEY": value, "NEXT": "'1\""}), "dotenv")) == {
        "KEY": value,
        "NEXT": "'1\"",
    }


def test_dotenv_says_which_value_it_cannot_hold_and_shows_none() -> None:
    with pytest.raises(TransferError) as caught:
        render(STORE, exported({"GOOD": "x", "BAD": "'\"`\n\\n#unspeakable"}), "dotenv")
    assert "BAD" in caught.value.message and "GOOD" not in caught.value.message
    assert "unspeakable" not in caught.value.message and "--format json" in (caught.value.hint or "")


def test_dotenv_does_not_lose_the_one_name_that_its_reader_drops() -> None:
    with pytest.raises(TransferError, match="__proto__"):
        render(STORE, exported({"__proto__": "x"}), "dotenv")


def test_without_values_a_manifest_asks_for_them() -> None:
    read = yaml.safe_load(render(STORE, exported({"KEY": None}), "yaml"))
    assert read["secrets"][0]["from"] == "prompt:" and "plain" not in read["secrets"][0]
    assert render(STORE, exported({"KEY": None}), "dotenv") == "# KEY=\n"
    assert "value" not in json.loads(render(STORE, exported({"KEY": None}), "json"))["secrets"][0]


def test_an_empty_store_is_an_empty_list_in_every_form() -> None:
    assert json.loads(render(STORE, [], "json")) == {"store_id": STORE, "secrets": []}
    assert yaml.safe_load(render(STORE, [], "yaml")) == {"version": 1, "secrets": []}
    assert render(STORE, [], "dotenv") == ""
