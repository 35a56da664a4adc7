"""`sshim run`: what reaches the child, and what comes back from it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import BINDS_API_KEY, CANARY, STORE, Sshim, Typed

CONFIG = f"""{BINDS_API_KEY}[env.staging]
[[env.staging.secrets_store_secrets]]
binding = "API_KEY"
store_id = "{STORE}"
secret_name = "staging-key"
"""
SHOW = "import hashlib, os; print(hashlib.sha256(os.environb[b'API_KEY']).hexdigest())"


def digest(value: str) -> str:
    import hashlib

    return hashlib.sha256(value.encode()).hexdigest()


@pytest.fixture(autouse=True)
def _project(sshim: Sshim, folder: Path) -> None:
    (folder / "wrangler.toml").write_text(CONFIG)
    assert sshim("secret", "set", "API_KEY", stdin=CANARY).code == 0


def test_the_child_gets_the_bound_secret_and_the_rest_of_the_environ(program: Sshim) -> None:
    code = SHOW + "; print(os.environ['HELLO'])"
    ended = program("run", "--", sys.executable, "-c", code, env={"HELLO": "there"})
    assert (ended.code, ended.out.split()) == (0, [digest(CANARY), "there"]) and ended.err == ""


def test_the_key_of_the_store_is_not_handed_on(program: Sshim, sshim: Sshim) -> None:
    key = b64encode(bytes(32)).decode()
    assert sshim("key", "add", "--from-env", "NEW_KEY", NEW_KEY=key).code == 0
    code = SHOW + "; print(sorted(name for name in os.environ if name.startswith('SSHIM_')))"
    ended = program("run", "--", sys.executable, "-c", code, env={"SSHIM_KEY": key})
    assert ended.out.split("\n", 1) == [digest(CANARY), "['SSHIM_HOME']\n"]


@pytest.mark.parametrize("value", ["two\nlines", "ünï ☃ \U0001f511", "x" * 65_536, "a=b 'c' \"d\" $e `f`"])
def test_any_legal_value_reaches_the_child_unchanged(program: Sshim, sshim: Sshim, value: str) -> None:
    assert sshim("secret", "set", "API_KEY", stdin=value).code == 0
    assert program("run", "--", sys.executable, "-c", SHOW).out.strip() == digest(value)


def test_the_bound_secret_wins_over_a_variable_and_says_so(program: Sshim) -> None:
    ended = program("run", "--", sys.executable, "-c", SHOW, env={"API_KEY": "other"})
    assert ended.out.strip() == digest(CANARY)
    assert ended.err == "the bound secret takes the place of the variable API_KEY\n"


def test_the_environment_chooses_the_binding_and_a_missing_secret_stops_the_start(
    program: Sshim, folder: Path
) -> None:
    ended = program("run", "-e", "staging", "--", sys.executable, "-c", "open('started', 'w')")
    assert ended.code == 3 and not (folder / "started").exists()
    assert "API_KEY: there is no secret 'staging-key'" in ended.err
    assert f"Try: sshim secret create {STORE} --name staging-key --scopes workers" in ended.err


def test_the_configuration_may_be_named(program: Sshim, folder: Path) -> None:
    other = folder / "other.toml"
    (folder / "wrangler.toml").rename(other)
    assert program("run", "--", "true").code == 2
    assert program("run", "-c", "other.toml", "--", sys.executable, "-c", SHOW).code == 0


def test_the_exit_code_is_the_childs_own(program: Sshim) -> None:
    assert program("run", "--", "sh", "-c", "exit 7").code == 7
    assert program("run", "--", "sh", "-c", "kill -KILL $$").code == 128 + signal.SIGKILL


def test_options_behind_the_command_are_the_commands(program: Sshim) -> None:
    ended = program("run", sys.executable, "-c", "import sys; print(sys.argv[1:])", "--json", "-e", "x")
    assert ended.out.strip() == "['--json', '-e', 'x']"
    refused = program("run", "--", "no-such-command", "--json")
    assert refused.out == "" and "there is no command no-such-command" in refused.err


def test_a_command_that_is_not_there_or_not_runnable_is_told_by_the_code_of_a_shell(
    program: Sshim, folder: Path
) -> None:
    assert program("run", "--", "no-such-command").code == 127
    assert program("run", "--", "./wrangler.toml").code == 126
    assert program("run", "--", str(folder)).code == 126
    script = folder / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    ended = program("run", "--", "./script")
    assert ended.code == 127 and "names an interpreter that is not there" in ended.err


def test_secrets_too_large_together_are_one_clear_message(program: Sshim, sshim: Sshim, folder: Path) -> None:
    text = 'name = "w"\n'
    for number in range(40):
        text += (
            f'[[secrets_store_secrets]]\nbinding = "B{number}"\nstore_id = "{STORE}"\nsecret_name = "big"\n'
        )
    (folder / "wrangler.toml").write_text(text)
    sshim("secret", "create", STORE, "--name", "big", "--scopes", "workers", stdin="x" * 65_536)
    ended = program("run", "--", "true")
    assert ended.code == 126 and "too large together" in ended.err


def test_standard_input_is_the_childs(program: Sshim) -> None:
    assert program("run", "--", "cat", stdin="typed").out == "typed"


def test_nothing_is_written_to_disk_but_the_record_of_the_access(
    program: Sshim, sshim: Sshim, tmp_path: Path
) -> None:
    program("run", "--", sys.executable, "-c", SHOW)
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes()
    assert "binding=API_KEY" in sshim("audit", "list").out


def test_a_store_that_was_never_made_is_not_made(program: Sshim, tmp_path: Path) -> None:
    ended = program("run", "--", "true", env={"SSHIM_HOME": str(tmp_path / "none")})
    assert ended.code == 3 and ended.err.startswith("error: API_KEY") and not (tmp_path / "none").exists()


WAITS = """
import os, signal, sys, time
def heard(number, frame):
    os.write(1, b"heard %d\\n" % number)  # what print does may be interrupted
    if number == signal.SIGTERM:
        sys.exit(9)
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
    signal.signal(number, heard)
