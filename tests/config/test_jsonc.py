"""The JSONC dialect: what is read, what is refused, by which name and where."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from sshim.config.document import Document, decode
from sshim.config.jsonc import HINTS, parse
from sshim.errors import ConfigError
from tests.config.conftest import refused


def document(text: str) -> Document:
    return parse(decode(Path("wrangler.jsonc"), text.encode("utf-8", "surrogatepass")))


def value(text: str) -> Any:
    return document(text).value


def refusal(text: str) -> tuple[str, int, int]:
    """Name, line (from 1) and column (from 0, as wrangler counts) of the error."""
    return refused(document, text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('{"a": 1, // one\n "b": [true, null,], /* two */ }', {"a": 1, "b": [True, None]}),
        ('// c\r{"a": "x"}', {"a": "x"}),
        ('"text"', "text"),
        ("[]", []),
        ('{"a": {}, "b": []}', {"a": {}, "b": []}),
        (r'{"a": "\"\\\/\b\f\n\r\t\u00e9"}', {"a": '"\\/\b\f\n\r\té'}),
        (r'{"a": "\ud83d\ude00"}', {"a": "\U0001f600"}),
        (r'{"a": "x\ud83dy"}', {"a": "x\ud83dy"}),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('{"__proto__": {"name": "x"}, "b": 1}', {"b": 1}),
    ],
)
def test_values_are_read(text: str, wanted: Any) -> None:
    assert value(text) == wanted


def test_keys_come_in_javascript_order() -> None:
    assert list(value('{"b": 1, "10": 1, "2": 1, "01": 1, "a": 1, "b": 2}')) == ["2", "10", "b", "01", "a"]
    assert list(value('{"4294967295": 1, "4294967294": 1}')) == ["4294967294", "4294967295"]


def test_numbers_are_doubles() -> None:
    assert value("[1.50, 1e3, 12345678901234567890]") == [1.5, 1000, 12345678901234567168.0]
    assert type(value("1.0")) is int
    assert math.copysign(1, value("-0")) == -1
    assert value("1e400") == math.inf


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ("ValueExpected", 1, 0)),
        ("// nothing\n", ("ValueExpected", 2, 0)),
        ('{"name": "w",, "main": "a.js"}', ("PropertyNameExpected", 1, 13)),
        ("{,}", ("ValueExpected", 1, 1)),
        ("[,]", ("ValueExpected", 1, 1)),
        ("[1,,2]", ("ValueExpected", 1, 3)),
        ("[1 2]", ("CommaExpected", 1, 3)),
        ('{"a": 1\n "b": 2}', ("CommaExpected", 2, 1)),
        ('{"a" 1}', ("ColonExpected", 1, 5)),
        ('{"a":}', ("ValueExpected", 1, 5)),
        ('{"a": 1', ("CloseBraceExpected", 1, 7)),
        ("[1", ("CloseBracketExpected", 1, 2)),
        ('{"a": [}', ("ValueExpected", 1, 7)),
        ("{} {}", ("EndOfFileExpected", 1, 3)),
        ("{'a': 1}", ("InvalidSymbol", 1, 1)),
        ("{a: 1}", ("InvalidSymbol", 1, 1)),
        ('{"a": NaN}', ("InvalidSymbol", 1, 6)),
        ('{"a": +1}', ("InvalidSymbol", 1, 6)),
        ('{"a": -}', ("InvalidSymbol", 1, 6)),
        ("{\u00a0}", ("InvalidSymbol", 1, 1)),
        ("\ufeff\ufeff{}", ("InvalidSymbol", 1, 0)),
        ("# c\n{}", ("InvalidSymbol", 1, 0)),
        ('{"a": 01}', ("CommaExpected", 1, 7)),
        ('{"a": 1.}', ("UnexpectedEndOfNumber", 1, 6)),
        ('{"a": 1e}', ("UnexpectedEndOfNumber", 1, 6)),
        ("{} /* oops", ("UnexpectedEndOfComment", 1, 3)),
        ("/*/", ("UnexpectedEndOfComment", 1, 0)),
        ('{"a": "x\ny"}', ("UnexpectedEndOfString", 1, 6)),
        ('{"a": "x\\', ("UnexpectedEndOfString", 1, 6)),
        (r'{"a": "\x41"}', ("InvalidEscapeCharacter", 1, 6)),
        (r'{"a": "\u12g4"}', ("InvalidUnicode", 1, 6)),
        ('{"a": "x\ty"}', ("InvalidCharacter", 1, 6)),
    ],
)
def test_the_first_error_is_named_as_in_wrangler(text: str, wanted: tuple[str, int, int]) -> None:
    assert refusal(text) == wanted


def test_every_error_has_a_hint() -> None:
    for text in (
        "",
        "{,,",
        "[1 2]",
        '{"a"',
        "{",
        "[",
        "{} 1",
        "/*",
        '"',
        "1.",
        '"\\u"',
        '"\\q"',
        '"\t"',
        "@",
        "{1",
    ):
        with pytest.raises(ConfigError) as caught:
            document(text)
        assert caught.value.hint == HINTS[caught.value.message]


def test_an_error_shows_its_line() -> None:
    with pytest.raises(ConfigError) as caught:
        document('{\r\n  "name": "w"\r\n  "main": "a"\r\n}')
    place = caught.value.place
    assert place is not None
    assert (place.line, place.column, place.length, place.source_line) == (3, 3, 6, '  "main": "a"')


def test_every_value_and_key_has_a_place() -> None:
    read = document('{\n  "vars": {"A": [1, {"b": null}]}\n}')
    assert str(read.place(("vars",), key=True)) == "wrangler.jsonc:2:3"
    assert str(read.place(("vars", "A", 1, "b"))) == "wrangler.jsonc:2:27"
    assert str(read.place(("vars", "A", 1, "b"), key=True)) == "wrangler.jsonc:2:22"
    inner = read.place(("vars", "A", 0, "beyond"))
    assert str(inner) == "wrangler.jsonc:2:18"  # the nearest that is known
    assert read.place(("nothing",)) is None


def test_duplicate_keys_are_placed_at_the_one_that_counts() -> None:
    assert str(document('{"a": 1,\n "a": 2}').place(("a",))) == "wrangler.jsonc:2:7"
