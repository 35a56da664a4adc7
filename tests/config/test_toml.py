"""TOML: 1.1 with wrangler's refusals, its texts, and places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli

from sshim.config.document import Document, decode
from sshim.config.javascript import TomlDate
from sshim.config.toml import parse
from tests.config.conftest import refused


def document(text: str | bytes) -> Document:
    return parse(decode(Path("wrangler.toml"), text if isinstance(text, bytes) else text.encode()))


def value(text: str | bytes) -> Any:
    return document(text).value


def refusal(text: str) -> tuple[str, int, int]:
    """Message without its beginning, line (from 1) and column (from 0, as wrangler counts)."""
    message, line, column = refused(document, text)
    assert message.startswith("Invalid TOML document: ")
    return message.partition(": ")[2], line, column


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a = {\n b = 1, # c\n c = 2,\n}", {"a": {"b": 1, "c": 2}}),
        ('a = "\\e[0m\\x41"', {"a": "\x1b[0mA"}),
        ("a = 1.0\nb = 1e3\nc = 1_000\nd = 0xff", {"a": 1, "b": 1000, "c": 1000, "d": 255}),
        ('a = """\r\none\r\ntwo"""', {"a": "one\r\ntwo"}),
        ('a = """one \\\r\n   two"""', {"a": "one two"}),
        ("a = '''\r\none\r\n'''", {"a": "one\r\n"}),
        ('a = """a""\\""""', {"a": 'a"""'}),
        ("\"a b\".c = 1\n'x.y' = 2", {"a b": {"c": 1}, "x.y": 2}),
        ("[[a]]\nb = 1\n[[a]]\n[a.c]\nd = 2", {"a": [{"b": 1}, {"c": {"d": 2}}]}),
        (b'a = "x\xffy"', {"a": "x\ufffdy"}),
        (b'\xef\xbb\xbfa = "x"', {"a": "x"}),
        ("[a.b.c]\nd = 1\n[a]\nx = 1\n[a.b]\ny = 1", {"a": {"b": {"c": {"d": 1}, "y": 1}, "x": 1}}),
        ("[[a.b]]\n[a]\nc = 1", {"a": {"b": [{}], "c": 1}}),
        ("a = {b.c = 1, b.d = 2}", {"a": {"b": {"c": 1, "d": 2}}}),
        ("a = 0b1_0\nb = 0o17\nc = +1.5e-3\nd = -0", {"a": 2, "b": 15, "c": 0.0015, "d": 0}),
        ("2 = 1\n1 = 2\nb = 3", {"1": 2, "2": 1, "b": 3}),
    ],
)
def test_values_are_read(text: str | bytes, wanted: Any) -> None:
    assert value(text) == wanted


def test_integral_numbers_are_integers() -> None:
    assert type(value("a = 1.0")["a"]) is int


