"""Promises: what asynchronous platform functions return. Awaitable, and with `then` for the SDK's wrappers.

A promise's work starts when it is made, not when it is awaited, as in JavaScript.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

from sshim.platform.exceptions import js_error
from sshim.platform.kinds import JsPromise
from sshim.platform.proxy import static
from sshim.platform.runtime import is_nullish
from sshim.platform.suspend import enter

_PENDING, _FULFILLED, _REJECTED = range(3)


class Promise(JsPromise):
    """A promise. Awaiting a settled one does not go through the event loop.

    Python exceptions pass through unchanged as reasons.
    """

    js_name = "Promise"
    __slots__ = ("_state", "_value", "_waiters")

    def __init__(self) -> None:
        self._state = _PENDING
        self._value: Any = None
        self._waiters: list[Callable[[], object]] | None = None

    def __await__(self) -> Generator[Any, None, Any]:
        if self._state == _PENDING:
            future = asyncio.get_running_loop().create_future()
            self._when_settled(lambda: None if future.done() else future.set_result(None))
            yield from future.__await__()
        if self._state == _REJECTED:
            raise self._value
        return self._value

    def _when_settled(self, callback: Callable[[], object]) -> None:
        if self._state != _PENDING:
            callback()
        elif self._waiters is None:
            self._waiters = [callback]
        else:
            self._waiters.append(callback)

    def _settle(self, state: int, value: Any) -> None:
        if self._state != _PENDING:
            return
        self._state, self._value = state, value
        waiters, self._waiters = self._waiters, None
        for waiter in waiters or ():
            waiter()

    def _fulfil(self, value: Any) -> None:
        """Settle with a plain value; later calls change nothing."""
        self._settle(_FULFILLED, value)

    def _reject(self, reason: Any) -> None:
        """Settle with a reason; anything but an exception becomes a JsException."""
        self._settle(_REJECTED, as_exception(reason))

    def _resolve(self, value: Any) -> None:
        """Settle with a value, following it when it is a promise or another awaitable."""
        if isinstance(value, Promise):
            value._when_settled(lambda: self._settle(value._state, value._value))
        elif is_thenable(value):
            self._resolve(adopt(value))
        else:
            self._settle(_FULFILLED, value)

    @property
    def _settled(self) -> bool:
        return self._state != _PENDING

    @property
    def _rejected(self) -> bool:
        return self._state == _REJECTED

    def then(self, fulfilled: Any = None, rejected: Any = None) -> Promise:
        """`then(onFulfilled, onRejected)`: the callbacks run in a later turn of the event loop."""
        derived: Promise = Promise._make()

        def react() -> None:
            callback = fulfilled if self._state == _FULFILLED else rejected
            if is_nullish(callback):
                derived._settle(self._state, self._value)
                return
            try:
                derived._resolve(callback(self._value))
            except Exception as reason:
                derived._reject(reason)

        loop = asyncio.get_running_loop()
        self._when_settled(lambda: loop.call_soon(react))
        return derived

    def catch(self, rejected: Any = None) -> Promise:
        """`catch(onRejected)`."""
        return self.then(None, rejected)

    def finally_(self, callback: Any = None) -> Promise:
        """`finally(callback)`: called without arguments; the outcome passes through."""
        if is_nullish(callback):
            return self.then()

        async def pass_through() -> Any:
            try:
                return await self
            finally:
                outcome = callback()
                if is_thenable(outcome):
                    await outcome

        return start(pass_through())

    @static
    def new(cls, executor: Any = None, *rest: Any) -> Any:
        """`new Promise((resolve, reject) => …)`."""
        if not callable(executor):
            raise js_error("TypeError", f"Promise resolver {executor!r} is not a function")
        promise = cls._make()
        try:
            executor(lambda value=None: promise._resolve(value), lambda reason=None: promise._reject(reason))
        except Exception as reason:
            promise._reject(reason)
        return promise

    @static
    def resolve(cls, value: Any = None) -> Any:
        """`Promise.resolve(value)`."""
        return adopt(value)

    @static
    def reject(cls, reason: Any = None) -> Any:
        """`Promise.reject(reason)`."""
        return rejected(reason)

    @static
    def all(cls, values: Any = ()) -> Any:
        """`Promise.all(iterable)`."""
        from sshim.platform.combinators import all_fulfilled

        return all_fulfilled(values)

    @static
    def allSettled(cls, values: Any = ()) -> Any:
        """`Promise.allSettled(iterable)`."""
        from sshim.platform.combinators import all_settled

        return all_settled(values)

    @static
    def any(cls, values: Any = ()) -> Any:
        """`Promise.any(iterable)`."""
        from sshim.platform.combinators import any_fulfilled

        return any_fulfilled(values)

    @static
    def race(cls, values: Any = ()) -> Any:
        """`Promise.race(iterable)`."""
        from sshim.platform.combinators import first_settled

        return first_settled(values)

    @static
    def withResolvers(cls) -> Any:
        """`Promise.withResolvers()`: an object of promise, resolve and reject."""
        from sshim.platform.objects import Object

        promise = cls._make()
        return Object._make(
            {
                "promise": promise,
                "resolve": lambda value=None: promise._resolve(value),
                "reject": lambda reason=None: promise._reject(reason),
            }
        )


def as_exception(reason: Any) -> BaseException:
    """The exception to raise for a reason: JavaScript may reject with any value."""
    if isinstance(reason, BaseException):
        return reason
    return js_error("Error", "" if reason is None else str(reason))


def resolved(value: Any = None) -> Promise:
    """A promise fulfilled with a plain value."""
    promise: Promise = Promise._make()
    promise._settle(_FULFILLED, value)
    return promise


def rejected(reason: Any) -> Promise:
    """A promise rejected with the reason."""
    promise: Promise = Promise._make()
    promise._settle(_REJECTED, as_exception(reason))
    return promise


def pending() -> Promise:
    """A promise to settle later with `_resolve`, `_fulfil` or `_reject`."""
    made: Promise = Promise._make()
    return made


def is_thenable(value: Any) -> bool:
    """Whether JavaScript would wait for the value: a promise, coroutine, task or future."""
    return isinstance(value, JsPromise) or inspect.isawaitable(value)


def adopt(value: Any) -> Promise:
    """The value as a promise: promises pass, awaitables are started, plain values are fulfilled."""
    if isinstance(value, Promise):
        return value
    if inspect.isawaitable(value):
        return start(_wait(value))
    return resolved(value)


async def _wait(value: Awaitable[Any]) -> Any:
    return await value


# Tasks that nothing else holds: the event loop keeps only weak references.
_running: set[asyncio.Task[Any]] = set()


def start(coroutine: Coroutine[Any, Any, Any]) -> Promise:
    """Run a coroutine as a task of its own and return its promise."""
    promise: Promise = Promise._make()
    task = asyncio.get_running_loop().create_task(enter(coroutine))
    _running.add(task)

    def finish(done: asyncio.Task[Any]) -> None:
        _running.discard(done)
        if done.cancelled():
            promise._settle(_REJECTED, asyncio.CancelledError())
        elif (reason := done.exception()) is not None:
            promise._settle(_REJECTED, reason)
        else:
            promise._resolve(done.result())

    task.add_done_callback(finish)
    return promise


@types.coroutine
def _rest(coroutine: Coroutine[Any, Any, Any], step: Any) -> Generator[Any, Any, Any]:
    """Goes on with a coroutine whose first step has been yielded already, as `step`."""
    try:
        while True:
            try:
                sent = yield step
            except GeneratorExit:
                coroutine.close()
                raise
            except BaseException as reason:
                step = coroutine.throw(reason)
            else:
                step = coroutine.send(sent)
    except StopIteration as done:
        return done.value


def run(coroutine: Coroutine[Any, Any, Any]) -> Promise:
    """Run a coroutine's first step at once, and the rest, if it waits for anything, as a task.

    For platform code only: the first step sees the caller's task, so it must not use timeouts or task groups.
    """
    try:
        first = coroutine.send(None)
    except StopIteration as done:
        return resolved(done.value)
    except Exception as reason:
        return rejected(reason)
    return start(_wait(_rest(coroutine, first)))


def promising(function: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Promise]:
    """Turn an `async def` of the platform into a function that returns a promise, by `run`."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Promise:
        return run(function(*args, **kwargs))

    return call
