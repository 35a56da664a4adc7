"""How many requests a gateway lets in, by its own settings."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from sshim.gateway.account import GatewaySettings


class Rates:
    """Counts the requests of each gateway of one process. `clock` gives seconds that only go up."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: dict[str, deque[float]] = {}

    def allows(self, gateway: GatewaySettings) -> bool:
        """Whether one more request is within the limit; only then is it counted."""
        limit, interval = gateway.rate_limit, gateway.rate_interval
        if limit <= 0 or interval <= 0:
            return True
        now = self._clock()
        times = self._times.setdefault(gateway.id, deque())
        # a fixed window ends for all its requests at once, a sliding one for each an interval after it
        begin = now - interval if gateway.rate_sliding else now // interval * interval
        while times and times[0] < begin:
            times.popleft()
        if len(times) >= limit:
            return False
        times.append(now)
        return True
