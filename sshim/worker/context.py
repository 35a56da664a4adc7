"""`ctx`: what an event may ask of the runtime, and the work that outlives its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

OnError = Callable[[BaseException], object]


class BackgroundWork:
    """Everything given to `waitUntil`: kept until done, its exceptions reported, never lost silently."""

    def __init__(self, on_error: OnError) -> None:
        self._tasks: set[asyncio.Future[Any]] = set()
        self._on_error = on_error

    def add(self, work: Any) -> None:
        """Take a coroutine, task, future or promise (or a proxy of one); anything else is ignored, as
        resolving a plain value is in JavaScript."""
        awaitable = _awaitable(work)
        if awaitable is None:
            return
        task = asyncio.ensure_future(awaitable)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_error(error)

    @property
    def pending(self) -> int:
        return len(self._tasks)

    async def finish(self, timeout: float) -> int:
        """Wait up to `timeout` seconds for all work, also work that finishing work adds; cancel what is
        left. Returns how many were cancelled."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while self._tasks and (left := deadline - loop.time()) > 0:
            await asyncio.wait(set(self._tasks), timeout=left)
        late = set(self._tasks)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=0.2)
        return len(late)


def _awaitable(work: Any) -> Awaitable[Any] | None:
    if hasattr(work, "__await__") or asyncio.isfuture(work):
        return work  # type: ignore[no-any-return]
    inner = getattr(work, "unwrap", None)
    if callable(inner):
        return _awaitable(inner())
    return None


current: ContextVar[ExecutionContext | None] = ContextVar("sshim_execution_context", default=None)
"""The context of the event being handled; `workers.wait_until` finds its event by it."""


class ExecutionContext:
    """The third argument of a handler and `self.ctx` of a class: one for each event."""

    __slots__ = ("_work", "props")

    def __init__(self, work: BackgroundWork) -> None:
        self._work = work
        self.props = None

    def waitUntil(self, promise: Any) -> None:
        """Keep the Worker alive until `promise` settles; its failure is logged and changes no answer."""
        self._work.add(promise)

    def passThroughOnException(self) -> None:
        """No effect locally: there is no origin behind the Worker to fall back to."""


def wait_until(promise: Any) -> None:
    """`workers.wait_until`: `waitUntil` of the event being handled."""
    context = current.get()
    if context is None:
        raise RuntimeError("wait_until() can only be called while a Worker handles an event")
    context.waitUntil(promise)
