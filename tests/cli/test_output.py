"""What the terminal shows, and in which form."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from sshim.cli.output import Terminal, defect, wants_color
from sshim.errors import ConfigError, Place, Problem, SecretNotFound, SourceError

HERE = Path("/project")


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal() -> Terminal:
    return Terminal(io.StringIO(), io.StringIO(), HERE)


def out(terminal: Terminal) -> str:
    assert isinstance(terminal.out, io.StringIO)
    return terminal.out.getvalue()


def err(terminal: Terminal) -> str:
    assert isinstance(terminal.err, io.StringIO)
    return terminal.err.getvalue()


@pytest.mark.parametrize(
    ("stream", "environ", "colored"),
    [
        (Tty(), {}, True),
        (Tty(), {"NO_COLOR": "1"}, False),
        (Tty(), {"NO_COLOR": ""}, True),
        (Tty(), {"TERM": "dumb"}, False),
        (Tty(), {"FORCE_COLOR": "0"}, False),
        (io.StringIO(), {}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_follows_the_terminal_and_the_two_variables(
    stream: io.StringIO, environ: dict[str, str], colored: bool
) -> None:
    assert wants_color(stream, environ) is colored


def test_an_error_is_a_sentence_and_the_next_step_on_stderr(terminal: Terminal) -> None:
    terminal.error(SecretNotFound("s" * 32, "api-kye", near=("api-key",)))
    assert out(terminal) == ""
    assert err(terminal).splitlines() == [
        f"error: there is no secret 'api-kye' in store {'s' * 32} (did you mean 'api-key'?)",
        f"Try: sshim secret list {'s' * 32}",
    ]


def test_an_error_with_a_place_shows_the_line_and_a_caret(terminal: Terminal) -> None:
    place = Place(HERE / "src" / "entry.py", 12, 5, 3, "    foo bar")
    terminal.error(SourceError("this name is not defined", place=place, hint="import it"))
    assert err(terminal).splitlines() == [
        "error: src/entry.py:12:5: this name is not defined",
        "  12 |     foo bar",
        "     |     ^^^",
        "Try: import it",
    ]


def test_the_frames_of_the_users_own_code_follow_the_sentence(terminal: Terminal) -> None:
    terminal.error(SourceError("ZeroDivisionError: division by zero", detail="  entry.py:3 in <module>\n"))
    assert err(terminal).splitlines()[1] == "  entry.py:3 in <module>"


def test_every_problem_of_a_file_is_shown_in_its_order(terminal: Terminal) -> None:
    path = HERE / "wrangler.toml"
    problems = (Problem("first", Place(path, 1, 1)), Problem("second\n\t- deeper", Place(path, 9, 2)))
    terminal.error(ConfigError(problems, path=path, warnings=(Problem("old field"),), hint="mend both"))
    assert err(terminal).splitlines() == [
        "warning: old field",
        "error: wrangler.toml:1:1: first",
        "error: wrangler.toml:9:2: second",
        "      - deeper",
        "Try: mend both",
    ]


def test_what_to_try_stands_below_the_problem_it_is_for(terminal: Terminal) -> None:
    problems = (
        Problem("\x1b[1mfirst\x1b[0m", hint="mend one"),
        Problem("second"),
        Problem("third", hint="two"),
    )
    terminal.error(ConfigError(problems))
    assert err(terminal).splitlines() == [
        "error: first", "Try: mend one", "error: second", "error: third", "Try: two"
    ]  # fmt: skip


def test_a_json_run_gets_the_error_as_one_document(terminal: Terminal) -> None:
    terminal.error_json(SecretNotFound("s" * 32, "k"))
    assert json.loads(out(terminal)) == {
        "error": {
            "code": "secret_not_found",
            "message": f"there is no secret 'k' in store {'s' * 32}",
            "hint": f"sshim secret list {'s' * 32}",
        }
    }
    assert err(terminal) == ""


def test_columns_line_up_whatever_the_letters_are_wide(terminal: Terminal) -> None:
    terminal.table(("NAME", "COMMENT"), [("a", "x"), ("日本", "y"), ("long-name", "")])
    assert out(terminal).splitlines() == [
        "NAME       COMMENT",
        "a          x",
        "日本       y",
        "long-name",
    ]


def test_a_record_is_a_field_a_line(terminal: Terminal) -> None:
    terminal.record({"id": "1", "comment": ""})
    assert out(terminal) == "id       1\ncomment\n"


def test_control_characters_of_others_never_reach_the_terminal(terminal: Terminal) -> None:
    terminal.table(("NAME",), [("\x1b[2J\x9b31m\u202egnp",)])
    terminal.note("line\rforged\nsecond")
    assert "\x1b" not in out(terminal) and "\x9b" not in out(terminal) and "\u202e" not in out(terminal)
    assert err(terminal) == "line\\rforged\\nsecond\n"


def test_colour_marks_the_word_and_nothing_else() -> None:
    terminal = Terminal(io.StringIO(), io.StringIO(), HERE, color_out=True, color_err=True)
    terminal.warn("old field")
    terminal.table(("A",), [("1",)])
    assert err(terminal) == "\x1b[33;1mwarning:\x1b[0m old field\n"
    assert out(terminal) == "\x1b[1mA\x1b[0m\n1\n"


def test_a_diff_keeps_its_signs(terminal: Terminal) -> None:
    terminal.lines("+added\n-gone\n same")
    assert err(terminal) == "+added\n-gone\n same\n"


@pytest.mark.parametrize("name", [".dev.vars", ".env.local"])
def test_a_line_of_a_file_with_values_is_not_quoted(terminal: Terminal, name: str) -> None:
    terminal.error(SourceError("not a pair", place=Place(HERE / name, 1, 1, 1, "API_KEY=hunter2")))
    assert err(terminal) == f"error: {name}:1:1: not a pair\n"


def test_the_frames_of_a_defect_hold_no_message() -> None:
    try:
        try:
            raise ValueError("hunter2")
        except ValueError as cause:
            raise KeyError("hunter2") from cause
    except KeyError as error:
        lines = defect(error)
    assert lines[0] == "KeyError" and "ValueError" in lines
    assert any("test_output.py" in line for line in lines)
    assert "hunter2" not in "".join(lines)
