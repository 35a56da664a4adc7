"""Moving a stream's content on: `pipeTo` and `tee`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sshim.platform import readable, writable
from sshim.platform.chunks import END
from sshim.platform.exceptions import js_error
from sshim.platform.promise import Promise, as_exception, pending, rejected, run
from sshim.platform.runtime import is_nullish

if TYPE_CHECKING:
    from sshim.platform.readable import ReadableStream
    from sshim.platform.writable import WritableStream


def pipe(source: ReadableStream, target: WritableStream, options: dict[str, Any]) -> Promise:
    """Locks both and moves everything; the promise is rejected with what either side failed with."""
    if source.locked:
        return rejected(js_error("TypeError", readable.LOCKED))
    if target.locked:
        return rejected(js_error("TypeError", writable.LOCKED))
    mover = _Pipe(source, target, options)
    source._lock(mover)
    target._lock(mover)
    return run(mover.move())


class _Pipe:
    """One `pipeTo` under way."""

    __slots__ = ("options", "signal", "source", "stop", "target")

    def __init__(self, source: ReadableStream, target: WritableStream, options: dict[str, Any]) -> None:
        self.source = source
        self.target = target
        self.options = options
        self.signal: Any = options.get("signal")
        self.stop = pending()  # settled when the target or the signal ends the pipe while a read waits

    async def move(self) -> None:
        target = self.target
        target._closed._when_settled(lambda: self.stop._fulfil(None))
        if not is_nullish(self.signal):
            self.signal.addEventListener("abort", self._wake, once=True)
        try:
            await self._move()
        finally:
            if not is_nullish(self.signal):
                self.signal.removeEventListener("abort", self._wake)
            self.source._reader = None
            target._writer = None

    def _wake(self, event: Any) -> None:
        self.stop._fulfil(None)

    async def _move(self) -> None:
        target = self.target
        while True:
            if not target._ready._settled:
                await _first(target._ready, self.stop)
            if self._must_stop():
                await self._break_off()
            request = self.source._request()
            if not request._settled:
                await _first(request, self.stop)
                if self._must_stop():
                    await self._break_off()
            try:
                chunk = await request
            except Exception as reason:
                if not self.options.get("preventAbort"):
                    await target._abort(reason)
                raise
            if chunk is END:
                break
            # Not awaited: the next turn waits for `ready`, and a failed write shows there.
            target._write(chunk)
        if not self.options.get("preventClose"):
            await target._close()

    def _must_stop(self) -> bool:
        return self.target._closed._settled or (not is_nullish(self.signal) and self.signal.aborted)

    async def _break_off(self) -> None:
        """Raises why the pipe ends early, after telling both sides."""
        if not is_nullish(self.signal) and self.signal.aborted:
            reason: Any = self.signal.reason
            if not self.options.get("preventAbort"):
                await self.target._abort(reason)
        elif self.target._error is not None:
            reason = self.target._error
        else:
            reason = js_error("TypeError", writable.ENDED)
        if not self.options.get("preventCancel"):
            await self.source._cancel(reason)
        raise as_exception(reason)


async def _first(*promises: Promise) -> None:
    """Waits until one of them is settled, whichever way."""
    woken = pending()
    for promise in promises:
        promise._when_settled(lambda: woken._fulfil(None))
    await woken


def tee(stream: ReadableStream) -> tuple[ReadableStream, ReadableStream]:
    """Two branches of a stream: each read of either takes a chunk for both."""
    if stream.locked:
        raise js_error("TypeError", "This ReadableStream is currently locked to a reader,")
    shared = _Tee(stream)
    stream._lock(shared)
    return shared.branches


class _Tee:
    """The source of two branches, read for whichever wants a chunk."""

    __slots__ = ("branches", "reading", "reasons", "source")

    def __init__(self, source: ReadableStream) -> None:
        self.source = source
        self.reading = False
        self.reasons: dict[int, Any] = {}
        kind: Any = type(source)
        first: ReadableStream = kind._make(self.pull, lambda reason: self.cancel(0, reason))
        second: ReadableStream = kind._make(self.pull, lambda reason: self.cancel(1, reason))
        first._length = second._length = source._length
        self.branches = (first, second)

    async def pull(self, controller: Any) -> None:
        if self.reading:
            return  # the chunk on its way is for both
        self.reading = True
        try:
            chunk = await self.source._request()
        except Exception as reason:
            for branch in self.branches:
                branch._fail(reason)
            return
        finally:
            self.reading = False
        for branch in self.branches:
            if chunk is END:
                branch._controller._close()
            else:
                branch._controller._enqueue(chunk)

    def cancel(self, branch: int, reason: Any) -> Promise | None:
        """Cancels the source once both branches are cancelled."""
        self.reasons[branch] = reason
        return self.source._cancel(self.reasons[0]) if len(self.reasons) == 2 else None
