"""Secrets out of dotenv and JSON text."""

from __future__ import annotations

from pathlib import Path

import pytest

from sshim.cli.import_files import is_dotenv
from sshim.errors import TransferError
from sshim.transfer.dotenv_import import MAX_BYTES, Read, from_dotenv, from_json

CANARY = "c4nary-6f1d-value"
TARGETS = {"API_KEY": ("main", "api-key")}


def dotenv(name: str, text: str, store: str | None = None) -> dict[str, str]:
    return found(from_dotenv(Path(name), text.encode(), TARGETS, store))


def found(read: Read) -> dict[str, str]:
    return {f"{each.store_id}/{each.name}": each.value.reveal() for each in read.secrets if each.value}


def test_a_file_is_read_as_wrangler_reads_one_of_its_name() -> None:
    text = "A=x\nB=$A-y # no\nC='two\nlines'\n"
    assert dotenv(".env", text, "s") == {"s/A": "x", "s/B": "x-y", "s/C": "two\nlines"}
    assert dotenv(".dev.vars", text, "s") == {"s/A": "x", "s/B": "$A-y", "s/C": "two\nlines"}


def test_a_name_is_that_of_a_binding_unless_a_store_is_given() -> None:
    read = from_dotenv(Path(".dev.vars"), b"API_KEY=x\nOTHER=y\nEMPTY=\n", TARGETS, None)
    assert found(read) == {"main/api-key": "x"} and read.secrets[0].binding == "API_KEY"
    assert read.left_out == (("OTHER", "no binding has that name"), ("EMPTY", "it is empty"))


def test_json_is_an_object_of_texts_in_any_form_of_writing() -> None:
    read = from_json(Path("a.json"), '\ufeff{"API_KEY": "ü\\n☃"}'.encode(), TARGETS, None)
    assert found(read) == {"main/api-key": "ü\n☃"}


@pytest.mark.parametrize(
    "data",
    [b"", b"[1]", b'{"API_KEY": null}', b'{"API_KEY": "\\ud800"', b"[" * 100_000, b"\xff",
     b"x" * (MAX_BYTES + 1),
     f'{{"API_KEY": "{CANARY}" "x"}}'.encode(), f'{{"{CANARY}": "{CANARY}", "{CANARY}": "y"}}'.encode()],
)  # fmt: skip
def test_what_is_no_such_json_is_refused_and_not_quoted(data: bytes) -> None:
    with pytest.raises(TransferError) as caught:
        from_json(Path("a.json"), data, TARGETS, None)
    assert CANARY not in f"{caught.value.message} {caught.value.hint} {caught.value.place}"


@pytest.mark.parametrize("text", ["", "# nothing\n", "OTHER=x\n", "A=x\n" + "B=$A$A\n" * 3])
def test_a_dotenv_file_without_a_secret_is_refused(text: str) -> None:
    with pytest.raises(TransferError):
        dotenv(".env", text)


@pytest.mark.parametrize(
    ("name", "known"),
    [(".env", True), (".env.local", True), (".dev.vars.staging", True), ("x.env", True), ("env.json", False)],
)
def test_the_name_tells_dotenv(name: str, known: bool) -> None:
    assert is_dotenv(Path(name)) is known
