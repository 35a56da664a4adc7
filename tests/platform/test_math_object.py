"""JavaScript's `Math`."""

from __future__ import annotations

import math

from sshim.platform.math_object import Math


def test_mathematics() -> None:
    assert (Math.max(), Math.min(), Math.ceil(1.2), Math.atan2(0, -1)) == (-math.inf, math.inf, 2, math.pi)
    assert Math.floor(math.inf) == math.inf and Math.pow(0, -1) == math.inf
    assert all(math.isnan(v) for v in (Math.sqrt(-1), Math.max(1, "x"), Math.pow(-8, 0.5), Math.log(-1)))
    assert 0 <= Math.random() < 1
    assert str(Math) == "[object Math]"


def test_halves_are_rounded_up() -> None:
    assert (Math.round(2.5), Math.round(-2.5), Math.round("1.4"), Math.round(-math.inf)) == (
        3,
        -2,
        1,
        -math.inf,
    )


def test_arguments_are_made_numbers_first() -> None:
    assert (Math.abs("-3"), Math.sign("-2"), Math.hypot("3", 4), Math.trunc(-1.5)) == (3, -1, 5, -1)
