"""Each line of `cases/` gives on our platform what it gives in Pyodide: frozen, and live where Node is."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sshim.platform import hook
from sshim.platform.runtime import runtime
from tests.conformance.pyodide_reference import describe, reference

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

_VERSIONS = sorted(path.stem for path in reference.FROZEN.glob("*.json"))
_live = functools.cache(reference.run)


@pytest.fixture
def platform() -> Iterator[None]:
    """The platform in place for one test, and what stood there before put back."""

    def mine() -> dict[str, Any]:
        return {
            name: module for name, module in sys.modules.items() if name.split(".")[0] in ("js", "pyodide")
        }

    kept, version = mine(), runtime.version
    if not hook.is_installed():
        hook.install(None)
    yield
    runtime.emulate(version)
    for name in mine():
        del sys.modules[name]
    sys.modules.update(kept)


def _differences(case: Path, version: str, expected: dict[str, Any]) -> list[str]:
    runtime.emulate(version)
    for name in [name for name in sys.modules if name.split(".")[0] == "pyodide"]:
        # What pyodide.ffi has depends on the version.
        del sys.modules[name]
    lines = reference.lines_of(case)
    results = asyncio.run(describe.results_of([line for line, _ in lines]))
    return [
        f"{line}\n  Pyodide {version}: {expected[line]}\n  here: {ours}"
        for (line, reason), ours in zip(lines, results, strict=True)
        if reason is None and json.loads(json.dumps(ours)) != expected[line]
    ]


def test_both_versions_that_workers_run_are_frozen() -> None:
    assert [version.rpartition(".")[0] for version in _VERSIONS] == ["0.26", "0.28"]


@pytest.mark.parametrize("version", _VERSIONS)
@pytest.mark.parametrize("case", reference.CASES, ids=lambda case: case.stem)
def test_lines_give_what_pyodide_gave(case: Path, version: str, platform: None) -> None:
    expected = json.loads((reference.FROZEN / f"{version}.json").read_text(encoding="utf-8"))
    differences = _differences(case, version, expected)
    assert not differences, "\n".join(differences)


@pytest.mark.node
def test_there_is_a_pyodide_to_compare_with() -> None:
    if not reference.references() and os.environ.get("CI") != "true":
        pytest.skip(
            "no Pyodide: `npm install pyodide`, and set SSHIM_NODE_MODULES to the node_modules folder"
        )
    assert reference.references(), "SSHIM_NODE_MODULES must name a node_modules folder with pyodide"
    assert reference.node(reference.references()), "Node is missing"


@pytest.mark.node
@pytest.mark.parametrize("modules", reference.references(), ids=lambda folder: folder.parent.name)
@pytest.mark.parametrize("case", reference.CASES, ids=lambda case: case.stem)
def test_lines_give_what_pyodide_gives(case: Path, modules: Path, platform: None) -> None:
    version, expected = _live(modules)
    differences = _differences(case, version, expected)
    assert not differences, "\n".join(differences)
