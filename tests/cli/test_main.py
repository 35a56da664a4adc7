"""Every way of ending becomes a sentence and a code."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from sshim import __version__
from sshim.cli import main
from sshim.errors import NameTaken, SshimError
from tests.cli.conftest import CANARY, ROOT, Sshim


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """A command `end` that ends in the given way."""
    ways: list[BaseException] = []

    @click.command()
    @click.option("--json", is_flag=True)
    def end(json: bool) -> None:
        raise ways[0]

    monkeypatch.setitem(sys.modules, "ending", type(sys)("ending"))
    sys.modules["ending"].end = end  # type: ignore[attr-defined]
    monkeypatch.setitem(main.COMMANDS, "end", ("ending:end", "Ends."))
    return ways


def test_the_version_is_data(sshim: Sshim) -> None:
    ended = sshim("--version")
    assert (ended.code, ended.out, ended.err) == (0, f"sshim {__version__}\n", "")


def test_the_verbose_version_names_every_part(sshim: Sshim) -> None:
    out = sshim("--version", "--verbose").out
    names = [line.split()[0] for line in out.splitlines()]
    assert names[:4] == ["sshim", "python", "platform", "sqlite"] and names[-1] == "variables"
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {line.partition(">=")[0] for line in needed} <= set(names)
    assert "not installed" not in out


def test_the_verbose_version_shows_no_value_of_a_variable_and_no_name_of_a_user(sshim: Sshim) -> None:
    home = str(Path(sys.executable).parent)
    url = f"postgresql://user:{CANARY}@localhost/db"
    out = sshim("--version", "--verbose", SSHIM_KEY=CANARY, SSHIM_STORE_URL=url, HOME=home, OTHER="x").out
    assert out.splitlines()[-1].split(maxsplit=1)[1] == "SSHIM_HOME, SSHIM_KEY, SSHIM_STORE_URL"
    assert home not in out and f"(~/{Path(sys.executable).name})" in out


def test_no_command_shows_the_help(sshim: Sshim) -> None:
    ended = sshim()
    assert ended.code == 0 and ended.out == sshim("--help").out
    assert "secret " in ended.out


@pytest.mark.parametrize(
    ("line", "meant"),
    [(["secrt", "list"], "secret"), (["secret", "creat"], "create"), (["sotre"], "store")],
)
def test_an_unknown_command_names_the_nearest(sshim: Sshim, line: list[str], meant: str) -> None:
    ended = sshim(*line)
    assert ended.code == 2
    assert ended.err.startswith(
        f"error: there is no command {line[-1] if line[0] == 'secret' else line[0]!r}"
    )
    assert f"did you mean {meant}" in ended.err
    assert "Try: sshim" in ended.err


def test_usage_errors_are_ours_and_exit_2(sshim: Sshim) -> None:
    ended = sshim("secret", "create", "s", "--scopes", "workers")
    assert ended.code == 2
    assert ended.err.splitlines() == ["error: missing option '--name'", "Try: sshim secret create --help"]


def test_an_argument_in_excess_is_not_quoted_since_it_may_be_a_value(sshim: Sshim) -> None:
    ended = sshim("secret", "create", "s", CANARY, "--name", "n", "--scopes", "workers")
    assert ended.code == 2
    assert ended.err.startswith("error: there are more arguments than this command takes")


def test_usage_errors_of_a_json_run_are_json(sshim: Sshim) -> None:
    ended = sshim("secret", "list", "--json")
    assert ended.code == 2 and ended.err == ""
    assert ended.json["error"]["code"] == "usage"
    assert set(ended.json["error"]) == {"code", "message", "hint"}


def test_an_error_of_ours_keeps_its_code(sshim: Sshim, ending: list[BaseException]) -> None:
    ending.append(NameTaken("secret", "k", hint="sshim secret update s --name k"))
    ended = sshim("end")
    assert ended.code == 5
    assert ended.err == "error: a secret named 'k' exists already\nTry: sshim secret update s --name k\n"
    assert sshim("end", "--json").json["error"]["code"] == "name_taken"


@pytest.mark.parametrize("way", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_is_130_and_silent(
    sshim: Sshim, ending: list[BaseException], way: BaseException
) -> None:
    ending.append(way)
    ended = sshim("end")
    assert (ended.code, ended.out) == (130, "")
    assert "Traceback" not in ended.err and "error" not in ended.err


def test_the_systems_refusal_names_the_file(sshim: Sshim, ending: list[BaseException]) -> None:
    ending.append(PermissionError(13, "Permission denied", "/etc/shadow"))
    ended = sshim("end")
    assert ended.code == 1 and ended.err == "error: /etc/shadow: Permission denied\n"


def test_a_defect_is_one_sentence_without_values(sshim: Sshim, ending: list[BaseException]) -> None:
    ending.append(KeyError(CANARY))
    ended = sshim("end")
    assert ended.code == 1
    assert ended.err.startswith("error: this is a defect of sshim: KeyError at ")
    assert "test_main.py" in ended.err.splitlines()[0] and len(ended.err.splitlines()) == 2


@pytest.mark.parametrize("how", [["--verbose", "end"], ["end"]])
def test_a_defect_shows_its_frames_on_demand(
    sshim: Sshim, ending: list[BaseException], how: list[str]
) -> None:
    ending.append(SshimError(CANARY))
    ending[0].__class__ = type("Odd", (Exception,), {})
    ended = sshim(*how, SSHIM_DEBUG="" if "--verbose" in how else "1")
    assert ended.err.splitlines()[0] == "Odd"
    assert "in invoke" in ended.err and "Traceback" not in ended.err


def test_a_reader_that_leaves_ends_the_program_quietly(environ: dict[str, str], tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "sshim", "--help"],
        stdout=(pipe := os.pipe())[1],
        stderr=subprocess.PIPE,
        env=environ,
        cwd=tmp_path,
    )
    os.close(pipe[0])
    os.close(pipe[1])
    _, err = child.communicate(timeout=60)
    assert err == b"" and child.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_stdout_is_told(environ: dict[str, str], tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "sshim", "--version"],
            stdout=full, stderr=subprocess.PIPE, env=environ, cwd=tmp_path, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, b"error: No space left on device\n")


def test_a_folder_that_is_gone_is_said(environ: dict[str, str], tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    code = f"import os; os.rmdir({str(gone)!r}); from sshim.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, env=environ, cwd=gone, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: the current folder does not exist any more\nTry: ")
