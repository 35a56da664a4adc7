"""AbortController and AbortSignal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from sshim.platform.events import Event, EventTarget, NoHandler
from sshim.platform.exceptions import js_error
from sshim.platform.options import unwrap
from sshim.platform.promise import as_exception
from sshim.platform.proxy import JsObject, static
from sshim.platform.runtime import is_nullish


class AbortSignal(EventTarget):
    """Says whether and why something is to stop; its `abort` event fires once."""

    js_name = "AbortSignal"
    __slots__ = ("_aborted", "_reason")

    onabort = NoHandler()

    def __init__(self) -> None:
        super().__init__()
        self._aborted = False
        self._reason: Any = None

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """Refused: signals come from controllers and from the functions below."""
        raise js_error("TypeError", "Illegal constructor")

    @static
    def abort(cls, reason: Any = None, *rest: Any) -> Any:
        """A signal that is aborted already."""
        signal = cls._make()
        signal._abort(reason)
        return signal

    @static
    def timeout(cls, milliseconds: Any = 0, *rest: Any) -> Any:
        """A signal that aborts by itself with a TimeoutError."""
        signal = cls._make()
        asyncio.get_running_loop().call_later(max(0.0, float(milliseconds)) / 1000, _time_out, signal)
        return signal

    @static
    def any(cls, signals: Iterable[Any] = (), *rest: Any) -> Any:
        """A signal that aborts with the first of these to do so."""
        combined = cls._make()
        sources = [unwrap(signal) for signal in unwrap(signals)]
        for source in sources:
            if source.aborted:
                combined._abort(source.reason)
                return combined
        for source in sources:
            source.addEventListener("abort", lambda _, by=source: combined._abort(by.reason), once=True)
        return combined

    @property
    def aborted(self) -> bool:
        """Whether it has happened."""
        return self._aborted

    @property
    def reason(self) -> Any:
        """What was given to `abort`, or a DOMException; None (undefined) before."""
        return self._reason

    def throwIfAborted(self) -> None:
        """Raises the reason once aborted."""
        if self._aborted:
            raise as_exception(self._reason)

    def _abort(self, reason: Any = None) -> None:
        if self._aborted:
            return
        self._aborted = True
        self._reason = js_error("AbortError", "The operation was aborted") if reason is None else reason
        self.dispatchEvent(Event._make("abort"))


def _time_out(signal: AbortSignal) -> None:
    signal._abort(js_error("TimeoutError", "The operation was aborted due to timeout"))


class AbortController(JsObject):
    """`new AbortController()`: `abort(reason)` aborts its `signal`."""

    js_name = "AbortController"
    __slots__ = ("_signal",)

    def __init__(self) -> None:
        self._signal: AbortSignal = AbortSignal._make()

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """The constructor."""
        return cls._make()

    @property
    def signal(self) -> AbortSignal:
        """The signal to hand out."""
        return self._signal

    def abort(self, reason: Any = None) -> None:
        """Aborts the signal, once; without a reason it is an AbortError."""
        self._signal._abort(None if is_nullish(reason) else reason)
