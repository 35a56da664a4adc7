"""Cron expressions that a deploy would refuse."""

from __future__ import annotations

import pytest

from sshim.config.crons import doubtful


@pytest.mark.parametrize(
    ("cron", "said"),
    [("*/5 * * *", "has 4 fields"), ("", "has 0 fields"), ("0 0 * * * *", "has 6 fields"), ("x", "1 field,")],
)
def test_a_cron_has_five_fields(cron: str, said: str) -> None:
    (warning,) = doubtful(["*/5 * * * *", cron, "0 0 1 JAN MON"])
    assert repr(cron) in warning.message and said in warning.message
