"""The short way to a secret: by the name the Worker uses for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import BINDS_API_KEY, CANARY, STORE, Put, Sshim, Typed

CONFIG = f"""{BINDS_API_KEY}
[[env.staging.secrets_store_secrets]]
binding = "API_KEY"
store_id = "{STORE}"
secret_name = "api-key-staging"
"""


@pytest.fixture(autouse=True)
def config(put: Put) -> Path:
    return put("wrangler.toml", CONFIG)


def test_the_first_time_makes_store_and_secret(sshim: Sshim) -> None:
    ended = sshim("secret", "set", "API_KEY", "--comment", "mine", "--json", stdin=f"{CANARY}\n")
    assert ended.code == 0, ended.err
    assert (ended.json["name"], ended.json["store_id"]) == ("api-key", STORE)
    assert ended.json["scopes"] == ["workers"] and ended.json["comment"] == "mine"
    assert f"created store {STORE}" in ended.err
    assert f"created secret api-key in store {STORE} for API_KEY" in ended.err


def test_the_second_time_changes_the_value_and_keeps_the_rest(sshim: Sshim) -> None:
    first = sshim("secret", "set", "API_KEY", "--comment", "mine", "--json", stdin="one").json
    ended = sshim("secret", "set", "API_KEY", "--json", stdin="two")
    assert ended.json["id"] == first["id"] and ended.json["comment"] == "mine"
    assert ended.json["modified"] > first["modified"]
    assert ended.err == f"updated secret api-key in store {STORE} for API_KEY\n"


def test_a_secret_that_workers_may_not_read_gets_their_scope_too(sshim: Sshim) -> None:
    sshim("secret", "create", STORE, "--name", "api-key", "--scopes", "ai_gateway", stdin="x")
    ended = sshim("secret", "set", "API_KEY", "--json", stdin="y")
    assert ended.json["scopes"] == ["ai_gateway", "workers"]
    assert "scope workers added" in ended.err


def test_an_environment_has_a_secret_of_its_own(sshim: Sshim) -> None:
    assert (
        sshim("secret", "set", "API_KEY", "-e", "staging", "--json", stdin="x").json["name"]
        == "api-key-staging"
    )


def test_a_configuration_elsewhere_can_be_named(sshim: Sshim, folder: Path, config: Path) -> None:
    (folder / "sub").mkdir()
    config.rename(folder / "sub" / "wrangler.toml")
    assert sshim("secret", "set", "API_KEY", stdin="x").code == 2
    assert sshim("secret", "set", "API_KEY", "-c", "sub/wrangler.toml", stdin="x").code == 0


def test_a_binding_that_is_not_there_names_the_nearest_and_the_way_on(
    sshim: Sshim, environ: dict[str, str]
) -> None:
    ended = sshim("secret", "set", "API_KEI", stdin="x")
    assert ended.code == 2
    assert "binds no secret as API_KEI (did you mean API_KEY?)" in ended.err
    assert "sshim secret set API_KEI --bind" in ended.err
    assert not Path(environ["SSHIM_HOME"]).exists()


def test_no_configuration_is_said(sshim: Sshim, config: Path) -> None:
    config.unlink()
    ended = sshim("secret", "set", "API_KEY", stdin="x")
    assert ended.code == 2 and "there is no wrangler configuration" in ended.err


def test_a_broken_configuration_shows_the_place_and_changes_nothing(
    sshim: Sshim, config: Path, environ: dict[str, str]
) -> None:
    config.write_text('name = "w\n')
    ended = sshim("secret", "set", "API_KEY", stdin="x")
    assert ended.code == 2
    assert ended.err.startswith("error: wrangler.toml:1:") and "^" in ended.err
    assert not Path(environ["SSHIM_HOME"]).exists()


class TestBind:
    def test_the_entry_is_added_shown_and_set(self, sshim: Sshim, config: Path) -> None:
        ended = sshim("secret", "set", "OTHER", "--bind", "--json", stdin=CANARY)
        assert ended.code == 0, ended.err
        assert (ended.json["name"], ended.json["store_id"]) == ("OTHER", STORE)
        assert '+binding = "OTHER"' in ended.err and f"added OTHER to {config}" in ended.err
        found = sshim("check", "-e", "", "--json").json["bindings"]
        assert [(b["binding"], b["state"]) for b in found] == [("API_KEY", "missing"), ("OTHER", "found")]
        assert CONFIG.strip() in config.read_text() or "API_KEY" in config.read_text()

    def test_an_environment_gets_its_own_entry(self, sshim: Sshim) -> None:
        line = ["secret", "set", "OTHER", "--bind", "-e", "staging", "--store", "s2", "--secret-name", "o"]
        made = sshim(*line, "--json", stdin="x").json
        assert (made["name"], made["store_id"]) == ("o", "s2")
        found = sshim("check", "-e", "staging", "--json").json["bindings"]
        assert ("OTHER", "s2", "o", "found") in [
            (b["binding"], b["store_id"], b["secret_name"], b["state"]) for b in found
        ]
        assert len(sshim("check", "-e", "", "--json").json["bindings"]) == 1

    def test_the_fix_of_a_binding_that_is_not_inherited_adds_it(self, sshim: Sshim, config: Path) -> None:
        import shlex

        config.write_text(CONFIG + "\n[env.bare]\n")
        (finding,) = [b for b in sshim("check", "--json").json["bindings"] if b["state"] == "not_inherited"]
        assert sshim(*shlex.split(finding["fix"])[1:], stdin="x").code == 0
        after = sshim("check", "--json").json["bindings"]
        assert [(b["environment"], b["state"]) for b in after] == [
            (None, "found"), ("staging", "missing"), ("bare", "found"),
        ]  # fmt: skip

    def test_a_first_binding_makes_a_store_of_its_own(self, sshim: Sshim, config: Path) -> None:
        config.write_text('name = "w"\n')
        made = sshim("secret", "set", "OTHER", "--bind", "--json", stdin="x").json
        assert sshim("store", "list", "--json").json[0]["id"] == made["store_id"]
        again = sshim("secret", "set", "SECOND", "--bind", "--json", stdin="x").json
        assert again["store_id"] == made["store_id"]

    @pytest.mark.parametrize(
        ("more", "says"),
        [
            (("--store", "another"), "API_KEY is bound to secret 'api-key' already"),
            (("--secret-name", "other"), "API_KEY is bound to secret 'api-key' already"),
            (("--store", "two words"), "store id name 'two words' may hold only"),
            (("--secret-name", "two words"), "secret name 'two words' may hold only"),
        ],
    )
    def test_what_cannot_be_bound_makes_no_store(
        self, sshim: Sshim, environ: dict[str, str], more: tuple[str, ...], says: str
    ) -> None:
        ended = sshim("secret", "set", "API_KEY", "--bind", *more, stdin=CANARY)
        assert ended.code == 2 and says in ended.err
        assert not Path(environ["SSHIM_HOME"]).exists()

    def test_several_stores_leave_a_choice(self, sshim: Sshim, config: Path) -> None:
        config.write_text('name = "w"\n')
        for store in ("s1", "s2"):
            sshim("secret", "create", store, "--name", "n", "--scopes", "workers", stdin="x")
        ended = sshim("secret", "set", "OTHER", "--bind", stdin="x")
        assert ended.code == 2 and "several stores: s1, s2" in ended.err and "Try: --store s1" in ended.err
        chosen = sshim("secret", "set", "OTHER", "--bind", "--store", "s2", "--json", stdin="x")
        assert chosen.code == 0 and chosen.json["store_id"] == "s2"

    def test_an_entry_that_is_there_is_left_as_it_is(self, sshim: Sshim, config: Path) -> None:
        for flags in ([], ["--store", STORE], ["--secret-name", "api-key"]):
            ended = sshim("secret", "set", "API_KEY", "--bind", *flags, stdin="x")
            assert ended.code == 0 and "added" not in ended.err
        assert config.read_text() == CONFIG

    def test_an_entry_for_another_secret_is_not_replaced(self, sshim: Sshim, config: Path) -> None:
        ended = sshim("secret", "set", "API_KEY", "--bind", "--secret-name", "other", stdin="x")
        assert ended.code == 2 and "is bound to secret 'api-key' already" in ended.err
        assert config.read_text() == CONFIG
        assert sshim("store", "list", "--json").json == []

    def test_a_value_that_is_refused_leaves_the_configuration_alone(self, sshim: Sshim, config: Path) -> None:
        assert sshim("secret", "set", "OTHER", "--bind", stdin="").code == 2
        assert config.read_text() == CONFIG

    def test_a_binding_that_is_no_secrets_name_needs_one(self, sshim: Sshim, config: Path) -> None:
        assert sshim("secret", "set", "MY.KEY", "--bind", stdin="x").code == 2
        assert config.read_text() == CONFIG

    @pytest.mark.parametrize("flags", [["--store", "s"], ["--secret-name", "n"]])
    def test_its_flags_mean_nothing_alone(self, sshim: Sshim, flags: list[str]) -> None:
        ended = sshim("secret", "set", "API_KEY", *flags, stdin="x")
        assert ended.code == 2 and "go with --bind" in ended.err


def test_the_prompt_says_that_a_value_is_replaced(environ: dict[str, str], folder: Path) -> None:
    for value, asked in (
        ("one", "Value for API_KEY: "),
        ("two", "Value for API_KEY (replaces the value of api-key): "),
    ):
        typed = Typed(["-m", "sshim", "secret", "set", "API_KEY"], environ, folder)
        typed.type(f"{value}\n", after=asked)
        typed.type(f"{value}\n", after="again: ")
        assert typed.end() == 0, typed.shown


def test_binding_names_the_types_that_it_has_made_stale_where_they_are(sshim: Sshim, folder: Path) -> None:
    flags = 'main = "src/m.py"\ncompatibility_date = "2026-08-01"\ncompatibility_flags = ["python_workers"]\n'
    (folder / "wrangler.toml").write_text(flags + CONFIG)
    (folder / "src").mkdir()
    (folder / "src" / "m.py").write_text("")
    sshim("types", "-o", "src/worker_env.pyi")
    assert ".pyi" not in sshim("secret", "set", "API_KEY", "--bind", stdin="one").err
    ended = sshim("secret", "set", "OTHER", "--bind", stdin=CANARY)
    assert ended.code == 0
    assert "warning: src/worker_env.pyi does not match the configuration any more\n" in ended.err
    assert "Try: sshim types -o src/worker_env.pyi\n" in ended.err
