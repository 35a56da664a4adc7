"""Errors of ours as the text of a failed test."""

from __future__ import annotations

from pathlib import Path

import pytest

from sshim.errors import ConfigError, ExpectationFailed, Place, Problem, SourceError, UsageError
from sshim.testing.failure import text_of


def test_the_cause_comes_first_then_the_workers_frames_then_the_next_step() -> None:
    error = SourceError(
        "ModuleNotFoundError: No module named 'stripe'",
        place=Place(Path.cwd() / "src" / "entry.py", 3, 1),
        detail="Traceback (most recent call last):\n  …",
        hint="install stripe",
    )
    assert text_of(error).splitlines() == [
        "the Worker cannot be imported: ModuleNotFoundError: No module named 'stripe' (src/entry.py:3:1)",
        "",
        "Traceback (most recent call last):",
        "  …",
        "",
        "Try: install stripe",
    ]


def test_each_problem_of_a_configuration_has_its_line() -> None:
    problems = (Problem("first", Place(Path("/elsewhere/wrangler.toml"), 1, 2)), Problem("second"))
    assert text_of(ConfigError(problems)) == "first (/elsewhere/wrangler.toml:1:2)\nsecond"


@pytest.mark.parametrize("error", [UsageError("said", hint="do"), ExpectationFailed("said", hint="do")])
def test_a_plain_error_is_two_lines(error: UsageError | ExpectationFailed) -> None:
    assert text_of(error) == "said\nTry: do"