def test_index_like_keys_come_first() -> None:
    assert list(value("b = 1\n2 = 1\n1 = 1")) == ["1", "2", "b"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-01-01", "2026-01-01"),
        ("07:32:00", "07:32:00.000"),
        ("07:32", "07:32:00.000"),
        ("2026-01-01T01:02:03.5+02:00", "2026-01-01T01:02:03.500+02:00"),
        ("2026-01-01 01:02:03", "2026-01-01T01:02:03.000"),
        ("2026-01-01t01:02:03.123456z", "2026-01-01T01:02:03.123Z"),
        ("2026-02-30", "2026-03-02"),
        ("2026-02-29T23:59:59.999+02:00", "2026-03-01T23:59:59.999+02:00"),
        ("2026-04-31 10:00", "2026-05-01T10:00:00.000"),
        ("0000-01-01", "0000-01-01"),
        ("9999-12-31", "9999-12-31"),
        ("2026-01- 1", "2026-01-01"),
    ],
)
def test_dates_read_as_javascript_prints_them(text: str, wanted: str) -> None:
    assert value(f"a = {text}") == {"a": TomlDate(wanted)}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("name = \nmain = 1", ("invalid value", 1, 7)),
        ("a = nope", ("invalid value", 1, 4)),
        ('name = "w\nmain = 1', ("control characters are not allowed in strings", 1, 9)),
        ("a = 9007199254740993", ("integer value cannot be represented losslessly", 1, 4)),
        ("a = -0x1", ("illegal leading zero", 1, 4)),
        ("a = 01", ("illegal leading zero", 1, 4)),
        ("a = 1__0", ("illegal underscore", 1, 6)),
        ("a = 1.", ("unfinished numeric value", 1, 4)),
        ("a = 1x", ("illegal character in numeric literal", 1, 5)),
        ("a = 2026-13-01", ("invalid date", 1, 4)),
        ("a b = 1", ("illegal character in key", 1, 2)),
        ("é = 1", ("illegal character in key", 1, 0)),
        ("a = 1 b = 2", ("each key-value declaration must be followed by an end-of-line", 1, 6)),
        ("a", ("incomplete key-value: cannot find end of key", 1, 0)),
        ("= 1", ("unexpected end of key", 1, 0)),
        ("a..b = 1", ("illegal empty bare key", 1, 2)),
        ("[vars]\na=1\n[vars]", ("trying to redefine an already defined table or value", 3, 1)),
        ("a = 1\na = 2", ("trying to redefine an already defined table or value", 2, 0)),
        ("a = {b=1, b=2}", ("trying to redefine an already defined value", 1, 10)),
        ("a.b = 1\n[a]\nc = 1", ("trying to redefine an already defined table or value", 2, 1)),
        ("a = []\n[[a]]", ("trying to redefine an already defined table or value", 2, 2)),
        ("[[a]", ("expected end of table array declaration", 1, 4)),
        ("a = [1 2]", ("expected comma or end of structure", 1, 7)),
        ("a = [1", ("expected comma or end of structure", 1, 6)),
        ("a = [", ("unfinished array", 1, 4)),
        ('a = "\\q"', ("unrecognised escape sequence", 1, 6)),
        ('a = "\\ud800"', ("invalid unicode escape", 1, 5)),
        ("a = 1 # \x01", ("control characters are not allowed in comments", 1, 8)),
        ("a = 1\rb = 2", ("each key-value declaration must be followed by an end-of-line", 1, 5)),
        ("a = 0b2", ("illegal character in numeric literal", 1, 6)),
        ("a = 0x", ("unfinished numeric value", 1, 6)),
        ("a = 0x_1", ("illegal underscore", 1, 6)),
        ("a = 0o1__2", ("illegal underscore", 1, 8)),
        ("a = 0x1_", ("unfinished numeric value", 1, 8)),
        ("a = 0xfffffffffffffffff", ("integer value cannot be represented losslessly", 1, 4)),
        ("a = 1.x", ("illegal character in numeric literal", 1, 6)),
        ("a = 1e+", ("unfinished numeric value", 1, 4)),
        ("a = 1e+_1", ("illegal underscore", 1, 7)),
        ("a = 1.5.2", ("illegal character in numeric literal", 1, 7)),
        ("a = +inx", ("invalid value", 1, 4)),
        ("a = tru", ("invalid value", 1, 4)),
        ("a = true1", ("each key-value declaration must be followed by an end-of-line", 1, 8)),
        ("a = nan5", ("each key-value declaration must be followed by an end-of-line", 1, 7)),
        ("a = 2026-01-0x", ("invalid date-time: date part is malformed", 1, 4)),
        ("a = 2026-01-01T10", ("invalid date-time: time part is malformed", 1, 4)),
        ("a = 2026-01-01T25:00:00", ("invalid date", 1, 4)),
        ("a = 25:00", ("invalid date", 1, 4)),
        ("a = 10:00:00.x", ("invalid date", 1, 4)),
        ("a.b = 1\na.b.c = 2", ("trying to redefine an already defined table or value", 2, 0)),
        ("[a.b]\n[a]\nb.c = 1", ("trying to redefine an already defined table or value", 3, 0)),
        ("[[a]]\n[a]", ("trying to redefine an already defined table or value", 2, 1)),
        ("[a]\n[[a]]", ("trying to redefine an already defined table or value", 2, 2)),
        ("a = 1\n[a.b]", ("trying to redefine an already defined table or value", 2, 1)),
        ("a = {b = {c = 1}, b.d = 2}", ("trying to redefine an already defined value", 1, 18)),
        ("a = {", ("unfinished table", 1, 4)),
        ("a = [1,", ("unfinished array", 1, 4)),
        ('a = "\\u12x4"', ("invalid non-hex character in unicode escape", 1, 9)),
        ('a = """\\ x"""', ("invalid escape: only line-ending whitespace may be escaped", 1, 7)),
        ('a = "\\', ("unfinished string", 1, 4)),
        ('a = "\\\x01"', ("control characters are not allowed in strings", 1, 6)),
        ("a = '''x", ("unfinished string", 1, 4)),
        ("'''a''' = 1", ("illegal quoted key: multiline strings are not allowed", 1, 0)),
        ("\0", ("illegal character in key", 1, 0)),
        ("a.\0 = 1", ("incomplete key-value: cannot find end of key", 1, 0)),
    ],
)
def test_the_first_error_reads_as_in_wrangler(text: str, wanted: tuple[str, int, int]) -> None:
    assert refusal(text) == wanted


def test_floats_have_no_such_limit() -> None:
    assert value("a = 1e300\nb = inf\nc = 9007199254740991")["c"] == 2**53 - 1


def test_keys_with_too_many_parts_are_refused() -> None:
    assert refusal(".".join("a" * 41) + " = 1")[0] == "a key has more than 40 parts"


def test_deep_nesting_is_refused() -> None:
    message = "document contains excessively nested structures. aborting."
    assert refusal("a = " + "[" * 300 + "]" * 300)[0] == message
    assert refusal("a = " + "{a = " * 300 + "1" + "}" * 300)[0] == message


def test_what_tomli_alone_refuses_is_refused_with_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def loads(text: str) -> Any:
        raise tomli.TOMLDecodeError("Of a newer tomli", text, 6)

    monkeypatch.setattr(tomli, "loads", loads)
    assert refusal("b = 1\na = 2.5") == ("of a newer tomli", 2, 0)


def test_every_value_and_key_has_a_place() -> None:
    read = document('a.b = 1\n[t]\nx = {y = [1, 2], "z.q" = "s"}\n[[l]]\nk = 1\n[[l]]\nk = 2\n')
    assert str(read.place(("a", "b"))) == "wrangler.toml:1:7"
    assert str(read.place(("t", "x", "y", 1))) == "wrangler.toml:3:14"
    assert str(read.place(("t", "x", "z.q"), key=True)) == "wrangler.toml:3:18"
    assert str(read.place(("l", 1, "k"))) == "wrangler.toml:7:5"
    assert str(read.place(("l", 1))) == "wrangler.toml:6:1"
    assert read.place(("none",)) is None


def test_tables_that_stand_in_keys_only_have_a_place() -> None:
    read = document("[[l]]\n[a.b]\nc.d = 1\n[[m.n]]\n")
    assert str(read.place(("l",))) == "wrangler.toml:1:3"
    assert str(read.place(("a",), key=True)) == "wrangler.toml:2:2"
    assert str(read.place(("a", "b"), key=True)) == "wrangler.toml:2:4"
    assert str(read.place(("a", "b", "c"))) == "wrangler.toml:3:1"
    assert str(read.place(("m", "n", 0, "none"))) == "wrangler.toml:4:1"
