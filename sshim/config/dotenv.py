"""The `.env` grammar that wrangler reads `.dev.vars` and `.env` files with, and `$NAME` expansion.

Pure text in, mapping out. Text that does not fit the grammar is passed over without a word, as in wrangler.
Blanks and line ends are JavaScript's, and a blank may be a line end: `KEY` on one line and `= 1` on the next
is an assignment. Each step moves forward, so time grows with the length only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sshim.config.javascript import order_keys

MAX_ASSIGNMENTS = 50_000

MAX_EXPANDED = 1 << 20
"""Expansion may not make the values of all files together longer than this many characters."""

_MAX_WORK = 1 << 23

_BLANKS = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
_BLANKS += "\u2028\u2029\u202f\u205f\u3000\ufeff"
_BLANK = re.compile(f"[{_BLANKS}]*")
_LINE_END = re.compile("[\n\u2028\u2029]")
_CARRIAGE_RETURN = re.compile("\r\n?")
_HEAD = re.compile(rf"[{_BLANKS}]*(?:export[{_BLANKS}]+)?([A-Za-z0-9_.\-]+)(?:[{_BLANKS}]*=|:[{_BLANKS}])")
_BARE = re.compile("[^#\n]*")
_COMMENT = re.compile("#[^\n\u2028\u2029]*")
_QUOTED = {
    "'": re.compile(r"'(?:\\'|[^'])*+'"),
    '"': re.compile(r'"(?:\\"|[^"])*+"'),
    "`": re.compile(r"`(?:\\`|[^`])*+`"),
}


class TooMany(ValueError):
    """A file assigns more often than `MAX_ASSIGNMENTS`."""


def parse(text: str) -> dict[str, str]:
    """Names and values, the last of a name winning, in the order JavaScript gives them.

    Raises `TooMany`.
    """
    text = _CARRIAGE_RETURN.sub("\n", text)
    found: dict[str, str] = {}
    at = count = 0
    while at < len(text):
        head = _HEAD.match(text, at)
        if head is None:
            at = _skip(_BLANK, text, at)
        else:
            raw, at = _value(text, head.end())
            found[head[1]] = _unquote(raw)
            count += 1
            if count > MAX_ASSIGNMENTS:
                raise TooMany
        line_end = _LINE_END.search(text, at)
        if line_end is None:
            break
        at = line_end.end()
    found.pop("__proto__", None)  # JavaScript's assignment to it leaves no key behind
    order_keys(found)
    return found


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return at if match is None else match.end()


def _value(text: str, at: int) -> tuple[str, int]:
    """The raw value at `at`: a quoted text if nothing but a comment follows it, else the rest of the line."""
    quote = at
    pattern = _QUOTED.get(text[quote : quote + 1])
    if pattern is None and text[at : at + 1] in _BLANKS:
        quote = _skip(_BLANK, text, at)
        pattern = _QUOTED.get(text[quote : quote + 1])
    if pattern:
        limit = pattern.match(text, quote)
        # An escaped quote may close the text after all, when what follows the real one is no line end.
        end = limit.end() if limit else len(text) + 1
        while end > quote + 1:
            if end <= len(text) and _line_ends(text, end):
                return text[quote:end], end
            end = text.rfind(text[quote], quote + 1, end - 1) + 1
    found = _BARE.match(text, at)
    assert found is not None
    return found[0], found.end()


def _line_ends(text: str, at: int) -> bool:
    """Whether only blanks and a comment stand between `at` and a line end."""
    if text[at : at + 1] in ("", "\n"):
        return True
    blank = _skip(_BLANK, text, at)
    return blank == len(text) or text[blank] == "#" or _LINE_END.search(text, at, blank) is not None


def _unquote(raw: str) -> str:
    value = raw.strip(_BLANKS)
    first = value[:1]
    if first in ("'", '"', "`") and first and len(value) > 1 and value[-1] == first:
        value = value[1:-1]
    if first == '"':
        value = value.replace("\\n", "\n").replace("\\r", "\r")
    return value


# -- expansion ---------------------------------------------------------------------------------------------

_REFERENCE = re.compile(r"(?<!\\)\$\{([^{}]+)\}|(?<!\\)\$([A-Za-z_][A-Za-z0-9_]*)")
_OPERATOR = re.compile(r":\+|\+|:-|-")
_DOLLAR = re.compile(r"\$[$&`']")


class TooLong(ValueError):
    """Values that refer to one another grow without end, or beyond `MAX_EXPANDED`; `name` is whose."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


def expand(parsed: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` and over it the values with references replaced; a non-empty `environ` value wins.

    References see earlier names and `environ` only. Raises `TooLong`.
    """
    done: dict[str, str] = {}
    size = work = 0

    def look_up(key: str) -> str:
        return environ[key] if key in environ else done.get(key, "")

    for name, value in parsed.items():
        if environ.get(name):
            value = environ[name]
        else:
            seen = set()
            while (found := _REFERENCE.search(value)) is not None:
                seen.add(value)
                work += len(value) + 64
                if work > _MAX_WORK:
                    raise TooLong(name)
                key, new = _resolve(found[1] or found[2], look_up, seen)
                value = _replace_first(value, found[0], new)
                if value == done.get(key):
                    break
        done[name] = value.replace("\\$", "$")
        size += len(value)
        if size > MAX_EXPANDED:
            raise TooLong(name)
    return {**environ, **done}


def _resolve(expression: str, look_up: Callable[[str], str], seen: set[str]) -> tuple[str, str]:
    """The name an expression such as `A:-b` refers to, and the text to put in its place."""
    operator = _OPERATOR.search(expression)
    if operator is None:
        current = look_up(expression)
        return expression, "" if current in seen else current
    key, other = expression[: operator.start()], expression[operator.end() :]
    current = look_up(key)
    if operator[0] in ("+", ":+"):
        return key, other if current else ""
    return key, current if current and current not in seen else other


def _replace_first(value: str, template: str, new: str) -> str:
    """JavaScript's `value.replace(template, new)`: first occurrence, `$&` and its like are special."""
    at = value.index(template)
    before, after = value[:at], value[at + len(template) :]
    special = {"$$": "$", "$&": template, "$`": before, "$'": after}
    return before + _DOLLAR.sub(lambda found: special[found[0]], new) + after
