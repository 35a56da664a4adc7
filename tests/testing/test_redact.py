"""Secret values in what pytest writes."""

from __future__ import annotations

import base64
import json
import logging
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import pytest

from sshim.testing.live import RedactingFormatter
from sshim.testing.redact import Redaction, redact_report

VALUE = "sk-live-4f9a\"<&>'\nsecond line of it"
LONG = "".join(f"{number:04x}-" for number in range(3, 4000, 7))


@pytest.fixture
def redaction() -> Redaction:
    made = Redaction()
    made.add(VALUE)
    made.add(LONG)
    return made


@pytest.mark.parametrize(
    "form",
    [
        VALUE,
        repr(VALUE),
        json.dumps(VALUE),
        base64.b64encode(VALUE.encode()).decode(),
        base64.b64encode(b"key:" + VALUE.encode()).decode(),
    ],
)
def test_every_form_of_a_value_is_masked(redaction: Redaction, form: str) -> None:
    clean = redaction.redact(f"before {form} after")
    assert clean.startswith("before ") and clean.endswith(" after")
    assert "sk-live" not in clean and "***" in clean


@pytest.mark.parametrize("cut", [slice(0, 120), slice(-120, None), slice(500, 560), slice(7, 31)])
def test_pieces_of_a_long_value_are_masked(redaction: Redaction, cut: slice) -> None:
    clean = redaction.redact(f"E  assert '{LONG[cut]}...' == 'x'")
    assert clean == "E  assert '***...' == 'x'"


def test_a_long_value_cut_in_the_middle_leaves_neither_end(redaction: Redaction) -> None:
    assert redaction.redact(f"key = '{LONG[:118]}...{LONG[-119:]}'") == "key = '***...***'"


def test_text_that_shares_only_blanks_and_rulers_with_a_value_is_left() -> None:
    redaction = Redaction()
    redaction.add("{\n" + " " * 40 + "'key'" + "-" * 60 + "}")
    text = " " * 30 + "def test() -> None:\n" + "-" * 70
    assert redaction.redact(text) == text


def test_short_values_are_left_since_they_are_ordinary_words() -> None:
    redaction = Redaction()
    redaction.add("secret1")
    assert redaction.redact("a secret1 word") == "a secret1 word"
    redaction.add("secret12")
    assert redaction.redact("a secret12 word") == "a *** word"


def test_xml_entities_hide_no_value(redaction: Redaction) -> None:
    cases = ElementTree.Element("cases", name=f"test[{VALUE}]")
    cases.text = f"failed: {VALUE}"
    text = ElementTree.tostring(cases, encoding="unicode")
    assert "sk-live" in text
    assert redaction.redact_xml(text) == '<cases name="test[***]">failed: ***</cases>'


@dataclass(eq=False)
class Shown:
    """As pytest's own representations: an object with `toterminal`, nested."""

    lines: list[str]
    inner: Any = None
    chain: list[tuple[Any, ...]] = field(default_factory=list)

    def toterminal(self) -> None: ...


@dataclass
class Report:
    longrepr: Any
    sections: list[tuple[str, str]]
    user_properties: list[tuple[str, object]]


def test_a_report_is_masked_in_all_its_parts(redaction: Redaction) -> None:
    inner = Shown([f"E   {VALUE}"])
    shown = Shown(["fine", VALUE], inner, [(inner, VALUE, None)])
    inner.inner = shown
    report = Report(shown, [("Captured stdout call", VALUE)], [("key", VALUE), ("count", 3)])
    redact_report(report, redaction)
    assert report.longrepr is shown
    assert shown.lines == ["fine", "***"] and shown.inner.lines == ["E   ***"]
    assert shown.chain == [(inner, "***", None)]
    assert report.sections == [("Captured stdout call", "***")]
    assert report.user_properties == [("key", "***"), ("count", 3)]


def test_a_skip_reason_is_masked(redaction: Redaction) -> None:
    report = Report(("test.py", 3, f"Skipped: {VALUE}"), [], [])
    redact_report(report, redaction)
    assert report.longrepr == ("test.py", 3, "Skipped: ***")


def test_a_live_log_is_masked_and_its_record_is_not(redaction: Redaction) -> None:
    formatter = RedactingFormatter(logging.Formatter("%(levelname)s %(message)s"), lambda: redaction)
    record = logging.LogRecord("n", logging.INFO, "f", 1, "key %s", (VALUE,), None)
    assert formatter.format(record) == "INFO key ***"
    assert record.getMessage() == f"key {VALUE}"
    assert RedactingFormatter(logging.Formatter(), lambda: None).format(record) == f"key {VALUE}"
