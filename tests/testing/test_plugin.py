"""The plugin from outside: projects of their own, tested by a pytest of their own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.conftest import CONFIG, HANDLER, PLUGINS, PYTEST, STORE, Project

BASIC = """
import pytest
from entry import Default
import entry

async def test_handler(worker, secrets):
    secrets["API_KEY"] = "abc"
    response = await worker.fetch("/")
    assert await response.text() == "Hello abc"

@pytest.mark.sshim(secrets={"API_KEY": "from the marker"})
async def test_marker(worker):
    assert await (await worker.fetch("/")).text() == "Hello from the marker"
    assert type(worker.instance()) is Default and worker.instance().__module__ == "entry"

def test_sync(worker, secrets, env):
    secrets.store("STORE")["api-key"] = "abc"
    env.GREETING = "Hi"
    response = worker.run(worker.fetch("/"))
    assert worker.run(response.text()) == "Hi abc"

async def test_nothing_is_left_of_the_tests_before(worker, secrets, env):
    assert dict(secrets) == {} and env.GREETING == "Hello"
    with pytest.raises(Exception, match='Secret "api-key" not found'):
        await worker.fetch("/")

class TestInClass:
    @pytest.mark.sshim(vars={"GREETING": "Hey"})
    async def test_method(self, worker, secrets):
        secrets["API_KEY"] = "abc"
        assert await (await worker.fetch("/")).text() == "Hey abc"

async def test_without_the_client(env, secrets):
    secrets["API_KEY"] = "abc"
    assert await env.API_KEY.get() == "abc"
    assert await Default(None, env).env.API_KEY.get() == "abc"
""".replace("STORE", STORE)


def test_handlers_run_with_their_secrets(project: Project) -> None:
    project.write(tests__test_worker=BASIC)
    ran = project.pytest(plugins=None)
    assert ran.code == 0, ran.out
    assert "6 passed" in ran.outcomes
    assert not (project.folder / "home").exists(), "the developer's store was opened"


def test_strict_mode_of_pytest_asyncio(project: Project) -> None:
    source = BASIC.replace("async def test", "@pytest.mark.asyncio\nasync def test").replace(
        "    @pytest.mark.asyncio\nasync def", "    @pytest.mark.asyncio\n    async def"
    )
    source = re.sub(r"( +)@pytest.mark.asyncio\nasync def", r"\1@pytest.mark.asyncio\n\1async def", source)
    project.write(tests__test_worker=source)
    ran = project.pytest(ini=PYTEST.replace("auto", "strict"))
    assert "6 passed" in ran.outcomes, ran.out


def test_tests_of_anyio(project: Project) -> None:
    project.write(
        src__entry="""
        import asyncio
        from workers import Response, WorkerEntrypoint

        class Default(WorkerEntrypoint):
            async def fetch(self, request):
                async def later():
                    await asyncio.sleep(0.01)
                    raise ValueError("too late")
                self.ctx.waitUntil(later())
                return Response("now")
        """,
        tests__test_worker="""
        import pytest

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.anyio
        async def test_handler(worker):
            await worker.fetch("/")
        """,
    )
    ran = project.pytest(plugins=("anyio", "sshim.testing.plugin"), ini="[pytest]\n")
    assert "1 failed" in ran.outcomes
    assert "work in the background failed: ValueError: too late" in ran.out


def test_xdist_keeps_workers_apart(project: Project) -> None:
    project.write(
        tests__test_worker="""
        import pytest

        @pytest.mark.parametrize("n", range(40))
        async def test_own_secret(worker, secrets, n):
            assert dict(secrets) == {}
            secrets["API_KEY"] = f"value {n}"
            assert await (await worker.fetch("/")).text() == f"Hello value {n}"
        """
    )
    ran = project.pytest("-n", "2", plugins=(*PLUGINS, "xdist"))
    assert "40 passed" in ran.outcomes, ran.out


def test_conftest_and_fixtures_of_the_user_import_handlers(project: Project) -> None:
    project.write(
        src__helper="def shout(text): return text.upper()",
        src__entry=HANDLER + "from helper import shout\n",
        tests__conftest="""
        import pytest
        from workers import Response
        import entry

        @pytest.fixture(autouse=True)
        def seeded(secrets):
            secrets["API_KEY"] = "seeded"

        @pytest.fixture
        async def body(worker):
            return await (await worker.fetch("/")).text()
        """,
        tests__test_worker="""
        import entry
        from helper import shout
        from workers import Response

        async def test_body(body, worker, monkeypatch):
            assert shout(body) == "HELLO SEEDED"
            monkeypatch.setattr(entry, "Response", lambda text: Response("patched"))
            assert await (await worker.fetch("/")).text() == "patched"
        """,
    )
    ran = project.pytest()
    assert "1 passed" in ran.outcomes, ran.out


def test_two_workers_with_modules_of_the_same_names(project: Project) -> None:
    for name in ("one", "two"):
        project.write(
            **{
                f"{name}__wrangler_toml": CONFIG,
                f"{name}__src__entry": HANDLER + f"from helper import NAME\nassert NAME == '{name}'\n",
                f"{name}__src__helper": f"NAME = '{name}'\n",
                f"{name}__tests__test_{name}": f"""
                import entry
                from helper import NAME

                async def test_{name}(worker, secrets):
                    assert NAME == entry.NAME == "{name}"
                    secrets["API_KEY"] = "k"
                    await worker.fetch("/")
                    assert type(worker.instance()) is entry.Default
                """,
            }
        )
    for order in (("one", "two"), ("two", "one")):
        ran = project.pytest(*order)
        assert "2 passed" in ran.outcomes, ran.out


def test_foreign_platforms_and_synced_packages_lose(project: Project) -> None:
    broken = "raise RuntimeError('not this one')\n"
    project.write(
        python_modules__workers____init__=broken,
        python_modules__js=broken,
        python_modules__asgi=broken,
        installed__pyodide____init__="__version__ = 'stub'\n",
        installed__pyodide__ffi="class JsException(Exception): pass\n",
        installed__pyodide__console="NAME = 'stub'\n",
        installed__js=broken,
        installed__pywrangler____init__="",
        installed__early="import pyodide, pyodide.ffi\n",
        tests__test_worker=BASIC
        + """
