"""Taking secret values out of text that leaves the process: logs, error pages, reports.

Every value that is opened here enters a `Redactor` in the forms it could appear in: raw, JSON-escaped,
URL-escaped, and base64 at each of the three offsets it can have inside a longer text. Pure but for its table.
"""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

MASK = "***"

SHORTEST = 8
"""Characters below which a value is not looked for: it would mask ordinary words."""

# What a URL leaves as it is, by the URL standard, in a query and in a path.
_IN_QUERY = "!$%&()*+,/:;=?@[\\]^`{|}"
_IN_PATH = "!$%&'()*+,/:;=@[\\]|"


class Redactor:
    """The values of one process. Adding is idempotent and costs microseconds."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._forms: tuple[str, ...] = ()

    def add(self, value: str) -> bool:
        """Masks this value from now on; False when it is too short to be looked for."""
        if len(value) < SHORTEST:
            return False
        if value not in self._values:
            self._values.add(value)
            forms = {*self._forms, *forms_of(value)}
            # the longest first: a form inside another one must not leave the rest of it
            self._forms = tuple(sorted(forms, key=len, reverse=True))
        return True

    def redact(self, text: str) -> str:
        """The text with every known form masked."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text


def forms_of(value: str) -> set[str]:
    """How a value may look inside text."""
    data = value.encode("utf-8", "surrogatepass")
    forms = {
        value,
        repr(value)[1:-1],
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        quote(data, safe=""),
        quote(data),
        quote_plus(data),
        quote(data, safe=_IN_QUERY),
        quote(data, safe=_IN_PATH),
        data.hex(),
    }
    for encode in (b64encode, urlsafe_b64encode):
        forms.add(encode(data).decode().rstrip("="))
        for offset in range(3):
            # whole groups of three bytes look the same whatever stands before and after
            inner = data[(3 - offset) % 3 :]
            inner = inner[: len(inner) // 3 * 3]
            forms.add(encode(inner).decode())
    forms |= {line for line in value.splitlines() if len(line) >= 2 * SHORTEST}
    return {form for form in forms if len(form) >= SHORTEST}
