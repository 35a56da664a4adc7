"""Numbers, dates and words of TOML: where one ends, or what is wrong with it in wrangler's words."""

from __future__ import annotations

import re

from sshim.config.javascript import SAFE_INTEGER

# Patterns are compiled when first used: most files hold short whole numbers, true and false only.
_WORD = {None: r"[^ \t\r\n#]*", "]": r"[^ \t\r\n#,\]]*", "}": r"[^ \t\r\n#,}]*"}
_INTEGER = r"[+-]?(?:0|[1-9](?:_?[0-9])*)"
_BASED = r"0x[0-9a-fA-F](?:_?[0-9a-fA-F])*|0o[0-7](?:_?[0-7])*|0b[01](?:_?[01])*"
_FLOAT = (
    r"[+-]?(?:0|[1-9](?:_?[0-9])*)(?:\.[0-9](?:_?[0-9])*)?(?:[eE][+-]?[0-9](?:_?[0-9])*)?|[+-]?(?:inf|nan)"
)
_ENDLESS = "[+-]?(?:inf|nan)"
_SHORT = 15
"""A number of so many digits is never beyond what a double holds."""
_BASES = {"x": 16, "o": 8, "b": 2}
_IN_BASE = {16: "0123456789abcdefABCDEF", 8: "01234567", 2: "01"}


class Wrong(ValueError):
    """A scalar that is none: `message` says why, `at` is the offset it is about."""

    def __init__(self, message: str, at: int) -> None:
        self.message, self.at = message, at
        super().__init__(message)


def end_of_scalar(text: str, start: int, closing: str | None) -> int:
    """Where the scalar that begins at `start` ends; `closing` is the bracket it stands in, None for none.

    Raises `Wrong`.
    """
    first = text[start : start + 1]
    if first and first in "tf":
        for constant in ("true", "false"):
            if text.startswith(constant, start):
                return start + len(constant)
        raise Wrong("invalid value", start)
    if first and first not in "+-":
        if text[start + 4 : start + 5] == "-" == text[start + 7 : start + 8] and _digits(text, start, 4):
            return _date_end(text, start)
        if text[start + 2 : start + 3] == ":" and _digits(text, start, 2):
            return _time_end(text, start)
    found = re.compile(_WORD[closing]).match(text, start)
    assert found is not None
    word = found[0]
    if len(word) <= _SHORT and word[:1] != "0" and word.isascii() and word.isdigit():
        return found.end()
    if re.fullmatch(_FLOAT, word):
        if re.fullmatch(_INTEGER, word):
            _check_safe(word, 10, start)
        return found.end()
    if re.fullmatch(_BASED, word):
        _check_safe(word[2:], _BASES[word[1]], start)
        return found.end()
    return _explain(text, start, word)


def _digits(text: str, at: int, count: int) -> bool:
    part = text[at : at + count]
    return len(part) == count and part.isascii() and part.isdigit()


def _check_safe(digits: str, base: int, start: int) -> None:
    plain = digits.replace("_", "")
    if len(plain) > 64 or abs(int(plain, base)) > SAFE_INTEGER:
        raise Wrong("integer value cannot be represented losslessly", start)


def _is_date(text: str) -> bool:
    from sshim.config.dates import is_date  # few files hold dates

    return is_date(text)


def _date_end(text: str, start: int) -> int:
    if not _digits(text, start + 9, 1):
        raise Wrong("invalid date-time: date part is malformed", start)
    at = start + 10
    separator = text[at : at + 1]
    if separator not in ("T", "t") and not (separator == " " and _digits(text, at + 1, 1)):
        if not _is_date(text[start:at]):
            raise Wrong("invalid date", start)
        return at
    if text[at + 3 : at + 4] != ":":
        raise Wrong("invalid date-time: time part is malformed", start)
    end = _skip_seconds(text, at + 6)
    written = f"{text[start:at]}T{text[at + 1 : end]}"
    if text[end : end + 1] in ("Z", "z"):
        end += 1
        written += "Z"
    elif text[end : end + 1] in ("+", "-"):
        written += text[end : end + 6]
        end += 6
    else:
        written += "Z"
    if not _is_date(written) or written[11:13] > "23":
        raise Wrong("invalid date", start)
    return end


def _time_end(text: str, start: int) -> int:
    end = _skip_seconds(text, start + 5)
    if text[start : start + 2] > "23" or not _is_date(f"0000-01-01T{text[start:end]}Z"):
        raise Wrong("invalid date", start)
    return end


def _skip_seconds(text: str, at: int) -> int:
    """The end of a time whose seconds and their parts may begin at `at`."""
    if text[at : at + 1] == ":":
        at += 3
    if text[at : at + 1] == ".":
        found = re.compile("[0-9]*").match(text, at + 1)
        at = found.end() if found else at
    return at


def _explain(text: str, start: int, word: str) -> int:
    """Raises what is wrong with a word that is no number; returns its end if it only goes on too long."""
    signed = word[:1] in ("+", "-")
    body = word[signed:]
    first = body[:1]
    if first in ("i", "n"):
        found = re.compile(_ENDLESS).match(text, start)
        if found is None:
            raise Wrong("invalid value", start)
        return found.end()
    if not first or first not in "0123456789":
        raise Wrong("invalid value", start)
    at = start + signed
    if first == "0" and len(body) > 1:
        if not signed and body[1] in _BASES:
            _explain_based(body[2:], _BASES[body[1]], at + 2)
        if body[1] not in ".eE":
            raise Wrong("illegal leading zero", start)
    _explain_decimal(body, at)
    raise Wrong("unfinished numeric value", start)


def _explain_based(digits: str, base: int, at: int) -> None:
    ready = False  # for an underscore, or the end
    for offset, sign in enumerate(digits):
        if sign == "_":
            if not ready:
                raise Wrong("illegal underscore", at + offset)
            ready = False
        elif sign not in _IN_BASE[base]:
            raise Wrong("illegal character in numeric literal", at + offset)
        else:
            ready = True
    raise Wrong("unfinished numeric value", at + len(digits))


def _explain_decimal(body: str, at: int) -> None:
    part, ready = "integer", True  # ready: a digit came last
    for offset, sign in enumerate(body[1:], 1):
        if sign == "_":
            if not ready:
                raise Wrong("illegal underscore", at + offset)
            ready = False
        elif sign == "." and part == "integer" and ready:
            part, ready = "fraction", False
        elif sign in "eE" and part != "exponent" and ready:
            part, ready = "exponent", False
        elif sign in "+-" and part == "exponent" and body[offset - 1] in "eE+-":
            continue
        elif sign not in "0123456789":
            raise Wrong("illegal character in numeric literal", at + offset)
        else:
            ready = True