def test_the_platform_is_ours():
    import js, pyodide, pyodide.ffi, asgi
    assert pyodide.__version__ != "stub"
    assert hasattr(js, "Response") and hasattr(pyodide.ffi, "to_js")
""",
    )
    ran = project.pytest("-p", "early", PYTHONPATH=str(project.folder / "installed"))
    assert "7 passed" in ran.outcomes, ran.out


def test_the_plugin_can_be_switched_off(project: Project) -> None:
    project.write(tests__test_worker="def test_it(worker): pass\n", tests__test_import="import js\n")
    ran = project.pytest("-p", "no:sshim", "tests/test_worker.py", plugins=None)
    assert "fixture 'worker' not found" in ran.out
    ran = project.pytest("-p", "no:sshim", "tests/test_import.py", plugins=None)
    assert "No module named 'js'" in ran.out


def test_settings_for_the_whole_project(project: Project) -> None:
    project.write(
        deploy__prod_toml=CONFIG.replace("src/entry", "../src/entry").replace("Hello", "Bonjour"),
        tests__test_worker="""
        async def test_it(worker, secrets):
            secrets["API_KEY"] = "k"
            assert await (await worker.fetch("/")).text() == "Bonjour k"

        def test_unread(worker, secrets):
            secrets["API_KEY"] = "k"
        """,
    )
    ini = PYTEST + "sshim_config = deploy/prod.toml\nsshim_strict = true\n"
    ran = project.pytest(ini=ini)
    assert "1 failed, 1 passed" in ran.outcomes, ran.out
    assert "the value seeded for API_KEY was never read" in ran.out


def test_the_plugin_imports_nothing_until_it_is_asked(project: Project) -> None:
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            "import pytest, sys; pytest.main(['--collect-only', '-q'])\n"
            "print(*sorted(m for m in sys.modules if m.startswith(('sshim', 'js', 'workers', 'aiohttp'))))",
        ],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = [name for name in shown.stdout.splitlines()[-1].split() if not name.startswith("json")]
    assert loaded == ["sshim", "sshim.testing", "sshim.testing.finder", "sshim.testing.plugin"]


def test_a_project_without_workers_is_left_alone(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write(
        test_it="""
        import sys

        def test_nothing_of_sshim_is_loaded():
            loaded = [name for name in sys.modules if name.startswith("sshim.")]
            assert sorted(loaded) == ["sshim.testing", "sshim.testing.finder", "sshim.testing.plugin"]
        """
    )
    ran = project.pytest()
    assert "1 passed" in ran.outcomes, ran.out


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_every_import_mode(project: Project, mode: str) -> None:
    project.write(tests__test_worker=BASIC)
    ran = project.pytest(f"--import-mode={mode}")
    assert "6 passed" in ran.outcomes, ran.out
