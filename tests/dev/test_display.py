"""Text and places of files as a terminal shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sshim.dev.display import excerpt, plain, shown_path
from sshim.errors import Place


def caret(source: str, column: int, length: int = 1, name: str = "entry.py") -> list[str]:
    return excerpt(Place(Path(name), 12, column, length, source))


def test_the_caret_stands_under_the_place() -> None:
    assert caret("def fetch(path", 10) == ["  12 | def fetch(path", "     |          ^"]


def test_a_tab_and_wide_letters_keep_the_caret_in_line() -> None:
    line, below = caret("\tx = '日本' + y", 13)
    assert line.index("y") + 2 == below.index("^")


def test_a_caret_past_the_end_stands_after_the_line() -> None:
    assert caret("ab", 3)[1] == "     |   ^"
    assert caret("ab", 99)[1] == "     |   ^"


def test_a_long_line_is_cut_round_the_place() -> None:
    line, below = caret("x" * 500 + "HERE" + "y" * 500, 501, 4)
    assert "HERE" in line and len(line) < 120
    assert line[below.index("^") : below.index("^") + 4] == "HERE"


def test_control_characters_of_the_source_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in "".join(caret("a\x1b[31mb", 2))


@pytest.mark.parametrize("name", [".dev.vars", ".dev.vars.staging", ".env", ".env.local"])
def test_a_line_of_a_file_that_holds_values_is_never_shown(name: str) -> None:
    assert caret("KEY=value", 1, name=name) == []


def test_plain_keeps_letters_and_escapes_what_acts() -> None:
    assert plain("naïve 日本") == "naïve 日本"
    assert plain("a\x1b]0;b\u202ec") == "a\\x1b]0;b\\u202ec"


def test_paths_are_shown_from_the_working_folder() -> None:
    assert shown_path(Path("/a/b/c.py"), Path("/a")) == "b/c.py"
    assert shown_path(Path("/x/c.py"), Path("/a")) == "/x/c.py"
