"""What the README says to type works, and the files it names are there."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.api.program import environ, serving
from tests.ports import free_port
from tests.settling import seen
from tests.test_architecture import ARROWS
from tests.walkthrough import Shell, steps

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def part(title: str) -> str:
    """The text below one heading."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


SERVE, TEST = (step.commands for step in steps(part("Two commands")))
STORE = "8f7a1cdced6342c18d223ece462fd88d"
INSTALL = "python3 -m venv .venv && .venv/bin/pip install -q "


def test_each_of_the_two_commands_is_one_line_that_works_alone() -> None:
    assert len(SERVE) == len(TEST) == 1
    assert SERVE[0].startswith(INSTALL + ". && ") and TEST[0].startswith(INSTALL + "-e '.[test]' && ")


def test_the_first_command_serves_the_quickstart_and_asks_it(tmp_path: Path) -> None:
    """All but the installing, in which there is nothing of ours to test, and on a free port."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    program = tmp_path / ".venv" / "bin" / "sshim"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sshim "$@"\n')
    program.chmod(0o755)
    shell = subprocess.Popen(
        ["bash", "-c", SERVE[0].removeprefix(INSTALL + ". && ").replace("8787", str(free_port()))],
        cwd=tmp_path,
        env={**os.environ, "SSHIM_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert shell.stdout is not None
    with shell:
        printed = []
        for line in shell.stdout:
            printed.append(line)
            if line.startswith("Hello!"):
                break
        os.killpg(shell.pid, signal.SIGTERM)
        shell.stdout.read()
    assert printed[-1:] == [next(step.expected for step in steps(README))], "".join(printed)


# -- everyday use ------------------------------------------------------------------------------------------

COMMAND = re.compile(r"`((?:sshim|python|eval) [^`]*)`")
ELSEWHERE = {
    "sshim init": "tests/cli/test_init.py",
    "sshim import --from-wrangler .": "tests/cli/test_from_wrangler.py",
    "sshim secrets-store secret list STORE_ID": "tests/cli/test_secrets_store.py",
    "sshim serve": "tests/api/test_serve.py",
    "sshim dashboard": "tests/browser/test_signing_in.py",
    "sshim COMMAND --help": "tests/test_help_pages.py",
    "sshim key add": "tests/cli/test_key.py",
    "sshim secret create": "tests/cli/test_secret.py",
    'eval "$(sshim completion bash)"': "tests/cli/test_completion.py",
    "python -m tests.benchmarks": "tests/benchmarks/test_report.py",
    "python -m tests.help_pages": "tests/test_help_pages.py",
    "python -m tests.error_page": "tests/test_error_page.py",
    "python -m tests.coverage": "tests/test_coverage.py",
    "python -m tests.faults --long": "tests/faults/test_kill.py",
    "sshim check --remote": "tests/cli/test_check_remote.py",
    "sshim import secrets.seed.yaml": "examples/seed/README.md",
    "sshim import FILE": "tests/cli/test_import.py",
}
"""Commands that have a test of their own."""

ENDED = [
    ("sshim secret set API_KEY", "value-of-the-key"),
    ("sshim secret set OTHER --bind", "another-value"),
    ("sshim import .dev.vars", ""),
    ("sshim check", ""),
    ("sshim types -o src/worker_env.pyi", ""),
    ("sshim run -- python script.py", ""),
    ("sshim token create --role admin", ""),
    ("sshim gateway key set openai", "sk-of-the-provider"),
    ("sshim store verify", ""),
    ("sshim store backup FILE", ""),
    ("sshim store rotate-key", ""),
    ("sshim audit list", ""),
    ("sshim audit verify", ""),
    ("sshim export STORE_ID --seal -o FILE", ""),
    ("sshim --version --verbose", ""),
]
"""Commands that end by themselves, in this order, with what is piped in."""

SERVING = [
    "sshim dev",
    "sshim dev --env staging",
    "sshim dev --gateway",
    "sshim dev --rehearse rotate",
    "python -m pdb -m sshim dev --no-reload",
]
ASKED = "sshim trigger scheduled"

CONFIG = f"""name = "everyday"
main = "src/entry.py"
compatibility_date = "2026-08-01"
compatibility_flags = ["python_workers"]
secrets_store_secrets = [{{ binding = "API_KEY", store_id = "{STORE}", secret_name = "key" }}]

[env.staging]
secrets_store_secrets = [{{ binding = "API_KEY", store_id = "{STORE}", secret_name = "key" }}]
"""
ENTRY = """from workers import Response, WorkerEntrypoint


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        return Response(f"{len(await self.env.API_KEY.get())} characters")

    async def scheduled(self, controller, env, ctx):
        print("it ran")
