"""Points in time as people give them: a date, a time, or a span from now such as `90m`, `12h`, `30d`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from sshim.errors import UsageError

_SPAN = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def ahead(text: str | None, now: datetime) -> datetime | None:
    """The time given, a span counted from `now` on; None for None. Raises `UsageError`."""
    return _moment(text, now, 1)


def ago(text: str | None, now: datetime) -> datetime | None:
    """The time given, a span counted back from `now`; None for None. Raises `UsageError`."""
    return _moment(text, now, -1)


def _moment(text: str | None, now: datetime, sign: int) -> datetime | None:
    if text is None:
        return None
    span = _SPAN.fullmatch(text.strip())
    try:
        if span:
            return now + sign * timedelta(**{_UNITS[span[2]]: int(span[1])})
        moment = datetime.fromisoformat(text.strip())
        # A time without a zone is UTC, as everywhere in this program.
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{text!r} is not a time", hint="2026-12-31, 2026-12-31T18:00Z, or a span such as 12h or 30d"
        ) from None
