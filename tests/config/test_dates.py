"""Which texts pass for a date."""

from __future__ import annotations

import pytest

from sshim.config.dates import is_date


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2026-01-01",
            "2026",
            "2026-01",
            "2026-02-30",
            "2026/01/01",
            "Jan 5 2026",
            "5 January 2026",
            "1/2/26",
        ),
        *("2026-01-01T10:20", "2026-01-01T10:20:30.5Z", "2026-01-01T24:00:00", "2026-01-01T10:00+02:00"),
        *("2026-01-01T10:00+0200", "+002026-01-01", "-000001-01-01", "Mon, 5 Jan 2026 10:00 GMT", "12", "1"),
        *(
            "hello 2026",
            "2026 (comment (nested))",
            "10:00 Jan 5 2026",
            "Jan 5 2026 10:00 pm",
            "12:30:45.5 1 2 3",
        ),
        *("2026-01-01 10:00 EST", "2026-01-01 10:00 +2", "2026-01-01 10:00 +02:30", "1::2 2026", "2026-1-1"),
        *("275760-09-13", "Jan-5-2026", "2026-01-01 10:00:30 utc"),
    ],
)
def test_text_is_a_date(text: str) -> None:
    assert is_date(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "today",
            "hello",
            "2026-13-45",
            "2026-01-32",
            "2026-00-10",
            "2026-01-01x",
            "x2026",
            "2026-01-01T",
        ),
        *("2026-01-01T25:00", "2026-01-01T10", "2026-01-01T24:01", "2026-01-01T10:60", "2026-01-01T10:00:61"),
        *(
            "2026-01-01T10:00+25:00",
            "2026-01-01T10:00Zx",
            "2026-01-01T10:00:00.",
            "1 2 3 4",
            "2026-01-01 25:00",
        ),
        *("Jan 5 2026 13:00 pm", "2026-01-01)", "2026 -1", "2026-01-01 10:00 +12345", "275760-09-14"),
        *("12:30:45.x 1 2 3", "1::2::3", "2026-01-01T10:00:00Z+02:00", "-", "(2026", "10:5x 2026"),
    ],
)
def test_text_is_no_date(text: str) -> None:
    assert not is_date(text)


def test_a_sign_with_year_zero_is_no_year() -> None:
    assert not is_date("-000000")


def test_digits_beyond_the_ninth_do_not_count() -> None:
    assert not is_date("1234567890123")
    assert is_date("00000000000000001")


@pytest.mark.parametrize("sign", ["\u0085", "\u2028", "\u2029"])
def test_ends_of_lines_beyond_ascii_are_no_blanks(sign: str) -> None:
    assert not is_date(f"2026-01-{sign}1") and not is_date(f"2026-01-01 {sign}")


def test_control_characters_do_not_end_a_time_as_blanks_do() -> None:
    assert is_date("10:00\t01") and not is_date("10:00\x1c01")
