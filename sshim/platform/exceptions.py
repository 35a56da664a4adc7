"""JavaScript's errors as Python exceptions: `JsException`, the kinds of Error, and `DOMException`.

Every kind shows as `pyodide.ffi.JsException` in a traceback, with the text `Kind: message`.
"""

from __future__ import annotations

import traceback
from typing import Any, cast

from sshim.platform.options import read_options
from sshim.platform.proxy import JsClass, JsProxy, static
from sshim.platform.runtime import is_nullish


class JsException(JsProxy, Exception):
    """An error thrown by JavaScript, with `name`, `message` and `stack`; it is `js.Error` too."""

    js_name = "Error"
    _python_name = "JsException"

    name = "Error"

    def __init__(self, message: str = "", *, cause: Any = None) -> None:
        self.message = message
        if cause is not None:
            self.cause = cause
        super().__init__(self.toString())

    def _own(self) -> dict[str, Any]:
        hidden = ("message", "name", "cause", "errors")
        return {name: value for name, value in vars(self).items() if name not in hidden}

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """`new Error(message, {cause})`."""
        message = "" if not args or args[0] is None else str(args[0])
        given = read_options(args[1] if len(args) > 1 else None, options)
        return cls._make(message, cause=given.get("cause"))

    @classmethod
    def _call(cls, *args: Any, **options: Any) -> Any:
        return cls.new(*args, **options)

    @property
    def stack(self) -> str:
        """The text and the Python frames that the error passed through."""
        frames = "".join(
            f"\n    at {frame.name} ({frame.filename}:{frame.lineno})"
            for frame in reversed(traceback.extract_tb(self.__traceback__))
        )
        return f"{self.toString()}{frames}"

    @property
    def js_error(self) -> JsException:
        """The JavaScript error, which is this object."""
        return self

    def toString(self) -> str:
        """`Name: message`, or the one of them that is not empty."""
        name, message = str(self.name), str(self.message)
        return f"{name}: {message}" if name and message else name or message

    __str__ = toString


def _kind(js_name: str) -> type[JsException]:
    return cast("type[JsException]", JsClass(js_name, (JsException,), {"name": js_name}))


EvalError = _kind("EvalError")
RangeError = _kind("RangeError")
ReferenceError = _kind("ReferenceError")
SyntaxError = _kind("SyntaxError")
TypeError = _kind("TypeError")
URIError = _kind("URIError")

# The kinds of JavaScript itself; any other name is a DOMException's.
KINDS: dict[str, type[JsException]] = {
    kind.js_name: kind
    for kind in (JsException, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError)
}

# https://webidl.spec.whatwg.org/#idl-DOMException-error-names: the codes that still exist.
_CODES = {
    "IndexSizeError": 1,
    "HierarchyRequestError": 3,
    "InvalidCharacterError": 5,
    "NotFoundError": 8,
    "NotSupportedError": 9,
    "InvalidStateError": 11,
    "InvalidModificationError": 13,
    "NamespaceError": 14,
    "InvalidAccessError": 15,
    "SecurityError": 18,
    "NetworkError": 19,
    "AbortError": 20,
    "URLMismatchError": 21,
    "QuotaExceededError": 22,
    "TimeoutError": 23,
    "DataCloneError": 25,
}


class DOMException(JsException):
    """The web platform's error; what went wrong is its `name`, such as AbortError."""

    js_name = "DOMException"

    def __init__(self, message: str = "", name: str = "Error", *, cause: Any = None) -> None:
        self.name = name
        super().__init__(message, cause=cause)

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """`new DOMException(message, name | {name, cause})`."""
        message = "" if not args or args[0] is None else str(args[0])
        second = args[1] if len(args) > 1 else options
        if isinstance(second, str):
            return cls._make(message, second)
        given = {} if is_nullish(second) else read_options(second)
        return cls._make(message, str(given.get("name") or "Error"), cause=given.get("cause"))

    @property
    def code(self) -> int:
        """The old numeric code of the name, 0 for newer names."""
        return _CODES.get(self.name, 0)


class AggregateError(JsException):
    """What `Promise.any` rejects with; `errors` is an Array of the reasons."""

    js_name = "AggregateError"
    name = "AggregateError"

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """`new AggregateError(errors, message, {cause})`."""
        from sshim.platform.objects import Array

        error = super().new(*args[1:], **options)
        error.errors = Array._make(list(args[0]) if args else [])
        return error


def js_error(kind: str, message: str) -> JsException:
    """An error to raise; `kind` is one of JavaScript's (TypeError, …) or a DOMException's name."""
    found = KINDS.get(kind)
    made: JsException = found._make(message) if found is not None else DOMException._make(message, kind)
    return made
