"""The import hook: its modules win, know their version, and refuse with a reason what they have not."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(
    code: str, *, before: str = "", path: Path | None = None, date: str = "None", flags: str = "()"
) -> str:
    """The output of a fresh Python that has installed the platform before the code, and after `before`."""
    preamble = f"{before}from sshim.platform import hook\nhook.install({date}, {flags})\n"
    environ = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(str(p) for p in (path, ROOT) if p)}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", preamble + code],
        capture_output=True,
        text=True,
        env=environ,
        cwd=path or ROOT,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_the_sdk_imports_on_top_of_it() -> None:
    code = "import workers, asgi, workers.wsgi\nprint(workers.Response('x').status, asgi.ASGI['version'])"
    assert run(code) == "200 3.0"


@pytest.mark.parametrize(
    ("date", "flags", "version"),
    [
        ("None", "()", "0.28.2"),
        ("'2025-09-29'", "()", "0.28.2"),
        ("'2025-09-28'", "()", "0.26.0a2"),
        ("'2025-09-28'", "['python_workers_20250116']", "0.28.2"),
        ("'2026-01-01'", "['no_python_workers_20250116']", "0.26.0a2"),
    ],
)
def test_date_and_flags_choose_the_pyodide(date: str, flags: str, version: str) -> None:
    code = (
        "import js, pyodide\n"
        "from pyodide import ffi\n"
        "print(pyodide.__version__, js.Headers.new().get('x') is None, hasattr(ffi, 'jsnull'))"
    )
    old = version.startswith("0.26")
    assert run(code, date=date, flags=flags) == f"{version} {old} {not old}"


def test_the_sdk_runs_on_the_old_pyodide_too() -> None:
    code = "import workers\nfrom workers.utils import jsnull\nprint(jsnull, workers.FormData()['missing'])"
    assert run(code, date="'2025-07-01'") == "None None"


def test_it_wins_over_modules_of_the_same_names(tmp_path: Path) -> None:
    for name in ("js", "pyodide", "_pyodide_entrypoint_helper", "_cloudflare_compat_flags"):
        (tmp_path / f"{name}.py").write_text("raise AssertionError('the wrong one')\n")
    code = (
        "import js, pyodide.ffi, _pyodide_entrypoint_helper, _cloudflare_compat_flags\n"
        "print(js.Response.new('x').status, _cloudflare_compat_flags.python_workflows)"
    )
    assert run(code, path=tmp_path) == "200 True"


def test_it_wins_over_a_pyodide_that_was_imported_before(tmp_path: Path) -> None:
    package = tmp_path / "pyodide"
    package.mkdir()
    (package / "__init__.py").write_text("stub = True\n")
    (package / "ffi.py").write_text("stub = True\n")
    before = "import pyodide.ffi\nassert pyodide.ffi.stub\n"
    code = "import pyodide.ffi\nprint(hasattr(pyodide, 'stub'), pyodide.ffi.to_js([1]))"
    assert run(code, before=before, path=tmp_path) == "False 1"


def test_installing_again_changes_the_settings_and_nothing_else() -> None:
    code = (
        "import sys, js, pyodide, _cloudflare_compat_flags as flags\n"
        "finders = len(sys.meta_path)\n"
        "hook.install(None)\n"
        "hook.install('2025-07-01', ['python_request_headers_preserve_commas'])\n"
        "import js as again, _cloudflare_compat_flags as same\n"
        "print(len(sys.meta_path) - finders, again is js, same is flags, pyodide.__version__,\n"
        "      flags.python_no_global_handlers, flags.python_request_headers_preserve_commas)"
    )
    assert run(code) == "0 True True 0.26.0a2 False True"


def test_it_stays_first_when_others_come_before_it() -> None:
    code = (
        "import sys\n"
        "sys.meta_path.insert(0, sys.meta_path.pop())\n"
        "hook.install(None)\n"
        "print(type(sys.meta_path[0]).__name__, hook.is_installed())"
    )
    assert run(code) == "PlatformFinder True"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("pyodide.console", "no interactive console"),
        ("pyodide.webloop", "event loop is asyncio's own"),
        ("_pyodide_core", "not in Pyodide"),
        ("pyodide_js", "no interpreter object"),
    ],
)
def test_what_only_pyodide_has_is_refused_with_a_reason(name: str, reason: str) -> None:
    code = (
        "import importlib\n"
        f"try:\n    importlib.import_module({name!r})\n"
        "except ModuleNotFoundError as error:\n    print(error, error.name)"
    )
    output = run(code)
    assert reason in output and output.startswith(f"No module named '{name}'") and output.endswith(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("HTMLRewriter", "html.parser"),
        ("eval", "without a JavaScript engine"),
        ("WebAssembly", "native package"),
        ("XMLHttpRequest", "use fetch"),
        ("CompressionStream", "zlib or gzip"),
        ("NoSuchThing", "neither Workers nor sshim know"),
    ],
)
def test_a_missing_global_says_why(name: str, reason: str) -> None:
    code = (
        "import js\n"
        f"try:\n    from js import {name}\nexcept ImportError as error:\n    print(error)\n"
        f"try:\n    js.{name}\nexcept AttributeError as error:\n    print(error)\n"
        f"print(hasattr(js, {name!r}), getattr(js, {name!r}, 'default'))"
    )
    imported, read, has = run(code).splitlines()
    assert imported.startswith(f"cannot import name '{name}' from 'js'") and reason in imported
    assert read.startswith(f"js.{name} is not available") and reason in read
    assert has == "False default"


def test_pyodides_parts_are_there_without_importing_each() -> None:
    code = (
        "import pyodide\n"
        "print(pyodide.ffi.to_js([1]), pyodide.code.relaxed_call(len, [1], 2))\n"
        "print(pyodide.http.pyfetch.__name__)\n"
        "from pyodide.ffi.wrappers import set_timeout\n"
        "from pyodide.ffi import JsProxy, JsException, create_proxy, destroy_proxies, run_sync, JsBuffer\n"
        "print(sorted(pyodide.ffi.__all__)[:3])"
    )
    assert run(code).splitlines() == ["1 1", "pyfetch", "['ConversionError', 'IN_BROWSER', 'JsArray']"]


def test_a_javascript_module_can_be_registered() -> None:
    code = (
        "from pyodide.ffi import register_js_module, unregister_js_module\n"
        "import js\n"
        "register_js_module('mine', js.JSON.parse('{\"a\": 1}'))\n"
        "from mine import a\n"
        "print(a)\n"
        "unregister_js_module('mine')\n"
        "try:\n    unregister_js_module('mine')\nexcept ValueError as error:\n    print(error)"
    )
    assert run(code).splitlines() == [
        "1",
        "Cannot unregister 'mine': no javascript module with that name is registered",
    ]


def test_globals_can_be_set() -> None:
    code = "import js\njs.mine = 3\nfrom js import mine\nprint(mine, js.globalThis.mine, js.self is js.self)"
    assert run(code) == "3 3 True"


def test_importing_the_platform_pulls_in_nothing_heavy() -> None:
    code = (
        "import sys, js, json\n"
        "import pyodide.ffi\n"
        "js.Response, js.Request, js.Headers, js.URL\n"
        "heavy = ['aiohttp', 'cryptography', 'workers', 'sshim.errors', 'greenlet', 'sqlite3', 'yaml']\n"
        "print(json.dumps([name for name in heavy if name in sys.modules]))"
    )
    assert json.loads(run(code)) == []


def test_run_sync_is_wanted_once_it_is_named_or_wsgi_is_used() -> None:
    code = (
        "from sshim.platform import suspend\n"
        "import pyodide.ffi\n"
        "print(suspend.is_wanted())\n"
        "{}\n"
        "print(suspend.is_wanted())"
    )
    for line in ("from pyodide.ffi import run_sync", "import workers.wsgi"):
        assert run(code.format(line)).split() == ["False", "True"]


def test_there_are_no_top_level_packages_of_the_platforms_names() -> None:
    top = {path.stem for path in ROOT.iterdir()}
    assert not top & {"js", "pyodide", "_cloudflare", "workers", "_pyodide_entrypoint_helper"}
    assert importlib.util.find_spec("_cloudflare") is None
