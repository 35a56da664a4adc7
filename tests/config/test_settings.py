"""The settings the rest of sshim builds on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sshim.config.settings import OtherBinding, read_environments
from tests.config.conftest import Project

TOML = """\
name = "w"
main = "src/entry.py"
compatibility_date = "2026-01-01"
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
LIMITS = 1
[env.broken]
name = "B"
[[env.broken.secrets_store_secrets]]
binding = "A"
store_id = "s"
secret_name = "n"
[[env.broken.secrets_store_secrets]]
binding = "B"
"""


def test_a_file_gives_main_variables_and_secrets_with_their_places(project: Project) -> None:
    config = project.toml(TOML).read()
    assert (config.name, config.main) == ("w", project.folder / "src" / "entry.py")
    assert (config.compatibility_date, config.compatibility_flags) == ("2026-01-01", ("python_workers",))
    assert {name: (var.type, var.value) for name, var in config.vars.items()} == {
        "GREETING": ("plain_text", "hello"),
        "LIMITS": ("json", {"a": 1}),
    }
    (secret,) = config.secrets
    assert (secret.binding, secret.store_id, secret.secret_name) == (
        *("API_KEY", "0123456789abcdef0123456789abcdef", "api-key"),
    )
    assert secret.place is not None
    assert (secret.place.line, secret.place.source_line) == (8, "[[secrets_store_secrets]]")
    assert config.defined_environments == ("staging", "broken")
    assert (config.config_path, config.user_config_path) == (project.folder / "wrangler.toml",) * 2


def test_a_named_environment_does_not_inherit_bindings(project: Project) -> None:
    config = project.toml(TOML).read(env="staging")
    assert (config.name, config.secrets, config.vars["GREETING"].value) == ("w-staging", (), "hi")
    assert config.environment == "staging"
    assert len(config.warnings) == 1


def test_the_command_line_replaces_date_flags_and_main(project: Project) -> None:
    project.toml(TOML).file("other.py", "")
    config = project.read(
        compatibility_date="2025-01-01", compatibility_flags=("python_workers", "x"), script=Path("other.py")
    )
    assert (config.compatibility_date, config.compatibility_flags, config.main) == (
        *("2025-01-01", ("python_workers", "x"), project.folder / "other.py"),
    )


def test_other_bindings_are_noticed_in_wranglers_order(project: Project) -> None:
    project.jsonc(
        ai={"binding": "AI"},
        kv_namespaces=[{"binding": "KV", "id": "1", "preview_id": "2"}],
        durable_objects={"bindings": [{"name": "DO", "class_name": "C", "script_name": "s"}]},
        queues={"producers": [{"binding": "Q", "queue": "q"}]},
        send_email=[{"name": "MAIL", "allowed_destination_addresses": ["a"], "x": 1}],
        unsafe={"bindings": [{"name": "U", "type": "odd", "a": 1}]},
        logfwdr={"bindings": [{"name": "L", "destination": "d"}]},
        r2_buckets=[{"binding": "R"}],
        assets={"binding": "ASSETS", "directory": "p"},
        wasm_modules={"W": "w.wasm"},
        version_metadata={"binding": "VM"},
    )
    assert project.read().other_bindings == (
        OtherBinding(
            "durable_objects",
            "DO",
            {"type": "durable_object_namespace", "class_name": "C", "script_name": "s"},
        ),
        OtherBinding("kv_namespaces", "KV", {"type": "kv_namespace", "id": "2", "preview_id": "2"}),
        OtherBinding("send_email", "MAIL", {"type": "send_email", "allowed_destination_addresses": ["a"]}),
        OtherBinding("queues", "Q", {"type": "queue", "queue_name": "q", "queue": "q"}),
        OtherBinding("r2_buckets", "R", {"type": "r2_bucket"}),
        OtherBinding("unsafe", "U", {"type": "unsafe_odd", "a": 1}),
        OtherBinding("ai", "AI", {"type": "ai"}),
        OtherBinding("version_metadata", "VM", {"type": "version_metadata"}),
        OtherBinding("logfwdr", "L", {"type": "logfwdr", "destination": "d"}),
        OtherBinding("wasm_modules", "W", {"type": "wasm_module", "source": {"path": "w.wasm"}}),
    )
    assert project.bindings()["ASSETS"] == {"type": "assets"}


@pytest.mark.parametrize("main", ["a\0.js", "x\ud83d.js"])
def test_a_main_no_file_can_have_is_refused_with_its_place(project: Project, main: str) -> None:
    error = project.jsonc(main=main).refused()
    assert (error.message, error.place is not None) == ('"main" cannot be the path of a file', True)


def test_every_environment_is_listed_without_raising(project: Project) -> None:
    project.toml(TOML)
    top, staging, broken = read_environments(project.options())
    assert (top.environment, top.name, [secret.binding for secret in top.secrets]) == (None, "w", ["API_KEY"])
    assert (staging.environment, staging.name, staging.secrets, staging.problems) == (
        "staging",
        "w-staging",
        (),
        (),
    )
    assert "not on" in staging.warnings[0].message
    assert [secret.binding for secret in broken.secrets] == ["A"]
    assert [problem.message.split(" ", 2)[0] for problem in broken.problems] == [
        *("Expected", '"env.broken.secrets_store_secrets[1]"', '"env.broken.secrets_store_secrets[1]"')
    ]
    assert broken.problems[1].place is not None


def test_a_file_that_cannot_be_read_gives_one_environment_with_its_problem(project: Project) -> None:
    (only,) = read_environments(project.jsonc("{").options())
    assert (only.environment, only.problems[0].message) == (None, "CloseBraceExpected")
    (only,) = read_environments(project.jsonc(main="x.py").options())
    assert "python_workers" in only.problems[0].message


def test_an_environment_wrangler_would_throw_at_is_listed_with_its_problem(project: Project) -> None:
    project.jsonc(env={"a": None})
    _, broken = read_environments(project.options())
    assert broken.problems[0].message == '"env.a" should be an object but got null.'


def test_a_redirected_configuration_has_one_environment(project: Project) -> None:
    project.file(".wrangler/deploy/config.json", '{"configPath": "../../d.json"}').file(
        "d.json", '{"name": "x"}'
    )
    project.toml(TOML)
    assert [found.name for found in read_environments(project.options())] == ["x"]


COUNT = """
import sys
from pathlib import Path
before = set(sys.modules)
calls = 0
def seen(frame, event, _):
    global calls
    calls += event == "call" and "/sshim/" in frame.f_code.co_filename
