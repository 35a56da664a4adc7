"""Every error comes with what to try, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from sshim.config.advice import advice
from sshim.config.loading import load
from sshim.errors import ConfigError, Problem
from tests.config.conftest import Project
from tests.config.test_cases import NAMES, options_of

PLACELESS = ("Bindings must have unique names", "Could not read file")
"""The one closes the errors about each of the names; of the other there is no text to point at."""


def problems(name: str, folder: Path) -> tuple[Problem, ...]:
    try:
        return load(options_of(name, folder)).errors
    except ConfigError as error:
        return error.problems


@pytest.mark.parametrize("name", NAMES)
def test_every_error_of_the_cases_says_where_and_what_to_try(name: str, tmp_path: Path) -> None:
    for problem in problems(name, tmp_path):
        assert problem.hint, problem.message
        assert problem.place is not None or problem.message.startswith(PLACELESS)


def test_advice_is_in_the_syntax_of_the_file(project: Project) -> None:
    message = 'The field "vars" should be an object but got "x".'
    assert advice(message, toml=False) == "write it as an object: { … }"
    assert advice(message, toml=True) == "write it as a table"


def test_a_value_that_quotes_a_message_does_not_choose_the_advice() -> None:
    message = 'Expected "dev.port" to be of type number but got "should be an array".'
    assert advice(message, toml=False) == "write a number, without quotes"
    assert advice("something else", toml=False) is None


def test_thousands_of_problems_do_not_each_get_advice(project: Project) -> None:
    project.jsonc('{"secrets_store_secrets": [' + ",".join(["1"] * 200) + "]}")
    hints = [problem.hint for problem in project.refused().problems]
    assert all(hints[:50]) and not any(hints[50:])
