"""Waiting for what comes soon, however busy the machine is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

_Seen = TypeVar("_Seen")

PATIENCE = 30.0
"""Seconds after which what has not come never will."""


async def settled(condition: Callable[[], object]) -> None:
    """Returns once `condition` holds; when it never does, the caller's own assertion tells what there is."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while not condition() and loop.time() < deadline:
        await asyncio.sleep(0.001)


async def turns() -> None:
    """Lets the event loop run what is ready, and what that makes ready in its turn."""
    for _ in range(20):
        await asyncio.sleep(0)


def seen(look: Callable[[], _Seen]) -> _Seen:
    """What `look` returns, as soon as there is something; when nothing ever comes, that nothing, so that the
    caller's own assertion shows it. For what other processes and threads do: no event loop turns."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return found
