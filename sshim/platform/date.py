"""JavaScript's Date, in UTC as in every Worker."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from sshim.platform.date_text import DAY, MONTHS, civil_from_days, clip, parse, time_of
from sshim.platform.exceptions import js_error
from sshim.platform.options import unwrap
from sshim.platform.primitives import js_number, js_string, whole
from sshim.platform.proxy import JsObject, static
from sshim.platform.runtime import runtime

_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


def _from_parts(parts: tuple[Any, ...]) -> float:
    numbers = [js_number(part) for part in parts[:7]]
    if not all(math.isfinite(number) for number in numbers):
        return math.nan
    year, *others = map(int, numbers)
    return time_of(year + 1900 if 0 <= year <= 99 else year, *others)


def _getter(place: int) -> Callable[[Date], Any]:
    def get(self: Date) -> Any:
        return self._fields()[place] if math.isfinite(self._time) else math.nan

    return get


def _setter(place: int) -> Callable[..., Any]:
    def set(self: Date, *values: Any) -> Any:
        fields: list[Any] = (
            list(self._fields()[:7]) if math.isfinite(self._time) else [1970, 0, 1, 0, 0, 0, 0]
        )
        fields[place : place + len(values)] = [js_number(value) for value in values]
        finite = all(math.isfinite(field) for field in fields)
        self._time = time_of(*map(int, fields)) if finite else math.nan
        return self.getTime()

    return set


class Date(JsObject):
    """A moment; `_time` is milliseconds since 1970, NaN for an invalid date."""

    js_name = "Date"
    __slots__ = ("_time",)

    def __init__(self, milliseconds: float) -> None:
        self._time = clip(milliseconds)

    @static
    def new(cls, *args: Any) -> Any:
        """`new Date()`, `new Date(milliseconds | text | date)` or `new Date(year, month, …)`."""
        if not args:
            return cls._make(_now())
        if len(args) > 1:
            return cls._make(_from_parts(args))
        value = unwrap(args[0])
        if isinstance(value, Date):
            return cls._make(value._time)
        return cls._make(parse(value) if isinstance(value, str) else js_number(value))

    @classmethod
    def _call(cls, *args: Any) -> str:
        return str(cls._make(_now()).toString())

    @static
    def now(cls) -> int:
        """Milliseconds since 1970."""
        return _now()

    @static
    def parse(cls, text: Any = None) -> Any:
        """Milliseconds since 1970 of a date in text, NaN if it cannot be read."""
        return whole(float(parse(js_string(text))))

    @static
    def UTC(cls, *parts: Any) -> Any:
        """Milliseconds since 1970 of year, month (from 0), day and so on."""
        return whole(float(_from_parts(parts)))

    def _fields(self) -> tuple[int, int, int, int, int, int, int, int]:
        """Year, month from 0, day, hours, minutes, seconds, milliseconds, weekday from Sunday."""
        days, rest = divmod(int(self._time), DAY)
        year, month, day = civil_from_days(days)
        seconds, milli = divmod(rest, 1000)
        return year, month, day, seconds // 3600, seconds // 60 % 60, seconds % 60, milli, (days + 4) % 7

    def getTime(self) -> Any:
        """Milliseconds since 1970."""
        return whole(float(self._time))

    valueOf = getTime

    def setTime(self, milliseconds: Any = None) -> Any:
        """Set the milliseconds since 1970."""
        self._time = clip(js_number(milliseconds))
        return self.getTime()

    def getTimezoneOffset(self) -> Any:
        """0: a Worker's clock is UTC."""
        return 0 if math.isfinite(self._time) else math.nan

    def toISOString(self) -> str:
        """`2020-01-31T12:00:00.000Z`; an invalid date is a RangeError."""
        if not math.isfinite(self._time):
            raise js_error("RangeError", "Invalid time value")
        year, month, day, hour, minute, second, milli, _ = self._fields()
        written = f"{year:04}" if 0 <= year <= 9999 else f"{year:+07}"
        return f"{written}-{month + 1:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"

    def toJSON(self, *ignored: Any) -> Any:
        """The ISO text, null for an invalid date."""
        return self.toISOString() if math.isfinite(self._time) else runtime.null

    def _write(self, *pieces: Callable[[tuple[int, ...]], str]) -> str:
        fields = self._fields() if math.isfinite(self._time) else None
        return " ".join(piece(fields) for piece in pieces) if fields else "Invalid Date"

    def toString(self) -> str:
        """`Wed Jan 01 2020 00:00:00 GMT+0000 (Coordinated Universal Time)`."""
        return self._write(_day, _clock)

    def toDateString(self) -> str:
        """`Wed Jan 01 2020`."""
        return self._write(_day)

    def toTimeString(self) -> str:
        """`00:00:00 GMT+0000 (Coordinated Universal Time)`."""
        return self._write(_clock)

    def toUTCString(self) -> str:
        """`Wed, 01 Jan 2020 00:00:00 GMT`."""
        return self._write(_http)

    toGMTString = toUTCString

    def toLocaleDateString(self, *ignored: Any) -> str:
        """`1/31/2020`: English of the United States is the only language here."""
        return self._write(_american_day)

    def toLocaleTimeString(self, *ignored: Any) -> str:
        """`1:05:00 PM`."""
        return self._write(_american_clock)

    def toLocaleString(self, *ignored: Any) -> str:
        """`1/31/2020, 1:05:00 PM`."""
        return self._write(lambda f: _american_day(f) + ",", _american_clock)


def _now() -> int:
    return time.time_ns() // 1_000_000


def _day(fields: tuple[int, ...]) -> str:
    return f"{_DAYS[fields[7]]} {MONTHS[fields[1]]} {fields[2]:02} {fields[0]:04}"


def _clock(fields: tuple[int, ...]) -> str:
    return f"{fields[3]:02}:{fields[4]:02}:{fields[5]:02} GMT+0000 (Coordinated Universal Time)"


def _http(fields: tuple[int, ...]) -> str:
    clock = f"{fields[3]:02}:{fields[4]:02}:{fields[5]:02}"
    return f"{_DAYS[fields[7]]}, {fields[2]:02} {MONTHS[fields[1]]} {fields[0]:04} {clock} GMT"


def _american_day(fields: tuple[int, ...]) -> str:
    return f"{fields[1] + 1}/{fields[2]}/{fields[0]}"


def _american_clock(fields: tuple[int, ...]) -> str:
    return f"{fields[3] % 12 or 12}:{fields[4]:02}:{fields[5]:02} {'AM' if fields[3] < 12 else 'PM'}"


_PARTS = ("FullYear", "Month", "Date", "Hours", "Minutes", "Seconds", "Milliseconds", "Day")
for _place, _part in enumerate(_PARTS):
    for _prefix in ("", "UTC"):
        setattr(Date, f"get{_prefix}{_part}", _getter(_place))
        if _part != "Day":
            setattr(Date, f"set{_prefix}{_part}", _setter(_place))
