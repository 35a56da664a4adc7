"""What a shell is offered: the script, commands, flags, and names out of the store and the configuration."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import BINDS_API_KEY, CANARY, STORE, Sshim, Typed

Offers = Callable[..., list[str]]

CONFIG = f"""{BINDS_API_KEY}[env.staging]
[env.production]
"""


@pytest.fixture
def offers(program: Sshim, sshim: Sshim, folder: Path) -> Offers:
    """`offers("secret", "cr")` is what the shell offers for that line, a list."""
    sshim("secret", "create", STORE, "--name", "api-key", "--scopes", "workers", stdin=CANARY)
    (folder / "wrangler.toml").write_text(CONFIG)

    def call(*words: str) -> list[str]:
        ended = program(
            env={
                "_SSHIM_COMPLETE": "bash_complete",
                "COMP_WORDS": " ".join(["sshim", *words]),
                "COMP_CWORD": str(len(words)),
            }
        )
        assert ended.err == ""
        return [line.split(",")[1] for line in ended.out.splitlines() if line]

    return call


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_each_shell_gets_a_script_that_asks_the_program(sshim: Sshim, shell: str) -> None:
    ended = sshim("completion", shell)
    assert ended.code == 0 and f"{shell}_complete" in ended.out
    if shell != "powershell" and shutil.which(shell):
        subprocess.run([shell, "-n"], input=ended.out.encode(), check=True, capture_output=True)


def test_an_unknown_shell_is_a_usage_error(sshim: Sshim) -> None:
    assert sshim("completion", "tcsh").code == 2


def test_commands_are_offered(offers: Offers) -> None:
    assert offers("secret", "cr") == ["create"]
    assert "secrets-store" in offers("sec")


def test_stores_secrets_environments_and_bindings_are_offered(offers: Offers) -> None:
    assert offers("secret", "list", "01") == [STORE]
    assert offers("secret", "get", STORE, "--name", "a") == ["api-key"]
    assert offers("secret", "set", "A") == ["API_KEY"]
    assert offers("dev", "--env", "") == ["staging", "production"]


def test_gateways_and_providers_are_offered(offers: Offers, sshim: Sshim) -> None:
    sshim("gateway", "create", "edge")
    assert offers("gateway", "delete", "e") == ["edge"]
    assert offers("gateway", "key", "set", "open") == ["openai", "openrouter"]
    assert offers("gateway", "key", "list", "--gateway", "") == ["edge"]


def test_a_store_that_cannot_be_opened_offers_nothing_and_says_nothing(
    offers: Offers, environ: dict[str, str]
) -> None:
    (Path(environ["SSHIM_HOME"]) / "store.db").write_bytes(b"damaged")
    assert offers("secret", "list", "01") == []


def test_asking_makes_no_store(offers: Offers, environ: dict[str, str], tmp_path: Path) -> None:
    environ["SSHIM_HOME"] = str(tmp_path / "other")
    assert offers("secret", "list", "0") == []
    assert not (tmp_path / "other").exists()


# -- in the shells themselves --------------------------------------------------------------------------------


@pytest.fixture
def installed(offers: Offers, environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environ of a shell that finds `sshim`, with a store and a configuration to offer names of."""
    program = tmp_path / "bin" / "sshim"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m sshim "$@"\n')
    program.chmod(0o755)
    return {**environ, "PATH": f"{program.parent}:{environ['PATH']}"}


LINES = [
    ("sshim secret cr", ["create"]),
    ("sshim export 01", [STORE]),
    (f"sshim export {STORE} --name a", ["api-key"]),
    ("sshim import --store 01", [STORE]),
    ("sshim dev --secret A", ["API_KEY"]),
    ("sshim run --env s", ["staging"]),
    ("sshim dev --rehearse r", ["rotate"]),
    ("sshim completion po", ["powershell"]),
]


def need(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")


@pytest.mark.parametrize(("line", "wanted"), LINES)
def test_bash_offers_them(installed: dict[str, str], folder: Path, line: str, wanted: list[str]) -> None:
    words = line.split(" ")
    script = (
        'eval "$(sshim completion bash)"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
        "_sshim_completion sshim; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(
        ["bash", "-c", script, "bash", *words], cwd=folder, env=installed, capture_output=True, text=True
    )
    assert (done.stdout.split(), done.stderr) == (wanted, "")


@pytest.mark.parametrize(("line", "wanted"), LINES)
def test_fish_offers_them(installed: dict[str, str], folder: Path, line: str, wanted: list[str]) -> None:
    need("fish")
    script = "sshim completion fish | source; complete -C $argv[1]"
    done = subprocess.run(
        ["fish", "--no-config", "-c", script, line], cwd=folder, env=installed, capture_output=True, text=True
    )
    assert [each.split("\t")[0] for each in done.stdout.splitlines()] == wanted, done.stderr


def test_zsh_offers_them(installed: dict[str, str], folder: Path) -> None:
    need("zsh")
    typed = Typed(["-c", "import os; os.execvp('zsh', ['zsh', '-f', '-i'])"], installed, folder)
    typed.send(
        "PS1='> '; autoload -U compinit; compinit -u -D; eval \"$(sshim completion zsh)\"; echo re''ady\n"
    )
    typed.expect("ready")
    for line, (wanted,) in LINES:
        typed.send(f"\x15{line}\t")
        typed.expect(wanted.removeprefix(line.rpartition(" ")[2]))
    typed.send("\x15echo " + "sto''p; exit\n")
    typed.expect("stop")
    assert typed.end() == 0


@pytest.mark.parametrize(("line", "wanted"), LINES)
def test_powershell_is_answered(program: Sshim, offers: Offers, line: str, wanted: list[str]) -> None:
    words = line.split(" ")
    ended = program(
        env={
            "_SSHIM_COMPLETE": "powershell_complete",
            "_SSHIM_WORDS": "\n".join(words),
            "_SSHIM_WORD": words[-1],
        }
    )
    assert [each.split("\t")[0] for each in ended.out.splitlines()] == wanted and ended.err == ""


def test_powershell_is_answered_at_the_beginning_of_a_word_and_for_a_path(
    program: Sshim, offers: Offers
) -> None:
    def ask(*words: str, word: str = "") -> list[str]:
        asked = {"_SSHIM_COMPLETE": "powershell_complete", "_SSHIM_WORDS": "\n".join(("sshim", *words))}
        return program(env={**asked, "_SSHIM_WORD": word}).out.strip().splitlines()

    assert f"{STORE}\tdefault_secrets_store" in ask("export")
    assert ask("run", "--env") == ["staging", "production"]
    assert ask("dev", "--config") == []


@pytest.mark.parametrize(("line", "wanted"), LINES)
def test_powershell_offers_them(
    installed: dict[str, str], folder: Path, line: str, wanted: list[str]
) -> None:
    need("pwsh")
    script = (
        "sshim completion powershell | Out-String | Invoke-Expression; "
        f"(TabExpansion2 '{line}' {len(line)}).CompletionMatches.CompletionText"
    )
    done = subprocess.run(
        ["pwsh", "-NoProfile", "-Command", script], cwd=folder, env=installed, capture_output=True, text=True
    )
    assert done.stdout.split() == wanted, done.stderr
