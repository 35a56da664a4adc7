"""Every example does what its README says."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.walkthrough import Shell, steps

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
WALKED = ("quickstart", "fastapi", "flask", "legacy", "differences", "ai_gateway", "seed")

ELSEWHERE = {
    "pytest": "tests/testing/test_example.py",
    "team_store": "tests/postgres/test_team_store.py",
}
"""Examples that a test of their own walks through."""


@pytest.fixture
def shell(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shell]:
    folder = tmp_path / request.param
    shutil.copytree(EXAMPLES / request.param, folder)
    shell = Shell(folder, tmp_path / "home")
    yield shell
    shell.end()


@pytest.mark.parametrize("shell", WALKED, indirect=True)
def test_the_readme_of_an_example_is_true(shell: Shell) -> None:
    compared = 0
    for step in steps((shell.folder / "README.md").read_text()):
        printed = [shell.run(command) for command in step.commands][-1]
        if step.expected is not None:
            assert printed.rstrip("\n") == step.expected.rstrip("\n")
            compared += 1
    assert compared > 0


def test_the_manifest_that_the_seed_readme_shows_is_the_one_that_is_there() -> None:
    shown = (EXAMPLES / "seed" / "README.md").read_text().partition("```yaml\n")[2].partition("```\n")[0]
    assert shown == (EXAMPLES / "seed" / "secrets.seed.yaml").read_text()


def test_every_example_has_a_readme_and_a_test() -> None:
    folders = {path.name for path in EXAMPLES.iterdir() if path.is_dir()}
    assert {name for name in folders if (EXAMPLES / name / "README.md").is_file()} == folders
    assert set(WALKED) <= folders
    typed = {name for name in folders if list(steps((EXAMPLES / name / "README.md").read_text()))}
    tested = {name for name, path in ELSEWHERE.items() if (EXAMPLES.parent / path).is_file()}
    assert typed <= {*WALKED, *tested}


def test_no_two_examples_write_over_each_others_secrets() -> None:
    names: dict[str, set[str]] = {}
    for path in EXAMPLES.glob("*/wrangler.*"):
        for name in re.findall(r'"?secret_name"?\s*[=:]\s*"([^"]+)"', path.read_text()):
            names.setdefault(name, set()).add(path.parent.name)
    assert len(names) > 8
    assert {name: folders for name, folders in names.items() if len(folders) > 1} == {}
