"""A check that could not be made is none that was passed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests.conftest import NOT_IN_CI

ROOT = Path(__file__).resolve().parent.parent
SUITE = f"""import pytest

def test_of_what_is_missing():
    pytest.skip("Chromium is not installed")

def test_of_what_even_ci_has_not():
    pytest.skip({NOT_IN_CI[0]!r})

@pytest.mark.xfail
def test_known_to_fail():
    assert False
"""
FILE = 'import pytest\n\npytest.importorskip("no_such_package")\n'


@pytest.mark.parametrize(
    ("ci", "ended", "said"),
    [
        ({}, 0, "3 skipped, 1 xfailed"),
        ({"CI": "true"}, 2, "error"),
        ({"CI": "true", "ONLY": "test_suite.py"}, 1, "1 failed, 1 skipped, 1 xfailed"),
    ],
)
def test_a_skipped_test_has_failed_where_ci_is_set(
    tmp_path: Path, ci: dict[str, str], ended: int, said: str
) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "test_file.py").write_text(FILE)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    environ = {name: text for name, text in os.environ.items() if name != "CI"}
    environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # nothing of them is needed, and they load slowly
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest"]
    done = subprocess.run(
        [*command, ci.get("ONLY", ".")], cwd=tmp_path, env={**environ, "PYTHONPATH": str(ROOT), **ci},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == ended and said in done.stdout, done.stdout + done.stderr
    assert ("though CI is set" in done.stdout) == bool(ci)


def test_examples_are_the_same_in_every_run_and_have_no_deadline() -> None:
    assert settings.default is not None
    assert settings.default.derandomize and settings.default.deadline is None
