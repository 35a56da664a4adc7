"""Reading a whole configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from sshim.config.settings import ReadOptions, read
from sshim.errors import ConfigError

TOML = """\
name = "w"
main = "src/entry.py"
compatibility_flags = ["python_workers"]
[vars]
GREETING = "hello"
LIMITS = { a = 1.0 }
[[secrets_store_secrets]]
binding = "API_KEY"
store_id = "0123456789abcdef0123456789abcdef"
secret_name = "api-key"
[env.staging.vars]
GREETING = "hi"
"""


def options(folder: Path, **given: object) -> ReadOptions:
    return ReadOptions(start=folder, cwd=folder, environ={}, **given)  # type: ignore[arg-type]


def test_a_toml_file_gives_main_vars_and_secrets(tmp_path: Path) -> None:
    (tmp_path / "wrangler.toml").write_text(TOML)
    (tmp_path / ".dev.vars").write_text("TOKEN=abc\n")
    config = read(options(tmp_path))
    assert config.main == tmp_path / "src" / "entry.py"
    assert {name: (var.type, var.value) for name, var in config.vars.items()} == {
        "GREETING": ("plain_text", "hello"),
        "LIMITS": ("json", {"a": 1}),
        "TOKEN": ("secret_text", "abc"),
    }
    assert [(entry.binding, entry.secret_name) for entry in config.secrets] == [("API_KEY", "api-key")]


def test_a_named_environment_does_not_inherit_bindings(tmp_path: Path) -> None:
    (tmp_path / "wrangler.toml").write_text(TOML)
    config = read(options(tmp_path, env="staging"))
    assert (config.name, config.secrets, config.vars["GREETING"].value) == ("w-staging", (), "hi")


def test_a_syntax_error_is_a_config_error(tmp_path: Path) -> None:
    (tmp_path / "wrangler.jsonc").write_text('{"name": "w"\n "main": 1}')
    with pytest.raises(ConfigError) as caught:
        read(options(tmp_path))
    assert caught.value.problems[0].message == "CommaExpected"
    assert caught.value.place is not None
    assert (caught.value.place.line, caught.value.place.column) == (2, 2)
