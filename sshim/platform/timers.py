"""setTimeout and its kin, and queueMicrotask, on the running asyncio loop."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import math
from collections.abc import Callable
from typing import Any

from sshim.platform.exceptions import js_error
from sshim.platform.options import unwrap
from sshim.platform.primitives import js_number
from sshim.platform.promise import pending, start

_ids = itertools.count(1)
_handles: dict[int, asyncio.Handle] = {}


def _callback(name: str, callback: Any) -> Callable[..., Any]:
    callback = unwrap(callback)
    if not callable(callback):
        message = "parameter 1 is not of type 'function'."
        raise js_error("TypeError", f"Failed to execute '{name}' on 'ServiceWorkerGlobalScope': {message}")
    return callback  # type: ignore[no-any-return]


def _seconds(delay: Any) -> float:
    number = js_number(delay) if delay is not None else 0
    return max(number, 0) / 1000 if math.isfinite(number) else 0


def _run(callback: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """Call it as the event loop would: an exception is the loop's to report, a coroutine is run."""
    outcome = callback(*args)
    if inspect.iscoroutine(outcome):
        start(outcome)


def setTimeout(callback: Any = None, delay: Any = 0, *args: Any) -> int:
    """Call back once after `delay` milliseconds; returns a number for `clearTimeout`."""
    function = _callback("setTimeout", callback)
    number = next(_ids)

    def fire() -> None:
        _handles.pop(number, None)
        _run(function, args)

    _handles[number] = asyncio.get_running_loop().call_later(_seconds(delay), fire)
    return number


def setInterval(callback: Any = None, delay: Any = 0, *args: Any) -> int:
    """Call back every `delay` milliseconds; returns a number for `clearInterval`."""
    function = _callback("setInterval", callback)
    loop = asyncio.get_running_loop()
    number, period = next(_ids), _seconds(delay)

    def fire() -> None:
        # First the next turn, so that the callback can clear it.
        _handles[number] = loop.call_later(period, fire)
        _run(function, args)

    _handles[number] = loop.call_later(period, fire)
    return number


def clearTimeout(number: Any = None) -> None:
    """Forget a timer; a number that is none is ignored."""
    if isinstance(number, int | float):
        handle = _handles.pop(int(number), None)
        if handle is not None:
            handle.cancel()


clearInterval = clearTimeout


def queueMicrotask(callback: Any = None) -> None:
    """Call back as soon as the running code has finished."""
    function = _callback("queueMicrotask", callback)
    asyncio.get_running_loop().call_soon(_run, function, ())


def wait(delay: Any = 0, *ignored: Any) -> Any:
    """`scheduler.wait(milliseconds)`: a promise that is fulfilled after the delay."""
    promise = pending()
    asyncio.get_running_loop().call_later(_seconds(delay), promise._fulfil, None)
    return promise
