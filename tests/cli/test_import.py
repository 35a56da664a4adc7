"""`sshim import FILE…`: from each kind of file, planned first, all of it or nothing."""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import BINDS_TWO, CANARY, STORE, Put, Sshim, Typed, Values, steps

pytestmark = pytest.mark.usefixtures("two_bindings")
MANIFEST = """\
version: 1
secrets:
  - binding: API_KEY
    from: env:MY_KEY
  - name: signing-key
    scopes: [ai_gateway, workers]
    comment: signs
    from: generate:hex32
  - name: greeting
    plain: hello
"""


# -- seed manifests ------------------------------------------------------------------------------------------


def test_a_manifest_is_planned_imported_and_idempotent(sshim: Sshim, put: Put, values: Values) -> None:
    put("secrets.seed.yaml", MANIFEST)
    first = sshim("import", "secrets.seed.yaml", "--json", MY_KEY=CANARY)
    assert first.code == 0, first.err
    assert f"+ create api-key in store {STORE}, env:MY_KEY" in first.err
    assert steps(first) == [("create", "api-key"), ("create", "signing-key"), ("create", "greeting")]
    assert first.json["applied"] is True
    before = values()
    assert before["api-key"] == CANARY and len(before["signing-key"]) == 64 and before["greeting"] == "hello"
    (listed,) = [each for each in sshim("secret", "list", STORE, "--json").json if each["comment"]]
    assert (listed["name"], listed["scopes"]) == ("signing-key", ["ai_gateway", "workers"])
    again = sshim("import", "secrets.seed.yaml", "--json", MY_KEY=CANARY)
    assert {step for step, _ in steps(again)} == {"leave"} and values() == before


def test_what_has_changed_is_updated_and_the_rest_is_left(sshim: Sshim, put: Put, values: Values) -> None:
    put("s.yaml", MANIFEST)
    sshim("import", "s.yaml", MY_KEY=CANARY)
    put("s.yaml", MANIFEST.replace("comment: signs", "comment: signs sessions"))
    ended = sshim("import", "s.yaml", "--json", MY_KEY="another value")
    assert steps(ended) == [("update", "api-key"), ("update", "signing-key"), ("leave", "greeting")]
    assert [each["changed"] for each in ended.json["secrets"]] == [["value"], ["comment"], []]
    assert values()["api-key"] == "another value"


def test_a_dry_run_shows_the_plan_and_makes_no_store(sshim: Sshim, put: Put, environ: dict[str, str]) -> None:
    put("s.yaml", MANIFEST)
    ended = sshim("import", "s.yaml", "--dry-run", "--json", MY_KEY=CANARY)
    assert ended.code == 0 and ended.json["applied"] is False and "nothing was changed" in ended.err
    assert not Path(environ["SSHIM_HOME"]).exists()


def test_the_environment_says_which_secret_a_binding_means(sshim: Sshim, put: Put, values: Values) -> None:
    put("s.yaml", "version: 1\nsecrets:\n  - {binding: API_KEY, from: env:MY_KEY}\n")
    assert sshim("import", "s.yaml", "-e", "staging", MY_KEY=CANARY).code == 0
    assert values() == {"staging-key": CANARY}


def test_a_binding_is_that_of_the_configuration_beside_the_file(
    sshim: Sshim, put: Put, folder: Path, values: Values
) -> None:
    (folder / "other").mkdir()
    put("other/wrangler.toml", BINDS_TWO.replace('"api-key"', '"of-the-other"'))
    put("other/s.yaml", "version: 1\nsecrets:\n  - {binding: API_KEY, plain: x}\n")
    put("other/.dev.vars", "TOKEN=y\n")
    assert sshim("import", "other/s.yaml", "other/.dev.vars").code == 0
    assert values() == {"of-the-other": "x", "token": "y"}
    assert sshim("import", "other/s.yaml", "-c", "wrangler.toml").code == 0
    assert values() == {"of-the-other": "x", "token": "y", "api-key": "x"}
    put("other/wrangler.toml", "name = [")
    assert sshim("import", "other/s.yaml").code == 2


def test_a_file_away_from_any_configuration_means_the_one_at_hand(
    sshim: Sshim, put: Put, tmp_path: Path, values: Values
) -> None:
    (tmp_path / "s.yaml").write_text("version: 1\nsecrets:\n  - {binding: API_KEY, plain: x}\n")
    assert sshim("import", "../s.yaml").code == 0 and values() == {"api-key": "x"}


