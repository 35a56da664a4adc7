"""A value is found in text in whatever form it got there."""

from __future__ import annotations

import base64
import html
import json
import logging
import urllib.parse
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshim import redaction
from sshim.redaction import MASK, SHORTEST, Redactor, forms_of

VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=9, max_size=60)
ROUND = st.binary(max_size=7)
SAMPLES = [
    's3cr&t "key"/with\\every\tthing é漢🔑 ~!*(\')',
    "sk-live_0123456789abcdef",
    "line one\nline two of it\n",
]


def _javascript(text: str, safe: str) -> str:
    return urllib.parse.quote(text, safe=safe)


FORMS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "repr": lambda v: repr(v)[1:-1],
    "JSON": json.dumps,
    "JSON in UTF-8": lambda v: json.dumps(v, ensure_ascii=False),
    "JSON inside JSON": lambda v: json.dumps({"body": json.dumps({"key": v})}),
    "JSON of Go": lambda v: json.dumps(v).translate({60: "\\u003c", 62: "\\u003e", 38: "\\u0026"}),
    "JSON of PHP": lambda v: json.dumps(v).replace("/", "\\/"),
    "quote": urllib.parse.quote,
    "quote of a path segment": lambda v: urllib.parse.quote(v, safe=""),
    "quote in small letters": lambda v: _small(urllib.parse.quote(v, safe="")),
    "urlencode": lambda v: urllib.parse.urlencode({"k": v}),
    "encodeURIComponent": lambda v: _javascript(v, "!'()*~"),
    "encodeURI": lambda v: _javascript(v, ";,/?:@&=+$#!'()*~"),
    "URLSearchParams": lambda v: urllib.parse.quote_plus(v, safe="*").replace("~", "%7E"),
    "hex": lambda v: v.encode().hex(),
    "HEX": lambda v: v.encode().hex().upper(),
    "an exception": lambda v: repr(ValueError(v)),
    "a list": lambda v: str([v]),
    "bytes": lambda v: repr(v.encode()),
    "HTML": html.escape,
}  # fmt: skip


def _small(quoted: str) -> str:
    pieces = quoted.split("%")
    return pieces[0] + "".join(f"%{each[:2].lower()}{each[2:]}" for each in pieces[1:])


def traces(value: str, text: str, form: Callable[[str], str]) -> bool:
    """Whether the value, written in that form by itself, is still in the text."""
    shown = form(value)
    return value in text or (len(shown) >= SHORTEST and shown in text)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("value", SAMPLES)
def test_a_value_is_masked_in_every_form(value: str, form: Callable[[str], str]) -> None:
    redactor = Redactor()
    assert redactor.add(value)
    shown = redactor.redact(f"before {form(value)} after")
    assert MASK in shown and not traces(value, shown, form)
    assert shown.startswith("before ") and shown.endswith(" after")


@settings(max_examples=150)
@given(VALUES, st.sampled_from(sorted(FORMS)))
def test_any_value_is_masked_in_every_form(value: str, name: str) -> None:
    redactor = Redactor()
    redactor.add(value)
    assert not traces(value, redactor.redact(f"before {FORMS[name](value)} after"), FORMS[name])


@settings(max_examples=150)
@given(VALUES, ROUND, ROUND, st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]))
def test_a_value_is_masked_at_each_offset_of_a_longer_base64_text(
    value: str, before: bytes, after: bytes, encode: Callable[[bytes], bytes]
) -> None:
    redactor = Redactor()
    redactor.add(value)
    shown = redactor.redact(encode(before + value.encode() + after).decode())
    assert MASK in shown
    # of what is left at both ends no more than a group's bytes on either side can be of the value
    left = sum(map(len, shown.split(MASK)))
    assert left <= -(-len(before) // 3) * 4 + -(-len(after) // 3) * 4 + 8


def test_a_value_inside_another_leaves_nothing_of_either() -> None:
    redactor = Redactor()
    redactor.add("inner-value")
    redactor.add("an inner-value and more")
    assert redactor.redact("<an inner-value and more> <inner-value>") == f"<{MASK}> <{MASK}>"


def test_a_line_of_a_key_of_several_lines_is_masked_by_itself() -> None:
    redactor = Redactor()
    redactor.add("-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nshort\n-----END KEY-----")
    assert redactor.redact("> MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n> short") == f"> {MASK}\n> short"


def test_a_short_value_is_not_looked_for_and_that_is_said() -> None:
    redactor = Redactor()
    assert not redactor.add("x" * (SHORTEST - 1))
    assert redactor.redact("x" * 20) == "x" * 20


def test_text_without_a_value_is_returned_as_it_is() -> None:
    redactor = Redactor()
    redactor.add(SAMPLES[0])
    text = json.dumps({"ordinary": ["text", 1, None, "é"]})
    assert redactor.redact(text) == text


def test_a_log_record_with_its_traceback_is_masked_by_a_formatter_around_it() -> None:
    redactor = Redactor()
    redactor.add(SAMPLES[1])
    try:
        raise KeyError(SAMPLES[1])
    except KeyError:
        import sys

        record = logging.LogRecord("a", 40, "f", 1, "asked for %r", (SAMPLES[1],), sys.exc_info())
    shown = redactor.redact(logging.Formatter().format(record))
    assert shown.count(MASK) >= 2 and SAMPLES[1] not in shown


def test_a_redactor_that_knows_raw_values_only_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "forms_of", lambda value: {value})
    redactor = Redactor()
    redactor.add(SAMPLES[0])
    left = [
        name for name, form in FORMS.items() if traces(SAMPLES[0], redactor.redact(form(SAMPLES[0])), form)
    ]
    assert len(left) > 10


def test_adding_a_value_again_costs_and_changes_nothing() -> None:
    redactor = Redactor()
    redactor.add(SAMPLES[0])
    before = redactor._forms
    redactor.add(SAMPLES[0])
    assert redactor._forms is before and len(before) <= 2 * len(forms_of(SAMPLES[0]))
