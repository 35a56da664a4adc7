"""How many events of a kind there were in the last minute."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

_MINUTE = 60.0


class Attempts:
    """Lets `limit` events through in any minute. `clock` gives seconds that only go up."""

    def __init__(self, limit: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._times: deque[float] = deque()

    def add(self) -> bool:
        """Whether one more is within the limit; only then is it counted."""
        now = self._clock()
        while self._times and now - self._times[0] >= _MINUTE:
            self._times.popleft()
        if len(self._times) >= self._limit:
            return False
        self._times.append(now)
        return True

    def wait(self) -> int:
        """Whole seconds until there is room again, at least one."""
        if not self._times:
            return 1
        return max(1, int(_MINUTE - (self._clock() - self._times[0])) + 1)