def test_a_manifest_without_bindings_needs_no_configuration(sshim: Sshim, put: Put, folder: Path) -> None:
    (folder / "wrangler.toml").unlink()
    put("s.yaml", f"version: 1\nsecrets:\n  - {{name: a, store: {STORE}, plain: x}}\n")
    assert sshim("import", "s.yaml").code == 0
    put("s.yaml", "version: 1\nsecrets:\n  - {binding: API_KEY, plain: x}\n")
    ended = sshim("import", "s.yaml")
    assert ended.code == 2 and "there is no wrangler configuration" in ended.err


def test_every_value_that_cannot_be_had_is_told_and_nothing_changes(
    sshim: Sshim, put: Put, environ: dict[str, str], values: Values
) -> None:
    put("s.yaml", MANIFEST.replace("plain: hello", "from: op://Team/item/field"))
    ended = sshim("import", "s.yaml", PATH="/nowhere")
    assert ended.code == 1 and ended.err.count("error: s.yaml:") == 2
    assert "s.yaml:3:5: secret 'api-key': the variable MY_KEY is not set" in ended.err
    assert "s.yaml:9:5: secret 'greeting': the program op is not there" in ended.err
    assert not Path(environ["SSHIM_HOME"]).exists()


BAD = {
    "version: 1\nsecrets:\n  - name: [a\n": "s.yaml:",
    "version: 2\nsecrets: []\n": "begins with version: 1",
    f"version: 1\nsecrets:\n  - {{name: a, store: main, value: {CANARY}}}\n": "needs the word plain",
    f"version: 1\nsecrets:\n  - {{name: a, store: main, from: {CANARY}}}\n": "this is no reference",
    "version: 1\nsecrets:\n  - {name: a, store: main, from: evn:KEY}\n": "did you mean env:?",
    "version: 1\nsecrets:\n  - {name: a, store: main, plain: x}\n  - {name: b/c, store: main, plain: y}\n":
        "s.yaml:4:5: secret name 'b/c'",
    "version: 1\nsecrets:\n  - {name: a, store: '../x', plain: x}\n": "s.yaml:3:5:",
    f"version: 1\nsecrets:\n  - {{name: a, store: main, plain: {'x' * 65_537}}}\n": "65,537 bytes",
    "version: 1\nsecrets:\n  - {binding: API_KAY, plain: x}\n": "did you mean 'API_KEY'?",
    "version: 1\nsecrets:\n  - {name: a, store: main, plain: x}\n  - {name: a, store: main, plain: x}\n":
        "stands twice",
    "version: 1\nsecrets:\n  - {name: a, store: main, scopes: [everything], plain: x}\n": "unknown scope",
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), BAD.items(), ids=BAD.values())
def test_a_bad_manifest_is_one_message_with_its_place_and_changes_nothing(
    sshim: Sshim, put: Put, environ: dict[str, str], text: str, said: str
) -> None:
    put("s.yaml", text)
    ended = sshim("import", "s.yaml")
    assert ended.code in (1, 2) and said in ended.err
    assert ended.err.count("error: s.yaml:") == 1 and "Try: " in ended.err
    assert not Path(environ["SSHIM_HOME"]).exists()


def test_more_secrets_than_the_account_may_have_change_nothing(
    sshim: Sshim, put: Put, values: Values
) -> None:
    many = "".join(f"  - {{name: n{number}, store: {STORE}, plain: x}}\n" for number in range(101))
    put("s.yaml", "version: 1\nsecrets:\n" + many)
    ended = sshim("import", "s.yaml")
    assert ended.code == 5 and "limit of 100 secrets" in ended.err and values() == {}


TOOLS = {
    "op": "assert sys.argv[1:] == ['read', '--no-newline', 'op://Team/item/field']; print('of op')",
    "doppler": "assert sys.argv[1:4] == ['secrets', 'get', 'NAME']; print('of doppler')",
    "sops": "assert sys.argv[3] == '[\"a\"][\"b\"]' and '$(touch pwned)' in sys.argv[4]; print('of sops')",
}


def test_tools_are_asked_by_argument_list_and_told_of_as_they_are_asked(
    sshim: Sshim, put: Put, folder: Path, environ: dict[str, str], values: Values
) -> None:
    for name, line in TOOLS.items():
        path = folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!{sys.executable}\nimport sys\n{line}\n")
        path.chmod(0o755)
    put("s.yaml", """\
version: 1
secrets:
  - {name: one, from: "op://Team/item/field"}
  - {name: two, from: "doppler:project/dev/NAME"}
  - {name: three, from: "sops:x $(touch pwned)#a.b"}
  - {name: four, from: "file:four.txt"}
""")  # fmt: skip
    put("four.txt", "of file\n")
    ended = sshim("import", "s.yaml", PATH=f"{folder / 'bin'}{os.pathsep}{environ['PATH']}")
    assert ended.code == 0, ended.err
    assert "1 of 4: op for one\n2 of 4: doppler for two\n3 of 4: sops for three\n" in ended.err
    assert values() == {"one": "of op", "two": "of doppler", "three": "of sops", "four": "of file"}
    assert not (folder / "pwned").exists()


