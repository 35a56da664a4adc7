"""Files that are no manifests: dotenv, JSON and exports, and the plaintext that stays behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import CANARY, STORE, Put, Sshim, Values, steps

pytestmark = pytest.mark.usefixtures("two_bindings")


def test_dotenv_goes_to_the_bindings_and_says_what_is_left_out(
    sshim: Sshim, put: Put, values: Values
) -> None:
    put(".dev.vars", f"API_KEY={CANARY}\nexport TOKEN='two\nlines'\nOTHER=x\nEMPTY=\n")
    ended = sshim("import", ".dev.vars")
    assert ended.code == 0 and values() == {"api-key": CANARY, "token": "two\nlines"}
    assert "OTHER of .dev.vars is left out: no binding has that name" in ended.err
    assert "Try: sshim secret set OTHER --bind\n" in ended.err
    assert "EMPTY of .dev.vars is left out: it is empty" in ended.err
    assert "its values stay in plain text" in ended.err


def test_a_variable_of_the_configuration_is_told_from_a_secret_that_nothing_binds(
    sshim: Sshim, put: Put, folder: Path
) -> None:
    path = folder / "wrangler.toml"
    path.write_text('vars = { GREETING = "hi" }\n' + path.read_text())
    put(".dev.vars", f"API_KEY={CANARY}\nGREETING=ho\n")
    ended = sshim("import", ".dev.vars")
    assert "GREETING of .dev.vars is left out: it is a variable of the configuration" in ended.err
    assert "secret set GREETING" not in ended.err


def test_with_a_store_each_name_is_its_own(sshim: Sshim, put: Put, values: Values) -> None:
    put(".env", f"A={CANARY}\nB=${{A}}!\n")
    assert sshim("import", ".env", "--store", STORE).code == 0
    assert values() == {"A": CANARY, "B": f"{CANARY}!"}


def test_json_is_an_object_of_names_or_an_export(
    sshim: Sshim, put: Put, folder: Path, values: Values
) -> None:
    put("some.json", json.dumps({"API_KEY": CANARY}))
    assert sshim("import", "some.json").code == 0
    sshim("export", STORE, "--reveal", "--yes", "-o", "out.json")
    sshim("store", "delete", STORE, "--force")
    assert sshim("import", "out.json").code == 0 and values() == {"api-key": CANARY}
    assert sshim("export", STORE, "--format", "yaml", "--reveal", "--yes", "-o", "out.yaml").code == 0
    assert steps(sshim("import", "out.yaml", "--json")) == [("leave", "api-key")]


def test_a_manifest_that_breaks_the_form_is_a_usage_error(sshim: Sshim, put: Put) -> None:
    put("s.yaml", "version: 1\nsecrets:\n  - binding: API_KEY\n    form: env:A\n")
    ended = sshim("import", "s.yaml")
    assert ended.code == 2 and "s.yaml:4:5: an item has no key 'form'; it has name" in ended.err


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.json", '{"A": "x",}', "x.json:1:11: this is not JSON"),
        ("x.json", '{"A": 1}', "neither an export nor an object of names and texts"),
        ("x.json", f'{{"A": "{CANARY}", "A": "y"}}', "holds a name twice"),
        ("x.json", '{"NOPE": "x"}', "no name in"),
        ("x.env", "no pairs", "holds no NAME=VALUE"),
        ("x.txt", "prose", "tells its form"),
        ("x.json", f'{{"store_id": "{STORE}", "secrets": [{{"name": "a"}}]}}', "x.json holds no values"),
    ],
)
def test_a_bad_file_is_one_message(
    sshim: Sshim, put: Put, environ: dict[str, str], name: str, text: str, said: str
) -> None:
    put(name, text)
    ended = sshim("import", name)
    assert ended.code == 1 and ended.err.count("error: ") == 1 and said in ended.err
    assert not Path(environ["SSHIM_HOME"]).exists()


def test_files_that_are_not_there_or_no_files(sshim: Sshim, folder: Path) -> None:
    ended = sshim("import", "none.yaml")
    assert ended.code == 2 and "none.yaml cannot be read: No such file" in ended.err
    ended = sshim("import", ".")
    assert ended.code == 2 and "--from-wrangler DIR" in ended.err
    assert sshim("import").code == 2
    assert sshim("import", "x", "--from-wrangler", ".").code == 2


def test_several_files_are_one_import_and_one_bad_one_stops_them_all(
    sshim: Sshim, put: Put, values: Values
) -> None:
    put("a.json", '{"API_KEY": "one"}')
    put("b.json", '{"TOKEN": ""}')
    assert sshim("import", "a.json", "b.json").code == 1 and values() == {}
    put("b.json", '{"TOKEN": "two"}')
    assert sshim("import", "a.json", "b.json").code == 0
    assert values() == {"api-key": "one", "token": "two"}


def test_standard_input_is_a_file_too(sshim: Sshim, values: Values) -> None:
    assert sshim("import", "-", stdin=f'{{"API_KEY": "{CANARY}"}}').code == 0
    assert sshim("import", "-", stdin="TOKEN=x\n").code == 0
    assert (
        sshim("import", "-", "--store", STORE, stdin="version: 1\nsecrets: [{name: a, plain: y}]").code == 0
    )
    assert values() == {"api-key": CANARY, "token": "x", "a": "y"}


def test_a_sealed_export_opens_on_another_machine(sshim: Sshim, put: Put, tmp_path: Path) -> None:
    put("pass", "correct horse\n")
    put("a.json", json.dumps({"API_KEY": CANARY}))
    sshim("import", "a.json")
    assert sshim("export", STORE, "--seal", "--passphrase-file", "pass", "-o", "x.sealed").code == 0
    other = {"SSHIM_HOME": str(tmp_path / "home2"), "XDG_DATA_HOME": str(tmp_path / "data2")}
    put("wrong", "correct house\n")
    wrong = sshim("import", "x.sealed", "--passphrase-file", "wrong", **other)
    assert wrong.code == 4 and "the passphrase does not open x.sealed" in wrong.err
    ended = sshim("import", "x.sealed", "--passphrase-file", "pass", "--json", **other)
    assert steps(ended) == [("create", "api-key")]
    shown = sshim("secret", "get", STORE, "--name", "api-key", "--json", **other)
    assert shown.json["scopes"] == ["workers"]


# -- plaintext that stays behind -----------------------------------------------------------------------------


def test_plaintext_is_removed_when_asked_to_and_only_if_all_of_it_was_imported(
    sshim: Sshim, put: Put, folder: Path
) -> None:
    put("a.json", '{"API_KEY": "one"}')
    kept = sshim("import", "a.json")
    assert f"stays in {folder}; --shred removes it" in kept.err and (folder / "a.json").exists()
    assert sshim("import", "a.json", "--shred").code == 0 and not (folder / "a.json").exists()
    put(".dev.vars", "API_KEY=two\nOTHER=x\n")
    left = sshim("import", ".dev.vars", "--shred")
    assert left.code == 0 and (folder / ".dev.vars").exists() and ".dev.vars is kept" in left.err
