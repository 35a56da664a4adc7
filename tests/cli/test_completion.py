"""What a shell is offered: the script, commands, flags, and names out of the store and the configuration."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import CANARY, STORE, Sshim

CONFIG = f"""
name = "w"
[[secrets_store_secrets]]
binding = "API_KEY"
store_id = "{STORE}"
secret_name = "api-key"
[env.staging]
[env.production]
"""


@pytest.fixture
def offers(program: Sshim, sshim: Sshim, folder: Path) -> Sshim:
    """`offers("secret", "cr")` is what the shell offers for that line, a list."""
    sshim("secret", "create", STORE, "--name", "api-key", "--scopes", "workers", stdin=CANARY)
    (folder / "wrangler.toml").write_text(CONFIG)

    def call(*words: str) -> list[str]:  # type: ignore[misc]
        ended = program(
            env={
                "_SSHIM_COMPLETE": "bash_complete",
                "COMP_WORDS": " ".join(["sshim", *words]),
                "COMP_CWORD": str(len(words)),
            }
        )
        assert ended.err == ""
        return [line.split(",")[1] for line in ended.out.splitlines() if line]

    return call  # type: ignore[return-value]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_asks_the_program(sshim: Sshim, shell: str) -> None:
    ended = sshim("completion", shell)
    assert ended.code == 0 and f"_SSHIM_COMPLETE={shell}_complete" in ended.out
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=ended.out.encode(), check=True, capture_output=True)


def test_an_unknown_shell_is_a_usage_error(sshim: Sshim) -> None:
    assert sshim("completion", "tcsh").code == 2


def test_commands_are_offered(offers: Sshim) -> None:
    assert offers("secret", "cr") == ["create"]
    assert "secrets-store" in offers("sec")  # type: ignore[operator]


def test_stores_secrets_environments_and_bindings_are_offered(offers: Sshim) -> None:
    assert offers("secret", "list", "01") == [STORE]
    assert offers("secret", "get", STORE, "--name", "a") == ["api-key"]
    assert offers("secret", "set", "A") == ["API_KEY"]
    assert offers("dev", "--env", "") == ["staging", "production"]


def test_a_store_that_cannot_be_opened_offers_nothing_and_says_nothing(
    offers: Sshim, environ: dict[str, str]
) -> None:
    (Path(environ["SSHIM_HOME"]) / "store.db").write_bytes(b"damaged")
    assert offers("secret", "list", "01") == []


def test_asking_makes_no_store(offers: Sshim, environ: dict[str, str], tmp_path: Path) -> None:
    environ["SSHIM_HOME"] = str(tmp_path / "other")
    assert offers("secret", "list", "0") == []
    assert not (tmp_path / "other").exists()
