"""Waiting for what comes soon, however busy the machine is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PATIENCE = 30.0
"""Seconds after which what has not come never will."""


async def settled(condition: Callable[[], object]) -> None:
    """Returns once `condition` holds; when it never does, the caller's own assertion tells what there is."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while not condition() and loop.time() < deadline:
        await asyncio.sleep(0.001)
