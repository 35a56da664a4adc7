"""run_sync: waiting for an awaitable in synchronous code, by greenlets where Pyodide switches stacks.

A coroutine that may get there runs in a greenlet of its own. That costs some microseconds a coroutine, so
it is done only once something in the process has shown that it wants `run_sync`.
"""

from __future__ import annotations

import asyncio
import contextvars
import importlib
import inspect
from collections.abc import Awaitable, Coroutine, Generator
from types import CodeType, FunctionType, ModuleType
from typing import Any


class _State:
    """Whether coroutines are to run in greenlets, and greenlet's module once it was needed."""

    __slots__ = ("greenlet", "wanted")

    def __init__(self) -> None:
        self.wanted = False
        self.greenlet: Any = None


_state = _State()

_HINT = "run_sync needs the package greenlet on CPython: pip install 'greenlet>=3.1'"


def want() -> None:
    """From now on run handlers so that they can call `run_sync`; without greenlet nothing changes."""
    if _state.greenlet is None:
        try:
            _state.greenlet = importlib.import_module("greenlet")
        except ImportError:
            return
    _state.wanted = True


def is_wanted() -> bool:
    """Whether `enter` does anything."""
    return _state.wanted


def mentions_run_sync(module: ModuleType) -> bool:
    """Whether code of the module names `run_sync`, so that `want()` can be said before the first request."""
    seen: list[Any] = [
        value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__
    ]
    for value in seen:
        if isinstance(value, type):
            seen.extend(member for member in vars(value).values() if isinstance(member, FunctionType))
        elif isinstance(code := getattr(value, "__code__", value), CodeType):
            if "run_sync" in code.co_names:
                return True
            seen.extend(constant for constant in code.co_consts if isinstance(constant, CodeType))
    return False


def enter(coroutine: Coroutine[Any, Any, Any]) -> Coroutine[Any, Any, Any]:
    """The coroutine made able to call `run_sync`, or itself if nothing in the process wants that."""
    return _suspendable(coroutine) if _state.wanted else coroutine


async def _suspendable(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return await _Stack(coroutine)


def _drive(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end, handing each thing it waits for to the greenlet outside."""
    switch = _state.greenlet.getcurrent().parent.switch
    try:
        step = coroutine.send(None)
        while True:
            try:
                sent = switch(step)
            except BaseException as reason:
                step = coroutine.throw(reason)
            else:
                step = coroutine.send(sent)
    except StopIteration as done:
        return done.value


class _Stack:
    """Awaits a coroutine that runs in a greenlet."""

    __slots__ = ("_coroutine",)

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, Any]:
        stack = _state.greenlet.greenlet(_drive)
        stack.sshim = True
        # A new greenlet starts with an empty context; the handler's context variables belong to its stack.
        stack.gr_context = contextvars.copy_context()
        step = stack.switch(self._coroutine)
        while not stack.dead:
            try:
                sent = yield step
            except BaseException as reason:
                step = stack.throw(reason)
            else:
                step = stack.switch(sent)
        return step


def can_run_sync() -> bool:
    """Whether `run_sync` would work here."""
    return _state.greenlet is not None and getattr(_state.greenlet.getcurrent(), "sshim", False)


def run_sync(awaitable: Awaitable[Any], /) -> Any:
    """Wait for an awaitable without `await`; others run meanwhile. A RuntimeError outside of a handler."""
    if not can_run_sync():
        _close(awaitable)
        want()
        if _state.greenlet is None:
            raise RuntimeError(_HINT)
        raise RuntimeError(
            "Cannot stack switch here: run_sync works inside a handler, not while a module is imported "
            "or in a callback of the event loop"
        )
    future = asyncio.ensure_future(_wait(awaitable))
    _state.greenlet.getcurrent().parent.switch(_blocking(future))
    return future.result()


async def _wait(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def _blocking(future: asyncio.Future[Any]) -> asyncio.Future[Any]:
    """The future marked as its own `__await__` would, which is how a task knows what to wait for."""
    future._asyncio_future_blocking = True
    return future


def _close(awaitable: Awaitable[Any]) -> None:
    """A coroutine that will not run is closed, so that Python does not warn about it a second time."""
    if inspect.iscoroutine(awaitable):
        awaitable.close()
