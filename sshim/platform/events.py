"""Events: Event, MessageEvent, CloseEvent, ErrorEvent, and EventTarget, which dispatches them.

Listeners run in the order they were added; what one raises goes to whoever dispatched the event.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from sshim.platform.exceptions import js_error
from sshim.platform.options import read_options, unwrap
from sshim.platform.promise import Promise, adopt, is_thenable, run
from sshim.platform.proxy import JsObject, static
from sshim.platform.runtime import is_nullish, runtime


class Event(JsObject):
    """`new Event(type, {bubbles, cancelable, composed})`."""

    js_name = "Event"
    __slots__ = ("_default_prevented", "_options", "_stopped", "_target", "_time", "_type")

    def __init__(self, type_: str, options: dict[str, Any] | None = None) -> None:
        self._type = type_
        self._options = options or {}
        self._target: Any = None
        self._default_prevented = False
        self._stopped = False
        self._time = time.monotonic() * 1000

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """The constructor of this kind of event."""
        if not args:
            raise js_error("TypeError", f"Failed to construct '{cls.js_name}': 1 argument required.")
        return cls._make(str(args[0]), read_options(args[1] if len(args) > 1 else None, options))

    type = property(lambda self: self._type)
    bubbles = property(lambda self: bool(self._options.get("bubbles")))
    cancelable = property(lambda self: bool(self._options.get("cancelable")))
    composed = property(lambda self: bool(self._options.get("composed")))
    defaultPrevented = property(lambda self: self._default_prevented)
    timeStamp = property(lambda self: self._time)
    isTrusted = property(lambda self: False)

    @property
    def target(self) -> Any:
        """What the event was dispatched on; null before."""
        return runtime.null if self._target is None else self._target

    currentTarget = srcElement = target

    def preventDefault(self) -> None:
        """Cancels a cancelable event."""
        self._default_prevented = self._default_prevented or self.cancelable

    def stopPropagation(self) -> None:
        """Nothing here bubbles."""

    def stopImmediatePropagation(self) -> None:
        """Keeps the listeners that follow from being called."""
        self._stopped = True


class MessageEvent(Event):
    """`new MessageEvent(type, {data})`: what a WebSocket received."""

    js_name = "MessageEvent"
    __slots__ = ()

    data = property(lambda self: self._options.get("data"))


class CloseEvent(Event):
    """`new CloseEvent(type, {code, reason, wasClean})`."""

    js_name = "CloseEvent"
    __slots__ = ()

    code = property(lambda self: int(self._options.get("code") or 0))
    reason = property(lambda self: str(self._options.get("reason") or ""))
    wasClean = property(lambda self: bool(self._options.get("wasClean")))


class ErrorEvent(Event):
    """`new ErrorEvent(type, {message, error})`."""

    js_name = "ErrorEvent"
    __slots__ = ()

    message = property(lambda self: str(self._options.get("message") or ""))
    error = property(lambda self: self._options.get("error"))


class NoHandler:
    """An `onmessage`-like attribute that nobody has set: null, until an instance gets one of its own."""

    def __get__(self, instance: Any, owner: type) -> Any:
        return runtime.null


class EventTarget(JsObject):
    """`new EventTarget()`: keeps listeners by event type; `on<type>` attributes are called first."""

    js_name = "EventTarget"
    __slots__ = ("_listeners",)

    def __init__(self) -> None:
        self._listeners: dict[str, list[tuple[Any, bool]]] = {}

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """The constructor."""
        return cls._make()

    def addEventListener(self, type: Any, listener: Any = None, options: Any = None, **keywords: Any) -> None:
        """Adds a function, or an object with `handleEvent`; `{once, signal}` are heeded. Twice is once."""
        target = unwrap(listener)
        given = {} if isinstance(options, bool) else read_options(options, keywords)
        signal: Any = given.get("signal")
        aborts = not is_nullish(signal)
        if is_nullish(target) or (aborts and signal.aborted):
            return
        registered = self._listeners.setdefault(str(type), [])
        # Bound methods are made afresh at each access, so they are the same when they are equal.
        if any(known == target for known, _ in registered):
            return
        registered.append((target, bool(given.get("once"))))
        if aborts:
            signal.addEventListener("abort", lambda event: self.removeEventListener(type, target), once=True)

    def removeEventListener(self, type: Any, listener: Any = None, options: Any = None, **_: Any) -> None:
        """Removes a listener; one that was never added is no error."""
        target = unwrap(listener)
        registered = self._listeners.get(str(type), [])
        registered[:] = [entry for entry in registered if entry[0] != target]

    def dispatchEvent(self, event: Event) -> bool:
        """Calls the listeners now; False when one prevented the default."""
        event._target = self
        kind = event._type
        handler = getattr(self, f"on{kind}", None)
        if callable(handler):
            self._call(handler, event)
        for entry in tuple(self._listeners.get(kind, ())):
            if event._stopped:
                break
            if entry in (registered := self._listeners[kind]):
                if entry[1]:
                    registered.remove(entry)
                self._call(entry[0], event)
        return not event._default_prevented

    def _call(self, listener: Any, event: Event) -> None:
        function = listener if callable(listener) else listener.handleEvent
        outcome = function(event)
        if is_thenable(outcome):
            report_rejection(adopt(outcome), f"{event._type} listener")


def report_rejection(promise: Promise, what: str) -> None:
    """Tells the event loop's exception handler if a promise that nobody awaits is rejected."""

    async def watch() -> None:
        try:
            await promise
        except Exception as reason:
            message = f"Uncaught (in promise) in a {what}"
            asyncio.get_running_loop().call_exception_handler({"message": message, "exception": reason})

    run(watch())
