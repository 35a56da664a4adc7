"""Which texts JavaScript's `Date` takes for a date, since wrangler judges `compatibility_date` by that.

V8 reads ISO 8601 first and falls back to a forgiving reading: numbers in the order month, day, year (or year
first when it cannot be a month), month names, times, time zones, text in parentheses passed over, unknown
words passed over until the first number. Only acceptance matters here, not which day is meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"(?P<number>[0-9]+)|(?P<symbol>[:\-+.)])"
    r"|(?P<word>[^\x00-@\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\ufeff]+)"
    r"|(?P<blank>[\t-\r \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\ufeff]+)|(?P<open>\()|(?P<other>.)",
    re.S,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES = {"ut": 0, "utc": 0, "z": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7}
_ZONES |= {"mdt": -6, "pst": -8, "pdt": -7}
MAX_LENGTH = 10_000

_FIRST, _LAST = (-271821, 4, 20), (275760, 9, 13)


@dataclass(slots=True)
class _Token:
    kind: str  # number, symbol, word, blank, other, end
    text: str = ""

    @property
    def value(self) -> int:
        """The number; digits beyond the ninth significant one do not count."""
        return int(self.text.lstrip("0")[:9] or "0")

    def fixed(self, digits: int, low: int = 0, high: int = 10**9) -> bool:
        return self.kind == "number" and len(self.text) == digits and low <= self.value <= high


@dataclass(slots=True)
class _Parts:
    """What has been read so far. `hour` and `minute` of the zone are None while unknown."""

    day: list[int] = field(default_factory=list)
    month: int | None = None
    iso: bool = False
    time: list[int] = field(default_factory=list)
    noon: int | None = None
    zone_hour: int | None = None
    zone_minute: int | None = None

    def time_expects(self, number: int) -> bool:
        return (
            (len(self.time) == 1 and number < 60)
            or (len(self.time) == 2 and number < 60)
            or (len(self.time) == 3 and number < 1000)
        )

    def finish_time(self, number: int) -> None:
        self.time.append(number)
        self.time += [0] * (4 - len(self.time))

    def valid(self) -> bool:
        return self._valid_day() and self._valid_time()

    def _valid_day(self) -> bool:
        if not self.day:
            return False
        one, two, three = [*self.day, 1, 1][:3]
        day_first = 1 <= one <= 31
        year: int
        if self.month is not None:
            month, day, year = (self.month, one, two) if day_first else (self.month, two, one)
        elif self.iso or not day_first:
            year, month, day = one, two, three
        else:
            month, day, year = one, two, three
        return 1 <= month <= 12 and 1 <= day <= 31 and _FIRST <= (year, month, day) <= _LAST

    def _valid_time(self) -> bool:
        hour, minute, second, milli = [*self.time, 0, 0, 0, 0][:4]
        if self.noon is not None:
            if hour > 12:
                return False
            hour = hour % 12 + self.noon
        if hour == 24:
            return minute == second == milli == 0
        return hour < 24 and minute < 60 and second < 60 and milli < 1000


def is_date(text: str) -> bool:
    """Whether `new Date(text)` is a date. Beyond `MAX_LENGTH` it never is, here."""
    if len(text) > MAX_LENGTH:
        return False
    tokens = _tokens(text)
    parts = _Parts()
    at = _read_iso(tokens, parts)
    return at is not None and _read_rest(tokens, at, parts) and parts.valid()


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None and match.lastgroup is not None
        at = match.end()
        if match.lastgroup == "open":
            depth = 1
            while depth and at < len(text):
                depth += {"(": 1, ")": -1}.get(text[at], 0)
                at += 1
            found.append(_Token("other"))
        else:
            found.append(_Token(match.lastgroup, match[0]))
    return [*found, _Token("end"), _Token("end")]


def _read_iso(tokens: list[_Token], parts: _Parts) -> int | None:
    """Where the forgiving reading goes on (the end if all was ISO), None if the text is no date at all."""
    at = 0
    if tokens[0].text in ("+", "-"):
        if not tokens[1].fixed(6):
            return 0
        if tokens[0].text == "-" and tokens[1].value == 0:
            return 2
        parts.day.append(tokens[1].value * (-1 if tokens[0].text == "-" else 1))
        at = 2
    elif tokens[0].fixed(4):
        parts.day.append(tokens[0].value)
        at = 1
    else:
        return 0
    for highest in (12, 31):
        if tokens[at].text != "-":
            break
        at += 1
        if not tokens[at].fixed(2, 1, highest):
            return at
        parts.day.append(tokens[at].value)
        at += 1
    if not (tokens[at].kind == "word" and tokens[at].text.lower() == "t"):
        parts.iso = tokens[at].kind == "end"
        return at
    return _read_iso_time(tokens, at + 1, parts)


def _read_iso_time(tokens: list[_Token], at: int, parts: _Parts) -> int | None:
    if not tokens[at].fixed(2, 0, 24):
        return None
    whole_day = tokens[at].value == 24
    highest = 0 if whole_day else 59
    parts.time.append(tokens[at].value)
    if tokens[at + 1].text != ":" or not tokens[at + 2].fixed(2, 0, highest):
        return None
    parts.time.append(tokens[at + 2].value)
    at += 3
    if tokens[at].text == ":":
        if not tokens[at + 1].fixed(2, 0, highest):
            return None
        parts.time.append(tokens[at + 1].value)
        at += 2
        if tokens[at].text == ".":
            if tokens[at + 1].kind != "number" or (whole_day and tokens[at + 1].value):
                return None
            at += 2
    if tokens[at].kind == "word" and tokens[at].text.lower() == "z":
        at += 1
    elif tokens[at].text in ("+", "-"):
        at += 1
        if tokens[at].fixed(4) and tokens[at].value // 100 < 24 and tokens[at].value % 100 < 60:
            at += 1
        elif tokens[at].fixed(2, 0, 23) and tokens[at + 1].text == ":" and tokens[at + 2].fixed(2, 0, 59):
            at += 3
        else:
            return None
    parts.iso = True
    return at if tokens[at].kind == "end" else None


def _read_rest(tokens: list[_Token], at: int, parts: _Parts) -> bool:
    """The forgiving reading from `at`; False where V8 gives up."""
    number_read = bool(parts.day)
    while tokens[at].kind != "end":
        token, at = tokens[at], at + 1
        if token.kind == "number":
            number_read = True
            moved = _read_number(tokens, at, token.value, parts)
            if moved is None:
                return False
            at = moved
        elif token.kind == "word":
            word = token.text.lower()
            if word in ("am", "pm") and parts.time:
                parts.noon = 12 if word == "pm" else 0
            elif word[:3] in _MONTHS:
                parts.month = _MONTHS.index(word[:3]) + 1
                at += tokens[at].text == "-"
            elif word in _ZONES and number_read:
                parts.zone_hour, parts.zone_minute = _ZONES[word], 0
            elif number_read or tokens[at].kind == "number":
                return False
        elif token.text in ("+", "-") and (parts.time or parts.zone_hour == parts.zone_minute == 0):
            number_read = True
            length = len(tokens[at].text) if tokens[at].kind == "number" else 0
            number = tokens[at].value if length else 0
            at += length > 0
            if tokens[at].text == ":":
                parts.zone_hour, parts.zone_minute = number, None
            elif 1 <= length <= 4:
                parts.zone_hour, parts.zone_minute = (number, 0) if length < 3 else divmod(number, 100)
            else:
                return False
        elif token.text in ("+", "-", ")") and number_read:
            return False
    return True


def _read_number(tokens: list[_Token], at: int, number: int, parts: _Parts) -> int | None:
    """Where reading goes on behind a number, None if it can stand for nothing."""
    if tokens[at].text == ":":
        if tokens[at + 1].text == ":":
            if parts.time:
                return None
            parts.time += [number, 0]
            return at + 2
        if len(parts.time) >= 4:
            return None
        parts.time.append(number)
        return at + 1 + (tokens[at + 1].text == ".")
    if tokens[at].text == ".":
        at += 1
        if parts.time_expects(number):
            parts.time.append(number)
            if tokens[at].kind != "number":
                return None
            parts.finish_time(int(tokens[at].text[:3].ljust(3, "0")))
            return at + 1
    if parts.zone_hour is not None and parts.zone_minute is None and number < 60:
        parts.zone_minute = number
        return at
    if parts.time_expects(number):
        parts.finish_time(number)
        after = tokens[at]
        fits = after.kind in ("end", "blank") or after.text in ("+", "-") or after.text.lower() == "z"
        return at if fits else None
    if len(parts.day) >= 3:
        return None
    parts.day.append(number)
    return at + (tokens[at].text == "-")