"""


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    folder = tmp_path / "everyday"
    (folder / "src").mkdir(parents=True)
    (folder / "wrangler.toml").write_text(CONFIG)
    (folder / "src" / "entry.py").write_text(ENTRY)
    (folder / ".dev.vars").write_text("API_KEY=brought-in-from-a-file\n")
    (folder / "script.py").write_text("import os; print(len(os.environ['API_KEY']))\n")
    shell = Shell(folder, tmp_path / "home")
    yield shell
    shell.end()


def test_every_command_that_the_readme_names_is_run_by_a_test() -> None:
    tested = {command.replace("OTHER --bind", "API_KEY --bind") for command, _ in ENDED}
    assert set(COMMAND.findall(README)) == tested | {*SERVING, ASKED, *ELSEWHERE}
    assert [path for path in ELSEWHERE.values() if not (ROOT / path).is_file()] == []


def test_the_commands_of_everyday_work_one_after_the_other(shell: Shell) -> None:
    said: dict[str, str] = {}
    for command, value in ENDED:
        line = command.replace("STORE_ID", STORE).replace("python script.py", f"{sys.executable} script.py")
        line = line.replace("FILE", f"file-{len(said)}")
        if "--seal" in line:
            (shell.folder / "passphrase").write_text("correct horse battery staple")
            line += " --passphrase-file passphrase"
        if "import" in line:
            line += " --yes"
        said[command] = shell.run(f"printf '{value}' | {line}" if value else line)
    assert said["sshim run -- python script.py"] == "22\n"
    assert "secret('everyday')" not in said["sshim check"] and "API_KEY" in said["sshim check"]
    assert "API_KEY" in (shell.folder / "src" / "worker_env.pyi").read_text()
    assert "OTHER" in (shell.folder / "wrangler.toml").read_text()
    assert "brought-in-from-a-file" not in "".join(said.values())


@pytest.mark.parametrize("command", SERVING)
def test_the_worker_is_served_in_each_way(shell: Shell, command: str) -> None:
    shell.run("printf 'value' | sshim secret set API_KEY")
    shell.run(command)
    assert shell.run("curl http://localhost:8787/") == "5 characters"
    if command == "sshim dev":
        assert shell.run(f"{ASKED} --port {shell.port}")
        assert seen(lambda: any("it ran" in line for line in shell.printed))


def test_what_pip_is_asked_for_is_offered() -> None:
    offered = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    install = part("Install")
    (named,) = re.findall(r"/path/to/clone\[(\w+)\]", install)
    extras = set(re.findall(r"`(\w+)` \(|`(\w+)`\.", install))
    assert {named} <= {one or other for one, other in extras} == set(offered) - {"test"}
    assert {*re.findall(r"the extra `(\w+)`", README)} == {"pytest", "postgres"}


OWNED_BY_ANOTHER = re.compile(
    r"""\b(?:(?:pip|pipx|uv) (?:pip )?(?:install|add|run)|uvx)(?: -\S+)* ['"]?sshim\b|sshim\["""
)


def test_nobody_is_told_to_install_the_other_project_of_this_name() -> None:
    assert OWNED_BY_ANOTHER.search("pip install --upgrade sshim") and OWNED_BY_ANOTHER.search("uvx sshim")
    told = [ROOT / "README.md", *(ROOT / "sshim").rglob("*.py"), *(ROOT / "examples").rglob("*")]
    kinds = {".md", ".py", ".toml", ".json", ".jsonc", ".txt"}
    found = [
        f"{path.relative_to(ROOT)}: {hit[0]}"
        for path in told
        if path.suffix in kinds and path.is_file() and not {".venv", "node_modules"} & {*path.parts}
        for hit in OWNED_BY_ANOTHER.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_clients_of_the_rest_api_get_what_is_there(tmp_path: Path) -> None:
    if os.environ.get("CI") != "true":
        pytest.importorskip("cloudflare", reason="the official SDK is not installed")
    text = part("Clients of the REST API")
    (step,) = steps(text)
    (code,) = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
    (tmp_path / "sshim").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sshim "$@"\n')
    (tmp_path / "sshim").chmod(0o755)
    with serving(tmp_path) as program:

        def here(written: str) -> str:
            assert "http://127.0.0.1:8788/" in written
            written = written.replace("127.0.0.1:8788", f"127.0.0.1:{program.port}")
            return written.replace("THE_ACCOUNT_ID", program.account_id)

        (tmp_path / "client.py").write_text(here(code))
        lines = [here("\n".join(step.commands)), f"'{sys.executable}' client.py"]
        done = subprocess.run(
            ["bash", "-ec", "\n".join(lines)],
            cwd=tmp_path,
            env={**environ(tmp_path), "PATH": f"{tmp_path}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert done.returncode == 0, done.stderr
    made, listed = re.findall(r'"id": ?"([0-9a-f]{32})"', done.stdout)
    assert made == listed and done.stdout.replace('":true', '": true').count('"success": true') == 2
    assert done.stdout.endswith(f"main {made}\n")


# -- inside ------------------------------------------------------------------------------------------------


def test_the_arrows_are_those_that_are_held() -> None:
    block = next(text for text in re.findall(r"^```\n(.*?)^```$", part("Inside"), re.M | re.S) if "→" in text)
    for line in block.splitlines():
        parts = [{name.strip() for name in step.split("|")} for step in line.split("→")]
        for sources, targets in pairwise(parts):
            for source in sources:
                assert targets <= ARROWS[source], f"{source} → {targets}"
    assert not {"store", "control"} & (ARROWS["worker"] | ARROWS["gateway"])


def test_every_file_that_the_readme_names_is_there() -> None:
    named = re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.py)`", README) + re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(named) > 20
    missing = [each for each in named if not (ROOT / each).exists() and not (ROOT / "sshim" / each).exists()]
    assert missing == []
