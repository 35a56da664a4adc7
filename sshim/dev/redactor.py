"""Taking secret values out of text before anyone sees it.

Every value that a Worker reads is remembered, together with the forms it takes in URLs, in JSON and inside
base64. Values shorter than `SHORTEST` are left alone: masking each `test` would hide the log, not the value.
"""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

SHORTEST = 8
MASK = "***"


class Redactor:
    """Called with a text, returns it with every known value masked."""

    def __init__(self) -> None:
        self._forms: list[str] = []
        self._known: set[str] = set()

    def add(self, value: str) -> None:
        """Mask this value from now on; the lines of one that spans several are masked each."""
        parts = [value, *(line for line in value.splitlines() if "\n" in value or "\r" in value)]
        fresh = {
            form
            for part in parts
            if len(part.strip()) >= SHORTEST
            for form in _forms(part)
            if form not in self._known
        }
        if fresh:
            self._known |= fresh
            # Longest first: a value that contains another must go as a whole.
            self._forms = sorted(self._known, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text


def _forms(value: str) -> set[str]:
    data = value.encode("utf-8", "surrogatepass")
    forms = {
        value,
        repr(value)[1:-1],
        quote(value, safe="", errors="replace"),
        quote(value, errors="replace"),
        quote_plus(value, errors="replace"),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
    }
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):
            # Characters that depend on the neighbours of the value are cut off at both ends.
            encoded = encode(b"\0" * offset + data).decode().rstrip("=")
            start = (0, 2, 3)[offset]
            end = len(encoded) if (offset + len(data)) % 3 == 0 else len(encoded) - 1
            forms.add(encoded[start:end])
    return {form for form in forms if len(form) >= SHORTEST}
