"""The flags of `sshim dev` as the supervisor gets them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sshim.cli import dev as module
from sshim.dev import supervisor
from sshim.dev.options import DevOptions
from tests.cli.conftest import CANARY, STORE, Sshim

CONFIG = f"""
name = "w"
[env.staging]
secrets_store_secrets = [{{ binding = "K", store_id = "{STORE}", secret_name = "k" }}]
"""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[DevOptions]:
    """What the supervisor was started with."""
    given: list[DevOptions] = []

    def run(options: DevOptions, ignited: object = None) -> int:
        given.append(options)
        return 0

    monkeypatch.setattr(supervisor, "run", run)
    return given


def test_no_flags_mean_the_folder_at_hand(sshim: Sshim, asked: list[DevOptions], folder: Path) -> None:
    assert sshim("dev").code == 0
    (options,) = asked
    assert options.read.start == options.read.cwd == folder
    assert options.read.script is None and options.read.env is None and options.read.config is None
    assert (options.ip, options.port, options.local_protocol) == (None, None, None)
    assert options.reload and not options.strict and options.role == "super-administrator"
    assert options.look.level == "log" and options.look.format == "text"


def test_a_main_module_without_a_configuration_comes_with_the_flag_that_it_needs(
    program: Sshim, folder: Path
) -> None:
    (folder / "entry.py").write_text("")
    ended = program("dev", "entry.py", "--port", "0")
    assert ended.code == 2 and "Try: --compatibility-flag python_workers" in ended.err


def test_strict_tells_what_is_missing_once(program: Sshim, folder: Path) -> None:
    (folder / "entry.py").write_text("")
    secrets = ", ".join(
        f'{{ binding = "{name}", store_id = "{STORE}", secret_name = "{name}" }}' for name in "ABC"
    )
    (folder / "wrangler.toml").write_text(
        'name = "w"\nmain = "entry.py"\ncompatibility_date = "2026-01-01"\n'
        f'compatibility_flags = ["python_workers"]\nsecrets_store_secrets = [{secrets}]\n'
    )
    ended = program("dev", "--strict", "--port", "0")
    assert ended.code == 3
    said = ended.out + ended.err
    assert [said.count(f"there is no secret '{name}'") for name in "ABC"] == [1, 1, 1]


def test_every_flag_reaches_its_field(sshim: Sshim, asked: list[DevOptions], folder: Path) -> None:
    (folder / "w.toml").write_text(CONFIG)
    ended = sshim(
        "dev", "-c", "w.toml", "-e", "staging", "--ip", "0.0.0.0", "--port", "0", "--var", "A:b:c", "--var",
        "E:", "--env-file", ".x", "--env-file", ".y", "--local-protocol", "http", "--test-scheduled",
        "--compatibility-date", "2026-01-01", "--compatibility-flag", "f", "--log-level", "debug",
        "--log-format", "json", "--no-reload", "--strict", "--allowed-host", "h", "--bind", "KV=m:f",
        "--as", "reporter", "--secret", "K=env:V", "--https-key-path", "k.pem", "--https-cert-path", "c.pem",
        V=CANARY,
    )  # fmt: skip
    assert ended.code == 0, ended.err
    (options,) = asked
    read = options.read
    assert read.config == Path("w.toml") and read.env == "staging"
    assert dict(read.cli_vars) == {"A": "b:c", "E": ""}
    assert read.env_files == (Path(".x"), Path(".y")) and read.cli_environ
    assert read.compatibility_date == "2026-01-01" and read.compatibility_flags == ("f",)
    assert (options.ip, options.port, options.local_protocol) == ("0.0.0.0", 0, "http")
    assert options.test_scheduled and options.strict and not options.reload
    assert options.look.level == "debug" and options.look.format == "json"
    assert options.allowed_hosts == ("h",) and options.bind == (("KV", "m:f"),)
    assert options.role == "reporter" and options.given == ((STORE, "k", CANARY),)
    assert (options.https_key_path, options.https_cert_path) == (Path("k.pem"), Path("c.pem"))


def test_an_empty_environment_is_told_from_none(sshim: Sshim, asked: list[DevOptions]) -> None:
    sshim("dev", "-e", "")
    assert asked[0].read.env == ""


def test_a_folder_is_where_the_search_starts(sshim: Sshim, asked: list[DevOptions], folder: Path) -> None:
    (folder / "sub").mkdir()
    sshim("dev", "sub")
    assert asked[0].read.start == folder / "sub" and asked[0].read.script is None


def test_a_script_is_served_from_its_folder(sshim: Sshim, asked: list[DevOptions], folder: Path) -> None:
    (folder / "entry.py").touch()
    sshim("dev", "entry.py")
    assert asked[0].read.script == folder / "entry.py" and asked[0].read.start == folder


def test_a_path_that_is_not_there_is_a_usage_error(sshim: Sshim, asked: list[DevOptions]) -> None:
    ended = sshim("dev", "nowhere")
    assert ended.code == 2 and "there is no nowhere" in ended.err and asked == []


@pytest.mark.parametrize("flag", ["--var", "--bind", "--secret"])
def test_a_pair_without_its_separator_is_refused_and_not_quoted(
    sshim: Sshim, asked: list[DevOptions], flag: str
) -> None:
    ended = sshim("dev", flag, CANARY)
    assert ended.code == 2 and f"error: {flag} takes" in ended.err and asked == []


@pytest.mark.parametrize("text", ["soon", "20260801", "2026-13-01", "2026-08-01T00:00"])
def test_what_is_no_date_is_refused(sshim: Sshim, asked: list[DevOptions], text: str) -> None:
    ended = sshim("dev", "--compatibility-date", text)
    assert ended.code == 2 and f"error: {text!r} is no date" in ended.err and asked == []
    assert "Try: --compatibility-date 20" in ended.err


def test_the_store_is_the_sessions_and_made_on_first_use(
    sshim: Sshim, asked: list[DevOptions], folder: Path
) -> None:
    sshim("dev", "--persist-to", "p")
    assert asked[0].store.home == folder / "p" and asked[0].store.create


def test_the_supervisors_code_is_the_programs(sshim: Sshim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "run", lambda options, ignited: 130)
    assert sshim("dev").code == 130


def test_packages_of_the_projects_venv_are_handed_on(
    sshim: Sshim, asked: list[DevOptions], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    packages = folder / ".venv" / "lib" / f"python{version}" / "site-packages"
    packages.mkdir(parents=True)
    (folder / ".venv" / "pyvenv.cfg").write_text(f"version = {version}.0\n")
    monkeypatch.setattr(module.sys, "prefix", "/opt/pipx")
    assert sshim("dev").err == ""
    assert asked[0].site_packages == (packages,)


def test_a_venv_of_another_version_is_warned_about(
    sshim: Sshim, asked: list[DevOptions], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".venv").mkdir()
    (folder / ".venv" / "pyvenv.cfg").write_text("version = 3.8.1\n")
    monkeypatch.setattr(module.sys, "prefix", "/opt/pipx")
    assert sshim("dev").err.startswith("warning: packages of ")
    assert asked[0].site_packages == ()
