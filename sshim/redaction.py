"""Taking secret values out of text that leaves the process: logs, error pages, reports.

Every value that is opened here enters a `Redactor` in the forms it could appear in: raw, as Python, JSON and
HTML write it, escaped for URLs, in hex, and in base64 at each of the three offsets it can have inside a
longer text. Pure but for its table.
"""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

MASK = "***"

SHORTEST = 8
"""Characters below which a value is not looked for: it would mask ordinary words."""

_KEPT_IN_URLS = (
    "",
    "/",
    "!$%&()*+,/:;=?@[\\]^`{|}",  # a query, by the URL standard
    "!$%&'()*+,/:;=@[\\]|",  # a path
    "!'()*",  # encodeURIComponent
    ";,/?:@&=+$#!'()*",  # encodeURI
)
"""Characters, besides letters, digits and `_.-~`, that those who write URLs leave as they are."""

_ESCAPE = re.compile("%[0-9A-F]{2}")
_LIKE_GO = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}


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
    json_texts = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    quoted = {quote(data, safe=safe) for safe in _KEPT_IN_URLS} | {quote_plus(data)}
    quoted.add(quote_plus(data, safe="*").replace("~", "%7E"))  # a form, by the URL standard
    forms = {
        value,
        repr(value)[1:-1],
        repr(data)[2:-1],
        html.escape(value),
        html.escape(value, quote=False),
        *json_texts,
        *(json.dumps(text)[1:-1] for text in json_texts),  # a body of JSON, quoted in a log of JSON
        *(text.replace("/", "\\/") for text in json_texts),
        *(text.translate(_LIKE_GO) for text in json_texts),
        *quoted,
        *(_ESCAPE.sub(lambda found: found[0].lower(), text) for text in quoted),
        data.hex(),
        data.hex().upper(),
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
