"""The pytest plugin: fixtures `worker`, `secrets` and `env`, the marker `sshim`, and reports without secret
values. Everything else of sshim is imported when a test asks for it. Switched off by `-p no:sshim`.
"""

from __future__ import annotations

import functools
import inspect
import logging
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from sshim.errors import SshimError
    from sshim.testing.client import WorkerClient
    from sshim.testing.env import TestEnv
    from sshim.testing.redact import Redaction
    from sshim.testing.secrets import Secrets

_CLIENT = pytest.StashKey["WorkerClient"]()
_FINDERS = pytest.StashKey[Any]()

_MARKER = (
    "sshim(config=None, env=None, secrets={}, vars={}, bindings={}, env_files=(), strict=False): "
    "the Cloudflare Worker of a test, its environment, and the values of its secrets by binding"
)

_NO_RUNNER = (
    "the test is async, and nothing runs such tests here\n"
    'Try: asyncio_mode = "auto" under [tool.pytest.ini_options], or @pytest.mark.asyncio at the test'
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Settings for the whole project."""
    parser.addini("sshim_config", "wrangler configuration of the tests, relative to this file", default="")
    parser.addini("sshim_strict", "fail tests on unseeded reads and unread seeds", type="bool", default=False)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Make handler modules importable from here on, also by `conftest.py`."""
    from sshim.testing.finder import insert

    named = (os.path.abspath(arg.partition("::")[0]) for arg in args if not arg.startswith("-"))
    folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in named]
    anchors = [*folders, str(early_config.invocation_params.dir), str(early_config.rootpath)]
    early_config.stash[_FINDERS] = insert(anchors)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", _MARKER)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the import system as it was."""
    finders = config.stash.get(_FINDERS, None)
    if finders is not None:
        from sshim.testing.finder import remove

        remove(finders)


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Before a test module is imported: its Worker's modules come before those of another Worker."""
    if isinstance(collector, pytest.Module) and "sshim.testing.project" in sys.modules:
        from sshim.testing.finder import config_above
        from sshim.testing.project import process

        folder = config_above(str(collector.path.parent))
        if folder is not None:
            process().enter(folder)


# -- fixtures ----------------------------------------------------------------------------------------------


@pytest.fixture
def _sshim_client(request: pytest.FixtureRequest) -> Iterator[WorkerClient]:
    """The Worker of this test, its main module not yet imported."""
    __tracebackhide__ = True
    from sshim.errors import SshimError
    from sshim.testing.session import make_client

    try:
        client = make_client(*_options(request))
        client.enter()
    except SshimError as error:
        _fail(error)
    request.node.stash[_CLIENT] = client
    yield client
    client.close()


@pytest.fixture
def worker(_sshim_client: WorkerClient) -> WorkerClient:
    """A client for the Worker: `await worker.fetch("/path", json={…})` gives a `workers.Response`."""
    __tracebackhide__ = True
    from sshim.errors import SshimError

    try:
        return _sshim_client.open()
    except SshimError as error:
        _fail(error)


@pytest.fixture
def secrets(_sshim_client: WorkerClient) -> Secrets:
    """The secrets of this test by binding: `secrets["API_KEY"] = "value"`. None is seeded at first, save by
    the marker."""
    return _sshim_client.secrets


@pytest.fixture
def env(_sshim_client: WorkerClient) -> TestEnv:
    """`env` as the Worker sees it; setting an attribute replaces a binding or variable for this test."""
    return _sshim_client.env


def _options(request: pytest.FixtureRequest) -> tuple[Any, Path]:
    """The options for a test, of the settings and its markers from the outermost in, and its folder."""
    from sshim.errors import UsageError
    from sshim.testing.options import Options

    config = request.config
    options = Options(strict=bool(config.getini("sshim_strict")))
    if setting := config.getini("sshim_config"):
        options = options.updated({"config": (config.inipath or config.rootpath / "x").parent / setting})
    for marker in reversed(list(request.node.iter_markers("sshim"))):
        if marker.args:
            raise UsageError("pytest.mark.sshim takes keywords only", hint="@pytest.mark.sshim(config=…)")
        options = options.updated(marker.kwargs)
    return options, request.path.parent


def _fail(error: SshimError) -> NoReturn:
    """Fail the test with the cause in the first line, and no frames but the Worker's own."""
    __tracebackhide__ = True
    from sshim.testing.failure import text_of

    raise pytest.fail.Exception(text_of(error), pytrace=False) from None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """After the test: finish its Worker's background work, then fail it for what went wrong out of sight."""
    client = item.stash.get(_CLIENT, None)
    if client is None:
        return (yield)
    from sshim.errors import SshimError

    late: list[SshimError] = []
    function = getattr(item, "obj", None)
    in_loop = inspect.iscoroutinefunction(function)
    if in_loop:
        item.obj = _settled(function, client, late)  # type: ignore[attr-defined]
    try:
        result = yield
    except pytest.fail.Exception as failure:
        if in_loop and "not natively supported" in str(failure):
            raise pytest.fail.Exception(_NO_RUNNER, pytrace=False) from None
        raise
    finally:
        if in_loop:
            item.obj = function  # type: ignore[attr-defined]
    try:
        for error in late:
            raise error
        if not in_loop:
            client.finish()
        client.verify()
    except SshimError as error:
        _fail(error)
    return result


def _settled(function: Any, client: WorkerClient, late: list[SshimError]) -> Any:
    """An async test that ends with its Worker's background work done, in the same event loop."""
    from sshim.errors import SshimError

    @functools.wraps(function)
    async def test(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        result = await function(*args, **kwargs)
        try:
            await client.settle()
        except SshimError as error:
            late.append(error)
        return result

    return test


# -- what is written ---------------------------------------------------------------------------------------


def _redaction() -> Redaction | None:
    """The values seeded so far, if any test has a Worker."""
    project = sys.modules.get("sshim.testing.project")
    return project.process().redaction if project is not None else None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Take secret values out of a test's report, before anything prints, writes or sends it."""
    return _without_values((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    """The same for what failed while tests were collected."""
    return _without_values((yield))


def _without_values(report: Any) -> Any:
    redaction = _redaction()
    if redaction is not None:
        from sshim.testing.redact import redact_report

        redact_report(report, redaction)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_warning_recorded(warning_message: Any) -> None:
    """Take secret values out of the summary of warnings."""
    redaction = _redaction()
    if redaction is None:
        return
    shown = str(warning_message.message)
    clean = redaction.redact(shown)
    if clean != shown:
        warning_message.message = UserWarning(clean)


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Take secret values out of live logs and log files."""
    logging_plugin = session.config.pluginmanager.get_plugin("logging-plugin")
    for name in ("log_cli_handler", "log_file_handler"):
        handler = getattr(logging_plugin, name, None)
        if isinstance(handler, logging.NullHandler) or getattr(handler, "baseFilename", None) == os.devnull:
            continue  # what pytest puts there when the setting is off
        if handler is not None and handler.formatter is not None:
            from sshim.testing.live import RedactingFormatter

            handler.setFormatter(RedactingFormatter(handler.formatter, _redaction))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, Any, Any]:
    """Take secret values out of what only the JUnit XML file holds, such as properties and test names."""
    result = yield
    redaction = _redaction()
    path = getattr(session.config.option, "xmlpath", None)
    if redaction is not None and path and os.path.isfile(path):
        file = Path(path)
        text = file.read_text(encoding="utf-8")
        clean = redaction.redact_xml(text)
        if clean != text:
            file.write_text(clean, encoding="utf-8")
    return result
