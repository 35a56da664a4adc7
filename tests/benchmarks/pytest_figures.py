"""What a test with one fetch and one secret costs, beside an empty one."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.benchmarks.project import Project

_COUNT = 1000
_ROUNDS = 5
_HEAD = f"import pytest\n\n@pytest.mark.parametrize('n', range({_COUNT}))\n"
_SECRET = _HEAD + (
    "async def test_one(worker, secrets, n):\n"
    "    secrets['SECRET'] = f'value-number-{n}'\n"
    "    response = await worker.fetch('/')\n"
    "    assert await response.text() == f'value-number-{n}'\n"
)
_EMPTY = (
    "import pytest\n\n@pytest.fixture\ndef worker():\n    return None\n\n"
    "@pytest.fixture\ndef secrets():\n    return {}\n\n"
    + _HEAD.partition("\n\n")[2]
    + "async def test_one(worker, secrets, n):\n"
    "    secrets['SECRET'] = f'value-number-{n}'\n"
    "    assert secrets['SECRET'] == f'value-number-{n}'\n"
)
_PLUGIN = ("-p", "sshim.testing.plugin")


def _run(project: Project, name: str, source: str, *flags: str) -> tuple[float, float]:
    """CPU and wall seconds of a pytest over `source`."""
    file = Path(project.folder) / f"test_{name}.py"
    file.write_text(source)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "pytest_asyncio.plugin"),
            *(
                "-o",
                "asyncio_mode=auto",
                "-o",
                "asyncio_default_fixture_loop_scope=function",
                *flags,
                str(file),
            ),
        ],
        cwd=project.folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.perf_counter() - began


def each(project: Project) -> Figure:
    """CPU of one test beyond an empty one; importing sshim and the Worker is shared by the thousand."""
    costs = []
    for _ in range(_ROUNDS):
        with_secret, _wall = _run(project, "secret", _SECRET, *_PLUGIN)
        empty, _wall = _run(project, "empty", _EMPTY)
        costs.append(1000 * (with_secret - empty) / _COUNT)
    return Figure("a test with one secret, beyond an empty one", "ms CPU", costs, budget=5)


def thousand(project: Project) -> Figure:
    """A thousand of them, one process."""
    walls = [_run(project, "secret", _SECRET, *_PLUGIN)[1] for _ in range(_ROUNDS)]
    return Figure(f"{_COUNT:,} tests with one secret", "s", walls, budget=6)


def idle(project: Project) -> Figure:
    """CPU that the plugin adds to a pytest which uses nothing of it: a small part of what that takes, so it
    is asked more often than the other things."""
    costs = []
    for _ in range(5 * _ROUNDS):
        flags = ("--collect-only",)
        with_plugin, _wall = _run(project, "none", "def test_it():\n    pass\n", *flags, *_PLUGIN)
        without, _wall = _run(project, "none", "def test_it():\n    pass\n", *flags)
        costs.append(1000 * (with_plugin - without))
    return Figure("the plugin, unused", "ms CPU", costs, budget=20)


ALL: dict[str, Callable[[Project], Figure]] = {
    "pytest-test": each,
    "pytest-thousand": thousand,
    "pytest-idle": idle,
}
