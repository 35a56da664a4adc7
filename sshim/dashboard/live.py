"""Telling open pages that the account has changed, whoever changed it: server-sent events.

One task looks at the store for all pages, and only while there are any. A look costs microseconds when
nobody has written.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from sshim.errors import RequestRefused, SshimError

EVERY = 0.3
"""Seconds between two looks at the store."""

BEAT = 15.0
"""Seconds after which a page hears something, so that a connection that is dead is found."""

MAX_PAGES = 32
Look = Callable[[], Awaitable[dict[str, int]]]
"""Tells the present state as numbers that grow with each change."""


class Live:
    """The open streams of one program. `look` is asked while there are any."""

    def __init__(self, look: Look, *, every: float = EVERY, beat: float = BEAT) -> None:
        self._look, self._every, self._beat = look, every, beat
        self._pages: set[asyncio.Queue[str | None]] = set()
        self._task: asyncio.Task[None] | None = None

    async def stream(
        self, request: web.BaseRequest, still: Callable[[], Awaitable[bool]]
    ) -> web.StreamResponse:
        """Sends events until the client goes, the program ends, or `still` says no (asked with each beat).
        Raises `RequestRefused` 503 when there are too many already."""
        if len(self._pages) >= MAX_PAGES:
            raise RequestRefused(503, 503, "too many pages follow this account already")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **_HEADERS})
        response.force_close()
        queue: asyncio.Queue[str | None] = asyncio.Queue(maxsize=8)
        self._pages.add(queue)
        if self._task is None:
            self._task = asyncio.ensure_future(self._watch())
        try:
            await response.prepare(request)
            await response.write(b": open\n\n")
            with contextlib.suppress(ConnectionError):
                await self._send(request, response, queue, still)
        finally:
            self._pages.discard(queue)
            if not self._pages and self._task is not None:
                self._task.cancel()
                self._task = None
        return response

    def end(self) -> None:
        """Ends every stream, so that the program can."""
        for queue in self._pages:
            _put(queue, None)

    async def _send(
        self,
        request: web.BaseRequest,
        response: web.StreamResponse,
        queue: asyncio.Queue[str | None],
        still: Callable[[], Awaitable[bool]],
    ) -> None:
        while request.transport is not None:
            try:
                text = await asyncio.wait_for(queue.get(), self._beat)
            except TimeoutError:
                if not await still():
                    return
                text = ": beat\n\n"
            if text is None:
                return
            await response.write(text.encode())

    async def _watch(self) -> None:
        before: dict[str, int] | None = None
        while True:
            # a store that cannot be read for now says so where it is asked for
            with contextlib.suppress(SshimError):
                now = await self._look()
                if before is not None and now != before:
                    for queue in self._pages:
                        _put(queue, f"event: change\ndata: {json.dumps(now)}\n\n")
                before = now
            await asyncio.sleep(self._every)


def _put(queue: asyncio.Queue[str | None], text: str | None) -> None:
    """A page that does not read loses the oldest event, which says nothing that the newest does not."""
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(text)


_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "sshim",
    "X-Content-Type-Options": "nosniff",
}
