"""`python -m tests.coverage [PYTEST ARGUMENTS]`: the suite with every line that it runs counted.

Most of sshim runs in processes that tests start with an environ of their own, that fork, or that end by
`os._exit`. So counting begins by a `.pth` file of this virtual environment, which is there while the suite
runs: use an environment that nothing else is using. What counts and what is left out, by name, stands in
`pyproject.toml` under `tool.coverage`. The exit code is that of pytest, else 2 if too few lines were run.

Tests that look at what a program loads or calls, or that count themselves, are left out, since they would
find the counting. Where a test meets the end of the stack, Python takes the counting off: it is put back.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coverage import Coverage

ROOT = Path(__file__).resolve().parent.parent
_DISTURBED = (
    "tests/benchmarks/test_budgets.py",
    "tests/platform/test_hook.py::test_importing_the_platform_pulls_in_nothing_heavy",
    "tests/test_architecture.py::test_light_commands_load_nothing_heavy",
    "tests/test_coverage.py::test_every_process_of_the_environment_counts",
    "tests/test_coverage.py::test_a_counting_that_was_taken_off_is_put_back",
)
_VARIABLE = "COVERAGE_PROCESS_CONFIG"
_BEGIN = (
    f"import os; os.environ[{_VARIABLE!r}] = %r; "
    f"import coverage; coverage.process_startup(); del os.environ[{_VARIABLE!r}]\n"
)
"""One line, as a `.pth` file has it. No program under test sees the variable."""


@contextmanager
def counted(config: str) -> Iterator[None]:
    """Every interpreter of this virtual environment counts its lines."""
    if sys.prefix == sys.base_prefix:
        raise SystemExit("run this from a virtual environment: a file is put into it meanwhile")
    path = Path(sysconfig.get_path("purelib")) / "_sshim_coverage.pth"
    path.write_text(_BEGIN % config, encoding="utf-8")
    try:
        yield
    finally:
        path.unlink()


def pytest_runtest_teardown() -> None:
    """Count on. A `RecursionError` that comes up while a line is being counted ends the counting."""
    counting = Coverage.current()
    if counting is not None and sys.gettrace() is None:
        counting.stop()
        counting.start()


def main() -> int:
    """Run, combine, report."""
    with tempfile.TemporaryDirectory() as folder:
        coverage = Coverage(data_file=str(Path(folder) / "lines"), config_file=str(ROOT / "pyproject.toml"))
        with counted(coverage.config.serialize()):
            left_out = [f"--deselect={name}" for name in _DISTURBED]
            command = [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "-p",
                "tests.coverage",
                *left_out,
                *sys.argv[1:],
            ]
            code = subprocess.run(command, cwd=ROOT, check=False).returncode
        coverage.combine()
        total = coverage.report(show_missing=True, skip_covered=True)
    least = coverage.get_option("report:fail_under")
    assert isinstance(least, float)
    return code or (2 if total < least else 0)


if __name__ == "__main__":
    raise SystemExit(main())
