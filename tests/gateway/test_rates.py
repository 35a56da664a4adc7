"""Requests are counted in windows as a gateway's settings say."""

from __future__ import annotations

import pytest

from sshim.gateway.account import GatewaySettings
from sshim.gateway.rates import Rates


def let_in(settings: GatewaySettings, *moments: float) -> list[bool]:
    """Whether requests at these moments are let in."""
    now = iter(moments)
    rates = Rates(clock=lambda: next(now))
    return [rates.allows(settings) for _ in moments]


def limited(*, sliding: bool) -> GatewaySettings:
    return GatewaySettings("edge", rate_limit=2, rate_interval=10, rate_sliding=sliding)


def test_a_fixed_window_ends_for_all_at_once() -> None:
    moments = (8.0, 9.0, 9.5, 10.0, 11.0, 19.9, 20.0)
    assert let_in(limited(sliding=False), *moments) == [True, True, False, True, True, False, True]


def test_a_sliding_window_ends_for_each_request_by_itself() -> None:
    moments = (8.0, 9.0, 9.5, 17.0, 18.5, 18.6, 19.5)
    assert let_in(limited(sliding=True), *moments) == [True, True, False, False, True, False, True]


@pytest.mark.parametrize("settings", [{}, {"rate_limit": 1}, {"rate_interval": 1}])
def test_without_limit_or_interval_any_number_is_let_in(settings: dict[str, int]) -> None:
    assert all(Rates().allows(GatewaySettings("edge", **settings)) for _ in range(100))
