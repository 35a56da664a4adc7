"""No test touches what belongs to the developer: data, state and configuration folders are temporary.

Where `CI` is set, a skipped test has failed: a check that silently stopped would look like a passed one.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres.fixtures import cluster, fresh_url  # noqa: F401  for the tests of both backends

NOT_IN_CI = ("pwsh is not installed",)
"""What `.ci/run` does not install, since no package of Debian holds it."""

_IGNORED_IN_THE_BACKGROUND = ("SIGINT", "SIGQUIT", "SIGHUP")
"""Signals that a shell's `&` and `nohup` have ignored, by whatever is started there too."""

settings.register_profile(
    "here", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("here")
"""Examples are the same in every run, and no test fails since the machine was busy."""

_OURS = ("SSHIM_", "CLOUDFLARE_", "CF_", "WRANGLER_", "XDG_")


@pytest.fixture(scope="session", autouse=True)
def _isolated_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every process that a test starts inherits folders of this run instead of the developer's."""
    kept = {"SSHIM_NODE_MODULES"}
    patch = pytest.MonkeyPatch()
    for name in list(os.environ):
        if name.startswith(_OURS) and name not in kept:
            patch.delenv(name)
    machine: Path = tmp_path_factory.mktemp("machine")
    for variable, folder in (
        ("XDG_DATA_HOME", "data"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
    ):
        patch.setenv(variable, str(machine / folder))
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def _signals_as_in_the_foreground() -> None:
    """What a test starts hears every signal, wherever the tests themselves were started."""
    for name in _IGNORED_IN_THE_BACKGROUND:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The report of a test, a skipped one made a failed one where it may not be skipped."""
    return _never_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a file of tests."""
    return _never_skipped((yield))


_Report = TypeVar("_Report", pytest.TestReport, pytest.CollectReport)


def _never_skipped(report: _Report) -> _Report:
    if os.environ.get("CI") and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if reason.removeprefix("Skipped: ") not in NOT_IN_CI:
            report.outcome = "failed"
            report.longrepr = f"skipped, though CI is set: {reason}"
    return report
