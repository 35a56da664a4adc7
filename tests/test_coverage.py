"""Lines count in a process with an environ of its own, in what it forks, and at an end by `os._exit`."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from coverage import Coverage

from tests import coverage

PROGRAM = """import os
from sshim import model
if os.fork():
    os.wait()
    from sshim import permissions
else:
    from sshim import redaction
os._exit(0)
"""


def test_every_process_of_the_environment_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(packages))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    config = str(coverage.ROOT / "pyproject.toml")
    measured = Coverage(data_file=str(tmp_path / "lines"), config_file=config)
    with coverage.counted(measured.config.serialize()):
        start = f"import site; site.addsitedir({str(packages)!r})\n"
        done = subprocess.run([sys.executable, "-c", start + PROGRAM], env={}, cwd=coverage.ROOT, check=False)
    assert done.returncode == 0
    assert list(packages.iterdir()) == []
    measured.combine()
    found = {Path(name).name for name in measured.get_data().measured_files()}
    assert {"model.py", "permissions.py", "redaction.py"} <= found


LOST = """import sys
from coverage import Coverage
from tests import coverage
counting = Coverage(data_file=None, config_file=sys.argv[1])
counting.start()
sys.settrace(None)
coverage.pytest_runtest_teardown()
from sshim import permissions
counting.stop()
print(bool(counting.get_data().lines(permissions.__file__)))
"""


def test_a_counting_that_was_taken_off_is_put_back() -> None:
    command = [sys.executable, "-c", LOST, str(coverage.ROOT / "pyproject.toml")]
    done = subprocess.run(command, env={}, cwd=coverage.ROOT, check=True, capture_output=True, text=True)
    assert done.stdout == "True\n"


def test_what_is_left_out_is_there() -> None:
    for name in coverage._DISTURBED:
        path, _, test = name.partition("::")
        assert (
            f"def {test}(" in (coverage.ROOT / path).read_text() if test else (coverage.ROOT / path).is_file()
        )


def test_the_interpreter_of_the_machine_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    with pytest.raises(SystemExit, match="virtual environment"), coverage.counted(""):
        pass
