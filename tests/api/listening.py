"""Handlers behind a listener, and whether it lets go of a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sshim.api.body import read_body
from sshim.api.envelope import answer
from tests.settling import PATIENCE

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Opener = Callable[..., Any]


async def hello(incoming: web.BaseRequest) -> web.StreamResponse:
    return answer(200, "hello")


async def echo_size(incoming: web.BaseRequest) -> web.StreamResponse:
    return answer(200, len(await read_body(incoming, limit=1000, seconds=1.0)))


async def closes_within(reader: asyncio.StreamReader, seconds: float = PATIENCE) -> bool:
    """Whether the other side ends the connection in time."""
    try:
        async with asyncio.timeout(seconds):
            while await reader.read(4096):
                pass
            return True
    except ConnectionError:
        return True
    except TimeoutError:
        return False