os.write(1, b"waiting\\n")
while True:
    time.sleep(60)
"""


@pytest.fixture
def waiting(environ: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "sshim", "run", "--", sys.executable, "-c", WAITS]
    with subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None and running.stdout.readline() == "waiting\n"
        yield running
        if running.poll() is None:
            running.terminate()


def test_signals_reach_the_child_once_each_and_its_answer_comes_back(waiting: subprocess.Popen[str]) -> None:
    assert waiting.stdout is not None
    for number in (signal.SIGUSR1, signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        waiting.send_signal(number)
        assert waiting.stdout.readline() == f"heard {int(number)}\n"
    assert waiting.wait(30) == 9 and waiting.stdout.read() == ""


def test_ctrl_c_at_a_terminal_reaches_the_child_once(environ: dict[str, str], folder: Path) -> None:
    typed = Typed(["-m", "sshim", "run", "--", sys.executable, "-c", WAITS], environ, folder)
    typed.expect("waiting")
    typed.send("\x03")
    typed.expect("heard 2")
    time.sleep(0.2)  # a second one would have come by now; a slow machine only makes the test milder
    os.kill(typed.process.pid, signal.SIGTERM)
    typed.expect("heard 15")
    assert typed.end() == 9 and typed.shown.count("heard 2") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_the_limit_of_core_dumps_is_the_childs_own(program: Sshim) -> None:
    import resource

    code = "import resource; print(*resource.getrlimit(resource.RLIMIT_CORE))"
    ended = program("run", "--", sys.executable, "-c", code)
    assert ended.out.split() == [str(number) for number in resource.getrlimit(resource.RLIMIT_CORE)]
