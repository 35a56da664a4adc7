"""The user's own frames of an exception."""

from pathlib import Path
from types import ModuleType

from sshim.worker.frames import error_line, format_exception, place_of


def run(path: Path, source: str) -> BaseException:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    try:
        exec(compile(source, str(path), "exec"), ModuleType("m").__dict__)
    except BaseException as error:
        return error
    raise AssertionError("the source was to fail")


def test_only_frames_below_the_project_are_shown(tmp_path: Path) -> None:
    error = run(tmp_path / "src" / "entry.py", "import json\n\ndef f():\n    json.loads('x')\n\nf()\n")
    text = format_exception(error, tmp_path)
    assert text.startswith("Traceback (most recent call last):\n")
    assert 'File "src/entry.py", line 4, in f' in text
    assert "json.loads('x')" in text
    assert "decoder.py" not in text and __file__ not in text
    assert text.endswith("Expecting value: line 1 column 1 (char 0)")


def test_packages_installed_inside_the_project_are_not_the_users(tmp_path: Path) -> None:
    error = run(tmp_path / ".venv" / "lib" / "site-packages" / "x.py", "1/0\n")
    assert format_exception(error, tmp_path) == "ZeroDivisionError: division by zero"
    assert place_of(error, tmp_path) is None


def test_a_cause_is_shown_with_its_own_user_frames(tmp_path: Path) -> None:
    source = "try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise ValueError('no') from e\n"
    text = format_exception(run(tmp_path / "a.py", source), tmp_path)
    assert "ZeroDivisionError: division by zero" in text
    assert "The above exception was the direct cause" in text
    assert text.endswith("ValueError: no")


def test_an_exception_that_is_its_own_cause_ends(tmp_path: Path) -> None:
    error = run(tmp_path / "a.py", "raise ValueError('a')\n")
    error.__cause__ = error
    assert format_exception(error, tmp_path).count("ValueError: a") == 1


def test_the_place_is_the_innermost_user_frame(tmp_path: Path) -> None:
    place = place_of(run(tmp_path / "a.py", "def f():\n    return 1/0\n\nf()\n"), tmp_path)
    assert place is not None
    assert (place.line, place.column, place.length) == (2, 5, 10)
    assert place.source_line == "    return 1/0"


def test_the_place_of_a_syntax_error_is_the_one_it_names(tmp_path: Path) -> None:
    place = place_of(run(tmp_path / "a.py", "x = 1\ndef f(:\n"), tmp_path)
    assert place is not None
    assert (place.path.name, place.line, place.column) == ("a.py", 2, 7)
    assert place.source_line == "def f(:"


def test_the_error_line_is_type_and_message() -> None:
    assert error_line(ValueError("two\nlines")) == "ValueError: two"
    assert (
        error_line(SyntaxError("invalid syntax", ("a.py", 1, 1, "x", 1, 2))) == "SyntaxError: invalid syntax"
    )
    assert error_line(KeyError("x")) == "KeyError: 'x'"
