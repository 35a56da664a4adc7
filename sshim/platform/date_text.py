"""Reading dates, ISO 8601 and the English forms that `Date.parse` takes: milliseconds since 1970 in UTC."""

from __future__ import annotations

import math
import re

DAY = 86_400_000
_LIMIT = 8.64e15
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_ISO = re.compile(
    r"([+-]\d{6}|\d{4})(?:-(\d\d)(?:-(\d\d))?)?"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)?)?$",
    re.IGNORECASE,
)
_ZONES = {
    "UT": 0,
    "UTC": 0,
    "GMT": 0,
    "Z": 0,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
}
_ZONES |= {"PST": -8, "PDT": -7}


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar; months count from 0 and may overflow."""
    year += month // 12
    month = month % 12 + 1
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def civil_from_days(days: int) -> tuple[int, int, int]:
    """The (year, month from 0, day) of a day since 1970-01-01."""
    days += 719_468
    era = days // 146_097
    of_era = days - era * 146_097
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 2 if shifted < 10 else shifted - 10
    return year + era * 400 + (month <= 1), month, of_year - (153 * shifted + 2) // 5 + 1


def time_of(
    year: int, month: int = 0, day: int = 1, hour: int = 0, minute: int = 0, second: int = 0, milli: int = 0
) -> float:
    """Milliseconds since 1970 of a date in UTC; parts may overflow. NaN beyond what Date can hold."""
    if abs(year) > 300_000 or abs(month) > 3_600_000:
        return math.nan
    days = days_from_civil(year, month, 1) + day - 1
    return clip(days * DAY + hour * 3_600_000 + minute * 60_000 + second * 1000 + milli)


def clip(milliseconds: float) -> float:
    """Whole milliseconds, NaN beyond what Date can hold."""
    within = math.isfinite(milliseconds) and abs(milliseconds) <= _LIMIT
    return math.trunc(milliseconds) if within else math.nan


def parse(text: str) -> float:
    """Milliseconds since 1970 of ISO 8601 text, or of the common English forms; NaN for anything else."""
    found = _ISO.match(text.strip())
    if found:
        year, month, day, hour, minute, second, fraction, zone = found.groups()
        if (
            int(month or 1) > 12
            or not 1 <= int(day or 1) <= 31
            or int(hour or 0) > 24
            or int(minute or 0) > 59
        ):
            return math.nan
        days = days_from_civil(int(year), int(month or 1) - 1, int(day or 1))
        seconds = int(hour or 0) * 3600 + int(minute or 0) * 60 + int(second or 0)
        milli = int((fraction or "0")[:3].ljust(3, "0"))
        return clip(days * DAY + seconds * 1000 + milli - _offset(zone or "Z"))
    return _parse_english(text)


def _offset(zone: str) -> int:
    if zone.upper() in _ZONES:
        return _ZONES[zone.upper()] * 3_600_000
    digits = zone.replace(":", "")
    return (-1 if zone[0] == "-" else 1) * (int(digits[1:3]) * 60 + int(digits[3:5] or 0)) * 60_000


def _parse_english(text: str) -> float:
    rest = re.sub(r"\([^)]*\)", " ", text)
    clock = re.search(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s*(AM|PM)?", rest, re.IGNORECASE)
    hour = minute = second = milli = 0
    if clock:
        hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
        milli = int((clock[4] or "0")[:3].ljust(3, "0"))
        if clock[5]:
            hour = hour % 12 + (12 if clock[5].upper() == "PM" else 0)
        rest = rest[: clock.start()] + " " + rest[clock.end() :]
    zone = re.search(
        r"(?:\b(?:UTC?|GMT)\s*)?([+-]\d\d:?\d\d)\b|\b(UTC?|GMT|Z|[ECMP][SD]T)\b", rest, re.IGNORECASE
    )
    offset = _offset(zone[1] or zone[2]) if zone else 0
    if zone:
        rest = rest[: zone.start()] + " " + rest[zone.end() :]
    month = re.search(r"\b(" + "|".join(MONTHS) + r")[a-z]*\b", rest, re.IGNORECASE)
    slashes = re.search(r"\b(\d{1,4})/(\d{1,2})/(\d{1,4})\b", rest)
    if slashes:
        first, second_part, third = (int(part) for part in slashes.groups())
        year, number, day = (
            (first, second_part, third) if len(slashes[1]) == 4 else (third, first, second_part)
        )
        index = number - 1
    elif month:
        index = MONTHS.index(month[1].title())
        numbers = [int(n) for n in re.findall(r"\d+", rest)]
        if len(numbers) != 2:
            return math.nan
        day, year = numbers if numbers[0] <= 31 else (numbers[1], numbers[0])
    else:
        return math.nan
    if not 0 <= index <= 11 or not 1 <= day <= 31:
        return math.nan
    if year < 100:
        year += 2000 if year < 50 else 1900
    clock_ms = (hour * 3600 + minute * 60 + second) * 1000 + milli
    return clip(days_from_civil(year, index, day) * DAY + clock_ms - offset)
