"""How a value comes in: piped, from a file, typed without echo, or by a flag."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sshim.cli.context import Session
from sshim.cli.output import Terminal
from sshim.cli.values import read_limited, read_value
from sshim.errors import InvalidValue, UsageError, ValueTooLong
from sshim.model import MAX_VALUE_BYTES
from tests.cli.conftest import CANARY, Stdin, Typed


class Endless(io.RawIOBase):
    """A stream that counts what was read of it, and never ends."""

    def __init__(self, start: bytes, filler: bytes) -> None:
        self.rest, self.filler, self.taken = start, filler, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "the whole of a stream must never be asked for"
        part, self.rest = self.rest[:size], self.rest[size:]
        part += self.filler * (size - len(part))
        self.taken += size
        return part


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session({}, tmp_path, Terminal(io.StringIO(), io.StringIO(), tmp_path), Stdin(f"{CANARY}\n"))


def talk(session: Session) -> str:
    assert isinstance(session.terminal.err, io.StringIO)
    return session.terminal.err.getvalue()


@pytest.mark.parametrize("space", ["\n", "\r\n", " \t\n\n", "\u00a0\ufeff\u2028"])
def test_white_space_at_the_end_is_cut_off(space: str) -> None:
    assert read_limited(io.BytesIO(f" a b{space}".encode())) == " a b"


def test_separators_that_javascript_keeps_are_kept() -> None:
    assert read_limited(io.BytesIO(b"a\x1c\x85".decode("latin-1").encode())) == "a\x1c\x85"


def test_a_value_of_exactly_the_limit_passes_with_its_newline() -> None:
    text = "x" * MAX_VALUE_BYTES
    assert read_limited(io.BytesIO(f"{text}\r\n".encode())) == text


def test_one_byte_more_is_refused() -> None:
    with pytest.raises(ValueTooLong, match="more bytes than the limit of 65,536"):
        read_limited(io.BytesIO(b"x" * (MAX_VALUE_BYTES + 1)))


def test_an_endless_stream_is_read_no_further_than_the_limit() -> None:
    stream = Endless(b"", b"x")
    with pytest.raises(ValueTooLong):
        read_limited(stream)  # type: ignore[arg-type]
    assert stream.taken == MAX_VALUE_BYTES + 1


def test_endless_blanks_after_a_value_are_given_up_on() -> None:
    stream = Endless(b"value", b" ")
    with pytest.raises(ValueTooLong):
        read_limited(stream)  # type: ignore[arg-type]
    assert stream.taken < 3 * MAX_VALUE_BYTES


@pytest.mark.parametrize("gap", [1, 5000, 20_000])
def test_text_behind_blanks_beyond_the_limit_is_not_cut_off_in_silence(gap: int) -> None:
    with pytest.raises(ValueTooLong):
        read_limited(io.BytesIO(b"x" * MAX_VALUE_BYTES + b" " * gap + b"y"))


def test_a_stream_in_small_pieces_is_put_together() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 1, 7))

    text = "0123456789" * 6553
    assert read_limited(Slow(text.encode())) == text


def test_bytes_that_are_no_text_are_refused_without_being_shown() -> None:
    with pytest.raises(InvalidValue, match="not valid UTF-8") as caught:
        read_limited(io.BytesIO(b"hunter2\xff"))
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_a_piped_value_is_taken(session: Session) -> None:
    assert read_value(session, value=None, value_file=None, what="k") == CANARY
    assert talk(session) == ""


def test_a_dash_names_standard_input_even_in_a_terminal(session: Session) -> None:
    session.stdin = Stdin(CANARY, tty=True)
    assert read_value(session, value=None, value_file=Path("-"), what="k") == CANARY


@pytest.mark.parametrize("stdin", [None, Stdin(""), Stdin("\n")])
def test_nothing_piped_in_is_an_error_and_no_prompt(session: Session, stdin: Stdin | None) -> None:
    session.stdin = stdin
    with pytest.raises(InvalidValue, match="no value came in"):
        read_value(session, value=None, value_file=None, what="k")


def test_a_file_is_read_from_the_sessions_folder(session: Session, tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text(f"{CANARY}\n")
    assert read_value(session, value=None, value_file=Path("key.txt"), what="k") == CANARY


@pytest.mark.parametrize("name", ["gone", "."])
def test_a_file_that_cannot_be_read_is_named(session: Session, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_value(session, value=None, value_file=Path(name), what="k")


def test_the_flag_works_with_a_warning_and_keeps_its_white_space(session: Session) -> None:
    assert read_value(session, value=f"{CANARY} ", value_file=None, what="k") == f"{CANARY} "
    assert talk(session).startswith("warning: --value leaves the secret in the shell's history")
    assert CANARY not in talk(session)


def test_two_sources_at_once_are_refused(session: Session) -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        read_value(session, value="a", value_file=Path("b"), what="k")


# -- a real terminal ---------------------------------------------------------------------------------------


CODE = """
import sys
from pathlib import Path
from sshim.cli.context import current
from sshim.cli.values import read_value
from sshim.errors import SshimError
try:
    value = read_value(current(), value=None, value_file=None, what="api-key")
    print("length", len(value))
except SshimError as error:
    print("refused", error.message)
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.fixture
def typed(environ: dict[str, str]) -> Iterator[Typed]:
    child = Typed(["-c", CODE], environ)
    yield child
    child.end()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
class TestInATerminal:
    def test_a_value_typed_twice_alike_is_taken_and_never_echoed(self, typed: Typed) -> None:
        typed.type(f"{CANARY}\n", after="Value for api-key: ")
        typed.type(f"{CANARY}\n", after="The same again: ")
        typed.expect(f"length {len(CANARY)}")
        assert CANARY not in typed.shown

    def test_entries_that_differ_are_asked_for_again(self, typed: Typed) -> None:
        for _ in range(3):
            typed.type("one\n", after="Value for api-key: ")
            typed.type("two\n", after="The same again: ")
            typed.expect("the two entries differ")
        typed.expect("refused no value was entered twice alike")

    def test_an_empty_entry_is_asked_for_again(self, typed: Typed) -> None:
        typed.type(" \n", after="Value for api-key: ")
        typed.expect("must not be empty")
        typed.type("\x03", after="Value for api-key: ")
        typed.expect("stopped")

    def test_ctrl_d_stops(self, typed: Typed) -> None:
        typed.type("\x04", after="Value for api-key: ")
        typed.expect("stopped")

    def test_a_line_that_the_terminal_may_have_cut_is_refused(self, typed: Typed) -> None:
        typed.expect("Value for api-key: ")
        for _ in range(10):
            typed.send("x" * 500)
        typed.send("\n")
        typed.expect("refused the terminal passes on no more than")