sys.setprofile(seen)
from sshim.config.settings import ReadOptions, read
here = Path(sys.argv[1])
found = read(ReadOptions(start=here, cwd=here, environ={}))
sys.setprofile(None)
assert len(found.secrets) == 60
print(calls, *sorted(set(sys.modules) - before))
"""

SLOW_TO_LOAD = {
    *("bisect", "contextlib", "dataclasses", "datetime", "difflib", "inspect", "json", "math", "tomli"),
    *("typing", "urllib.request"),
}


@pytest.mark.parametrize(("kind", "calls", "modules"), [("toml", 8_300, 30), ("jsonc", 7_000, 26)])
def test_a_file_of_12_kb_takes_few_calls_and_modules(
    project: Project, kind: str, calls: int, modules: int
) -> None:
    entries = [{"binding": f"KEY_{index}", "store_id": "0" * 32, "secret_name": "n"} for index in range(60)]
    values = {f"VAR_{index}": f"value number {index} of many more" for index in range(140)}
    if kind == "jsonc":
        project.jsonc(vars=values, secrets_store_secrets=entries)
    else:
        text = 'name = "w"\n[vars]\n' + "".join(f'{name} = "{value}"\n' for name, value in values.items())
        for entry in entries:
            text += "[[secrets_store_secrets]]\n"
            text += "".join(f'{name} = "{value}"\n' for name, value in entry.items())
        project.toml(text)
    assert 11_000 < (project.folder / f"wrangler.{kind}").stat().st_size < 14_000
    done = subprocess.run(
        [sys.executable, "-c", COUNT, str(project.folder)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    counted, *loaded = done.stdout.split()
    assert int(counted) <= calls
    assert not SLOW_TO_LOAD & set(loaded)
    assert len(loaded) <= modules, loaded


def test_reading_loads_nothing_a_command_does_not_need(tmp_path: Path) -> None:
    (tmp_path / "wrangler.toml").write_text(TOML)
    code = (
        "import sys; from pathlib import Path; here = Path(sys.argv[1])\n"
        "from sshim.config import settings, report, edit\n"
        "settings.read(settings.ReadOptions(start=here, cwd=here, environ={}))\n"
        "print(sorted({'aiohttp', 'asyncio', 'yaml', 'watchfiles', 'tomlkit', 'click'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "[]"
