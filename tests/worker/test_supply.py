"""`--bind NAME=module:factory`."""

import sys
from pathlib import Path

import pytest

from sshim.errors import UsageError
from sshim.worker.supply import Supply, make_supplied, parse_supply


def test_the_three_parts_are_taken_apart() -> None:
    assert parse_supply("DB=tests.fakes:Fake.make") == Supply("DB", "tests.fakes", "Fake.make")


@pytest.mark.parametrize("text", ["", "DB", "DB=module", "=m:f", "DB=m:", "DB=m:f g", "DB=:f"])
def test_another_form_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_supply(text)
    assert "make_db" in (caught.value.hint or "")


def test_the_factory_is_called_once_for_each_binding(tmp_path: Path) -> None:
    before = list(sys.path)
    (tmp_path / "sshim_fakes.py").write_text(
        "class Fake:\n    @classmethod\n    def make(cls):\n        return cls()\n"
    )
    supplies = [Supply("A", "sshim_fakes", "Fake.make"), Supply("B", "sshim_fakes", "Fake")]
    made = make_supplied(supplies, tmp_path)
    assert [type(made[name]).__name__ for name in ("A", "B")] == ["Fake", "Fake"]
    assert sys.path == before  # the Worker itself must not import from there
    del sys.modules["sshim_fakes"]


@pytest.mark.parametrize("supply", [Supply("A", "no_such_module_here", "f"), Supply("A", "json", "no_such")])
def test_a_factory_that_is_not_there_is_named(supply: Supply, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"--bind A={supply.module}:{supply.factory} cannot be used"):
        make_supplied([supply], tmp_path)
