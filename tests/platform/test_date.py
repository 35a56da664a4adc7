"""Date against Python's own calendar."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from sshim.platform.date import Date
from sshim.platform.date_text import civil_from_days, days_from_civil, parse

_settings = settings(max_examples=200)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_moments = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0))


@_settings
@given(_moments, st.integers(0, 999))
def test_iso_text_comes_back(moment: datetime, milli: int) -> None:
    exact = moment + timedelta(milliseconds=milli)
    milliseconds = (exact - _EPOCH) // timedelta(milliseconds=1)
    date = Date.new(milliseconds)
    expected = f"{exact.year:04}-{exact:%m-%dT%H:%M:%S}.{milli:03}Z"
    assert date.toISOString() == date.toJSON() == expected
    assert Date.parse(expected) == date.getTime() == milliseconds
    assert (date.getUTCDay(), date.getFullYear()) == ((exact.weekday() + 1) % 7, exact.year)


@_settings
@given(_moments.filter(lambda moment: moment.year > 1000))
def test_mail_dates_are_read(moment: datetime) -> None:
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    assert parse(format_datetime(moment)) == milliseconds
    assert parse(Date.new(milliseconds).toString()) == milliseconds
    assert parse(Date.new(milliseconds).toUTCString()) == milliseconds


@_settings
@given(st.text(max_size=30) | st.text(alphabet="0123456789-:+TZ/ JanFebMonGMT,.", max_size=30))
def test_any_text_is_a_date_or_none(text: str) -> None:
    milliseconds = parse(text)
    assert milliseconds != milliseconds or abs(milliseconds) <= 8.64e15


@_settings
@given(st.integers(-100_000_000, 100_000_000))
def test_days_and_dates_agree(days: int) -> None:
    year, month, day = civil_from_days(days)
    assert days_from_civil(year, month, day) == days


def test_now_is_now() -> None:
    before = int(time.time() * 1000)
    told = [Date.now(), Date.new().getTime()]
    assert before <= min(told) and max(told) <= time.time() * 1000
    assert Date()[:3] in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def test_dates_that_cannot_be() -> None:
    for text in ("Jan 5 6 2020", "13/40/2020", "99 things", "Jan 50 2020"):
        assert parse(text) != parse(text)
    assert Date.new(2020, float("nan")).getTime() != 0
    assert Date.UTC(400_000) != Date.UTC(400_000)


def test_short_years_are_of_this_time() -> None:
    assert Date.new("1/2/49").getFullYear() == 2049 and Date.new("1/2/50").getFullYear() == 1950
    assert Date.new(47_100_000).toLocaleTimeString() == "1:05:00 PM"
