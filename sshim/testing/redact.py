"""Taking secret values out of what pytest writes: reports, captured output and logs, JUnit XML.

pytest shows a long value cut in the middle, so besides whole values the longer pieces of one are masked.
Values shorter than `sshim.redaction.SHORTEST` characters are left: masking them would mask ordinary words.
"""

from __future__ import annotations

import html
from typing import Any

from sshim.redaction import MASK, SHORTEST, Redactor

_GRAM = 12
"""Characters of a piece that is looked for; any run of a value at least twice as long holds one."""

_LONG = 2 * _GRAM
_VARIED = 5
"""Different characters a piece must have: blanks and rulers are no trace of a value."""


class Redaction:
    """Every value that the tests of this process have seeded. Adding is cheap; the forms of a value are made
    when the first text is to be looked at."""

    def __init__(self) -> None:
        self._redactor = Redactor()
        self._new: set[str] = set()
        self._long: dict[str, tuple[str, ...]] = {}
        self._xml: set[str] = set()

    def add(self, value: str) -> None:
        """Mask this value from now on."""
        if len(value) >= SHORTEST:
            self._new.add(value)

    def redact(self, text: str) -> str:
        """The text with every value masked, and every longer piece of one."""
        self._take()
        text = self._redactor.redact(text)
        for value, grams in self._long.items():
            text = _without_pieces(text, value, grams)
        return text

    def redact_xml(self, text: str) -> str:
        """The same for the text of an XML file, where some characters are written as entities."""
        self._take()
        for form in sorted(self._xml, key=len, reverse=True):
            text = text.replace(form, MASK)
        return self.redact(text)

    def _take(self) -> None:
        while self._new:
            value = self._new.pop()
            self._redactor.add(value)
            text = html.escape(value, quote=False)
            attribute = text.replace('"', "&quot;")
            self._xml |= {text, attribute, attribute.replace("\n", "&#10;")} - {value}
            for shown in {value, repr(value)[1:-1]}:
                if len(shown) >= _LONG and shown not in self._long:
                    self._long[shown] = _grams(shown)


def _grams(value: str) -> tuple[str, ...]:
    pieces = (value[at : at + _GRAM] for at in range(0, len(value) - _GRAM + 1, _GRAM))
    return tuple(piece for piece in dict.fromkeys(pieces) if len(set(piece)) >= _VARIED)


def _without_pieces(text: str, value: str, grams: tuple[str, ...]) -> str:
    for gram in grams:
        start = text.find(gram)
        while start != -1:
            at = value.find(gram)
            end, before = start + _GRAM, start
            while before > 0 and at > 0 and text[before - 1] == value[at - 1]:
                before, at = before - 1, at - 1
            at += end - before
            while end < len(text) and at < len(value) and text[end] == value[at]:
                end, at = end + 1, at + 1
            if end - before >= len(gram) + 4:
                text = text[:before] + MASK + text[end:]
                start = text.find(gram, before)
            else:
                start = text.find(gram, end)
    return text


def redact_report(report: Any, redaction: Redaction) -> None:
    """Rewrite a test or collection report in place: the failure as shown, captured sections, properties."""
    if report.longrepr is not None:
        report.longrepr = _redacted(report.longrepr, redaction, set())
    if report.sections:
        report.sections = [(name, redaction.redact(content)) for name, content in report.sections]
    properties = getattr(report, "user_properties", None)
    if properties:
        report.user_properties = _redacted(properties, redaction, set())


def _redacted(value: Any, redaction: Redaction, seen: set[int]) -> Any:
    """The value with its texts masked; objects that pytest made to be printed are changed in place."""
    if isinstance(value, str):
        return redaction.redact(value)
    if isinstance(value, list):
        return [_redacted(item, redaction, seen) for item in value]
    if isinstance(value, tuple):
        return tuple(_redacted(item, redaction, seen) for item in value)
    if hasattr(value, "toterminal") and id(value) not in seen:
        seen.add(id(value))
        for name, held in list(vars(value).items()):
            setattr(value, name, _redacted(held, redaction, seen))
    return value