COMMAND = "version: 1\nsecrets:\n  - {name: a, from: 'cmd:echo made'}\n"


def test_commands_are_off_unless_allowed(sshim: Sshim, put: Put, values: Values) -> None:
    put("s.yaml", COMMAND)
    ended = sshim("import", "s.yaml")
    assert ended.code == 1 and "Try: --allow-commands" in ended.err
    assert sshim("import", "s.yaml", "--allow-commands").code == 0
    assert values() == {"a": "made"}


def test_a_program_gets_no_key_of_the_store(sshim: Sshim, put: Put, folder: Path) -> None:
    put("show", "#!/bin/sh\nenv > seen; echo made\n").chmod(0o755)
    put("s.yaml", COMMAND.replace("echo made", "./show"))
    key = base64.b64encode(bytes(32)).decode()
    ended = sshim("import", "s.yaml", "--allow-commands", SSHIM_KEY=key, OTHER="handed-on")
    seen = (folder / "seen").read_text()
    assert ended.code == 0 and "handed-on" in seen and "SSHIM_KEY" not in seen


def test_at_a_terminal_commands_and_the_plan_are_asked_for(sshim: Sshim, put: Put, values: Values) -> None:
    put("s.yaml", COMMAND)
    no = sshim("import", "s.yaml", stdin="n\n", tty=True)
    assert no.code == 1 and "the manifest wants to run:\n  echo made\nallow that? [y/N]" in no.err
    stopped = sshim("import", "s.yaml", stdin="y\nn\n", tty=True)
    assert stopped.code == 130 and "import 1 secret? [y/N]" in stopped.err and values() == {}
    assert sshim("import", "s.yaml", "--allow-commands", "--yes", tty=True).code == 0
    again = sshim("import", "s.yaml", "--allow-commands", tty=True)
    assert again.code == 0 and "import" not in again.err


def test_a_prompt_is_hidden_and_asked_only_for_what_is_not_there(
    environ: dict[str, str], folder: Path, put: Put, sshim: Sshim, values: Values
) -> None:
    put("s.yaml", "version: 1\nsecrets:\n  - {binding: TOKEN, from: 'prompt:Token of the team'}\n")
    typed = Typed(["-m", "sshim", "import", "s.yaml", "--yes"], environ, folder)
    typed.type(f"{CANARY}\n", after="Token of the team: ")
    assert typed.end() == 0 and CANARY not in typed.shown
    assert values() == {"token": CANARY}
    assert sshim("import", "s.yaml").code == 0
    missing = sshim("import", "s.yaml", "--store", "other", "-e", "staging")
    assert (
        missing.code == 1 and "no Secrets Store binding of the configuration is named 'TOKEN'" in missing.err
    )


# -- another store -------------------------------------------------------------------------------------------


def test_another_store_is_read_and_its_audit_log_knows(sshim: Sshim, put: Put, values: Values) -> None:
    put("a.json", json.dumps({"API_KEY": CANARY}))
    assert sshim("import", "a.json", "--persist-to", "there").code == 0
    ended = sshim("import", "--from-store", "there", "--json")
    assert steps(ended) == [("create", "api-key")] and values() == {"api-key": CANARY}
    assert "import into another store" in sshim("audit", "list", "--persist-to", "there").out
    moved = sshim("import", "--from-store", "there", "--store", "second", "--json")
    assert moved.json["secrets"][0]["store_id"] == "second"
    nothing = sshim("import", "--from-store", "nowhere")
    assert nothing.code == 1 and "there are no secrets in" in nothing.err


def test_killed_while_a_tool_is_asked_nothing_was_imported(
    environ: dict[str, str], folder: Path, put: Put
) -> None:
    put("s.yaml", "version: 1\nsecrets:\n  - {name: a, plain: x}\n  - {name: b, from: 'cmd:sleep 30'}\n")
    typed = Typed(["-m", "sshim", "import", "s.yaml", "--allow-commands", "--yes"], environ, folder)
    typed.expect("2 of 2: cmd for b")
    typed.send("\x03")
    assert typed.end() == 130 and not Path(environ["SSHIM_HOME"]).exists()
