"""What wrangler takes as a cron expression and a deploy would refuse."""

from __future__ import annotations

from collections.abc import Iterable

from sshim.errors import Problem

_FIELDS = 5


def doubtful(crons: Iterable[str]) -> list[Problem]:
    """A warning for each expression that has not the five fields of a cron trigger."""
    return [
        Problem(
            f"the cron {cron!r} has {count} field{'' if count == 1 else 's'}, a cron trigger has {_FIELDS}",
            hint="write it as minute, hour, day of the month, month and day of the week",
        )
        for cron in crons
        if (count := len(cron.split())) != _FIELDS
    ]
