"""The example project, run as its README says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.walkthrough import steps

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "pytest"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(
        shutil.copytree(EXAMPLE, tmp_path / "pytest", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    )


def test_the_readme_of_the_example_is_true(copy: Path) -> None:
    (step,) = steps((copy / "README.md").read_text())
    install, run = step.commands
    assert install == "pip install '../..[pytest]'"
    program, *arguments = shlex.split(run)
    assert program == "python" and step.expected is not None
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert _without_times(done.stdout) == _without_times(step.expected)


def _without_times(text: str) -> str:
    return re.sub(r" in \d+\.\d+s", "", text)


def test_the_example_notices_a_worker_that_is_broken(copy: Path) -> None:
    entry = copy / "src" / "entry.py"
    broken = {
        'f"Bearer {key}"': 'f"Basic {key}"',
        'return Response("Bad signature", status=401)': "pass",
        'await self.payments("/settle", "")': "pass",
        "self.ctx.waitUntil(": "print(",
    }
    source = entry.read_text()
    for right, wrong in broken.items():
        assert right in source
        entry.write_text(source.replace(right, wrong))
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "pytest_asyncio.plugin",
                "-p",
                "sshim.testing.plugin",
            ],
            cwd=copy,
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 1, f"{wrong}: {done.stdout}"
