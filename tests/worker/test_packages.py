"""Packages with compiled code that Pyodide does not bring are named."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from sshim.worker import packages


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Distribution:
        def __init__(self, pure: bool) -> None:
            self.pure = pure

        def read_text(self, name: str) -> str:
            return f"Wheel-Version: 1.0\nRoot-Is-Purelib: {str(self.pure).lower()}\n"

    def distribution(name: str) -> Distribution:
        found = {"uvloop-like": False, "numpy": False, "pure-one": True}.get(name)
        if found is None:
            raise metadata.PackageNotFoundError(name)
        return Distribution(found)

    monkeypatch.setattr(metadata, "distribution", distribution)


def test_a_compiled_package_without_a_build_is_named_with_its_line(tmp_path: Path, installed: None) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\ndependencies = [\n  "numpy>=2",\n'
        '  "Uvloop_Like[extra]>=1; python_version > \'3\'",\n  "pure-one",\n  "absent",\n]\n'
    )
    (warning,) = packages.warnings(tmp_path)
    assert warning.message.startswith("uvloop-like has compiled code")
    assert warning.place is not None
    assert (warning.place.path.name, warning.place.line) == ("pyproject.toml", 5)


def test_requirements_are_read_too(tmp_path: Path, installed: None) -> None:
    (tmp_path / "requirements.txt").write_text(
        "# uvloop-like\n-r other.txt\n\nuvloop.like==1  # why\nnumpy\n"
    )
    (warning,) = packages.warnings(tmp_path)
    assert warning.place is not None
    assert warning.place.line == 4


@pytest.mark.parametrize(
    "text", ["", "[", "project = 3", "[project]\ndependencies = 3", "[project]\ndependencies = [3]"]
)
def test_a_strange_project_file_warns_of_nothing(tmp_path: Path, text: str, installed: None) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert packages.warnings(tmp_path) == []


def test_the_list_knows_what_pyodide_brings() -> None:
    known = (Path(packages.__file__).parent / "pyodide_packages.txt").read_text().split()
    assert {"numpy", "cryptography", "pydantic-core"} <= set(known)
    assert known == sorted(known)
