"""The life of a secret at the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sshim.control.stores import Stores
from sshim.errors import StoreNotFound
from sshim.model import Store
from tests.cli.conftest import CANARY, STORE, Ended, Sshim

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
KEYS = ["id", "store_id", "name", "comment", "scopes", "status", "created", "modified"]


def test_create_prints_the_apis_object(made: Ended) -> None:
    assert made.code == 0, made.err
    assert list(made.json) == KEYS
    assert re.fullmatch("[0-9a-f]{32}", made.json["id"])
    assert made.json["store_id"] == STORE
    assert (made.json["name"], made.json["comment"]) == ("api-key", "mine")
    assert made.json["scopes"] == ["ai_gateway", "workers"]
    assert TIME.fullmatch(made.json["created"]) and TIME.fullmatch(made.json["modified"])


def test_first_use_says_where_store_and_key_are(made: Ended, environ: dict[str, str]) -> None:
    assert environ["SSHIM_HOME"] in made.err
    assert "key" in made.err.splitlines()[0]
    assert f"created store {STORE}" in made.err
    assert "created secret api-key" in made.err


def test_the_second_use_says_no_more_of_it(sshim: Sshim, made: Ended) -> None:
    ended = sshim("secret", "create", STORE, "--name", "two", "--scopes", "workers", stdin=CANARY)
    assert ended.err == f"created secret two in store {STORE}\n"
    assert ended.out.splitlines()[2] == "name      two"


def test_a_store_that_another_process_makes_meanwhile_is_used(
    sshim: Sshim, monkeypatch: pytest.MonkeyPatch
) -> None:
    get = Stores.get_store

    def late(control: Stores, store_id: str) -> Store:
        monkeypatch.setattr(Stores, "get_store", get)
        theirs = sshim("secret", "create", STORE, "--name", "theirs", "--scopes", "workers", stdin="x")
        assert theirs.code == 0
        raise StoreNotFound(store_id)

    monkeypatch.setattr(Stores, "get_store", late)
    ended = sshim("secret", "create", STORE, "--name", "ours", "--scopes", "workers", stdin="x")
    assert ended.code == 0, ended.err
    assert [each["name"] for each in sshim("secret", "list", STORE, "--json").json] == ["ours", "theirs"]


@pytest.mark.usefixtures("made")
def test_a_second_store_has_a_name_of_its_own(sshim: Sshim) -> None:
    for store_id in ("zzz", "yyy"):
        assert sshim("secret", "create", store_id, "--name", "a", "--scopes", "workers", stdin="x").code == 0
    names = [each["name"] for each in sshim("store", "list", "--json").json]
    assert sorted(names) == [f"default_secrets_store{end}" for end in ("", "_2", "_3")]


@pytest.mark.usefixtures("made")
def test_a_name_that_is_taken_is_exit_5_with_the_update_command(sshim: Sshim) -> None:
    ended = sshim("secret", "create", STORE, "--name", "api-key", "--scopes", "workers", stdin="x")
    assert ended.code == 5
    assert f"Try: sshim secret update {STORE} --name api-key" in ended.err


@pytest.mark.usefixtures("made")
def test_a_taken_name_is_told_before_anybody_is_asked_for_a_value(sshim: Sshim) -> None:
    ended = sshim("secret", "create", STORE, "--name", "api-key", "--scopes", "workers", stdin="")
    assert ended.code == 5


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--name", "a b", "--scopes", "workers"], "secret name 'a b'"),
        (["--name", "", "--scopes", "workers"], "must not be empty"),
        (["--name", "n", "--scopes", "worker"], "unknown scope 'worker'"),
        (["--name", "n", "--scopes", ","], "at least one scope"),
    ],
)
def test_bad_names_and_scopes_are_refused_before_anything_is_made(
    sshim: Sshim, environ: dict[str, str], flags: list[str], said: str
) -> None:
    ended = sshim("secret", "create", STORE, *flags, stdin="x")
    assert ended.code == 2 and said in ended.err
    assert not Path(environ["SSHIM_HOME"]).exists()


@pytest.mark.parametrize(
    ("value", "said"),
    [("x" * 65_537, "more bytes than the limit"), ("", "no value came in"), ("a\0b", "NUL")],
)
def test_bad_values_are_refused_and_leave_no_store(sshim: Sshim, value: str, said: str) -> None:
    ended = sshim("secret", "create", STORE, "--name", "n", "--scopes", "workers", stdin=value)
    assert ended.code == 2 and said in ended.err
    assert sshim("store", "list", "--json").json == []


def test_a_missing_store_id_is_said(sshim: Sshim) -> None:
    ended = sshim("secret", "list")
    assert ended.code == 2 and "STORE_ID is missing" in ended.err


@pytest.mark.usefixtures("made")
def test_list_shows_a_table_and_json_the_array(sshim: Sshim) -> None:
    sshim("secret", "create", STORE, "--name", "b", "--scopes", "workers", stdin="x")
    lines = sshim("secret", "list", STORE).out.splitlines()
    assert lines[0].split() == ["NAME", "ID", "SCOPES", "STATUS", "MODIFIED", "(UTC)", "COMMENT"]
    assert [line.split()[0] for line in lines[1:]] == ["api-key", "b"]
    assert "ai_gateway,workers" in lines[1] and lines[1].endswith("mine")
    listed = sshim("secret", "list", STORE, "--json").json
    assert [list(each) for each in listed] == [KEYS, KEYS]


@pytest.mark.usefixtures("made")
def test_list_can_be_searched_filtered_ordered_and_paged(sshim: Sshim) -> None:
    for name in ("b", "c"):
        sshim("secret", "create", STORE, "--name", name, "--scopes", "workers", stdin="x")

    def names(*flags: str) -> list[str]:
        return [each["name"] for each in sshim("secret", "list", STORE, "--json", *flags).json]

    assert names("--search", "MINE") == ["api-key"]
    assert names("--scopes", "ai_gateway") == ["api-key"]
    assert names("--direction", "desc") == ["c", "b", "api-key"]
    assert names("--page", "2", "--per-page", "2") == ["c"]
    assert names("--page", "9") == []
    assert sshim("secret", "list", STORE, "--scopes", "nope").code == 2


def test_an_empty_list_is_no_error(sshim: Sshim) -> None:
    store = sshim("store", "create", "s", "--json").json["id"]
    ended = sshim("secret", "list", store)
    assert (ended.code, ended.out) == (0, "") and "no secrets" in ended.err
    assert sshim("secret", "list", store, "--json").json == []


def test_an_unknown_store_is_exit_3(sshim: Sshim) -> None:
    ended = sshim("secret", "list", STORE)
    assert (
        ended.code == 3
        and f"there is no store '{STORE}'" in ended.err
        and "Try: sshim store list" in ended.err
    )


def test_get_takes_name_or_id_and_shows_no_value(sshim: Sshim, made: Ended) -> None:
    by_name = sshim("secret", "get", STORE, "--name", "api-key", "--json").json
    by_id = sshim("secret", "get", STORE, "--secret-id", made.json["id"], "--json").json
    assert by_name == by_id and list(by_name) == KEYS
    assert "scopes    ai_gateway, workers" in sshim("secret", "get", STORE, "--name", "api-key").out


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ([], 2),
        (["--name", "a", "--secret-id", "b"], 2),
        (["--secret-id", "f" * 32], 3),
        (["--name", "api-kye"], 3),
    ],
)
@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("verb", ["get", "delete", "update"])
def test_a_secret_that_is_not_named_well_is_told(
    sshim: Sshim, verb: str, flags: list[str], code: int
) -> None:
    ended = sshim("secret", verb, STORE, *flags, stdin="x")
    assert ended.code == code
    if "api-kye" in flags:
        assert "did you mean 'api-key'?" in ended.err


def test_another_folder_holds_another_store(sshim: Sshim, made: Ended, folder: Path) -> None:
    ended = sshim("secret", "list", STORE, "--persist-to", "elsewhere")
    assert ended.code == 3
    create = ["secret", "create", STORE, "--name", "n", "--scopes", "workers", "--persist-to", "elsewhere"]
    assert sshim(*create, stdin="x").code == 0
    assert (folder / "elsewhere").is_dir()
    assert sshim("secret", "get", STORE, "--name", "n").code == 3


@pytest.mark.usefixtures("made")
def test_remarks_of_others_are_escaped_in_tables(sshim: Sshim) -> None:
    sshim("secret", "update", STORE, "--name", "api-key", "--comment", "\x1b]0;forged\x07")
    assert "\x1b" not in sshim("secret", "list", STORE).out
    assert sshim("secret", "get", STORE, "--name", "api-key", "--json").json["comment"] == "\x1b]0;forged\x07"


def test_from_outside_the_value_is_in_no_output_and_no_file(
    program: Sshim, tmp_path: Path, environ: dict[str, str]
) -> None:
    create = ["secret", "create", STORE, "--name", "api-key", "--scopes", "workers"]
    assert program(*create, stdin=CANARY).code == 0
    assert program("secret", "update", STORE, "--name", "api-key", stdin=f"{CANARY}!").code == 0
    assert (
        program("secret", "duplicate", STORE, "--from", "api-key", "--name", "b", "--scopes", "dex").code == 0
    )
    assert program(*create, stdin=CANARY).code == 5
    assert program("secret", "list", STORE, "--json").json[0]["name"] == "api-key"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.is_relative_to(environ["SSHIM_HOME"]) for path in files)
    assert not [path for path in files if CANARY.encode() in path.read_bytes()]


def test_an_encoding_without_the_letters_gets_escapes(program: Sshim) -> None:
    create = ["secret", "create", STORE, "--name", "n", "--scopes", "workers", "--comment", "Schlüssel"]
    assert program(*create, stdin="x").code == 0
    ended = program("secret", "list", STORE, env={"PYTHONIOENCODING": "ascii"})
    assert ended.code == 0 and "Schl\\xfcssel" in ended.out


@pytest.mark.usefixtures("made")
def test_a_text_that_is_not_utf8_is_refused_and_nothing_is_changed(sshim: Sshim) -> None:
    before = sshim("secret", "list", STORE, "--json").json
    for words in (
        ["secret", "update", STORE, "--name", "api-key", "--comment", "caf\udce9"],
        ["secret", "create", STORE, "--name", "b", "--scopes", "workers", "--comment", "caf\udce9"],
        ["token", "create", "--role", "admin", "--name", "caf\udce9"],
    ):
        ended = sshim(*words, stdin="x")
        assert ended.code == 2 and "not UTF-8" in ended.err
    assert sshim("secret", "list", STORE, "--json").json == before
    assert sshim("token", "list", "--json").json == []
