"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from sshim.cli.times import ago, ahead
from sshim.errors import UsageError

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("12h", timedelta(hours=12)),
        ("30d", timedelta(days=30)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_a_span_counts_from_now_in_the_direction_asked_for(text: str, span: timedelta) -> None:
    assert ahead(text, NOW) == NOW + span
    assert ago(text, NOW) == NOW - span


def test_a_time_without_a_zone_is_utc() -> None:
    assert ahead("2026-12-31", NOW) == datetime(2026, 12, 31, tzinfo=UTC)
    assert ago("2026-12-31T18:00", NOW) == datetime(2026, 12, 31, 18, tzinfo=UTC)


def test_a_zone_is_kept() -> None:
    assert ahead("2026-12-31T18:00+02:00", NOW) == datetime(
        2026, 12, 31, 18, tzinfo=timezone(timedelta(hours=2))
    )


def test_nothing_given_is_nothing() -> None:
    assert ahead(None, NOW) is None and ago(None, NOW) is None


@pytest.mark.parametrize(
    "text", ["", "soon", "12", "1y", "2026-13-01", "999999w", "9999-12-31T23:59:59-23:59"]
)
def test_anything_else_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        ahead(text, NOW)
    assert caught.value.hint is not None and "30d" in caught.value.hint
