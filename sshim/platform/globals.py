"""The namespace `js`: every global by name, made when it is first asked for, and why others are missing."""

from __future__ import annotations

import importlib
import math
import time
from typing import Any

from sshim.platform.exceptions import KINDS, AggregateError, DOMException, js_error
from sshim.platform.proxy import Function, JsObject

# The name in JavaScript -> the module of `sshim.platform`, and the name there if it is another one.
_MODULES: dict[str, str] = {
    "abort": "AbortController AbortSignal",
    "arrays": "Array",
    "blob": "Blob File",
    "buffers": "ArrayBuffer DataView",
    "builtins": "BigInt Boolean Number String Symbol isFinite isNaN parseFloat parseInt",
    "caches": "Cache CacheStorage caches",
    "clone": "structuredClone",
    "console": "console",
    "crypto": "crypto Crypto SubtleCrypto",
    "date": "Date",
    "events": "CloseEvent ErrorEvent Event EventTarget MessageEvent",
    "fetch": "fetch",
    "formdata": "FormData",
    "headers": "Headers",
    "json_text": "JSON",
    "maps": "Map Set",
    "math_object": "Math",
    "objects": "Object",
    "promise": "Promise",
    "proxy": "Function",
    "queuing": "ByteLengthQueuingStrategy CountQueuingStrategy",
    "readable": "ReadableStream",
    "readable_controller": "ReadableStreamDefaultController",
    "reader": "ReadableStreamDefaultReader",
    "reflect": "Reflect",
    "request": "Request",
    "response": "Response",
    "text": "TextDecoder TextEncoder atob btoa decodeURI decodeURIComponent encodeURI encodeURIComponent",
    "timers": "clearInterval clearTimeout queueMicrotask setInterval setTimeout",
    "transform": "FixedLengthStream IdentityTransformStream TransformStream TransformStreamDefaultController",
    "typed_arrays": "BigInt64Array BigUint64Array Float16Array Float32Array Float64Array Int16Array "
    "Int32Array Int8Array Uint16Array Uint32Array Uint8Array Uint8ClampedArray",
    "url": "URL",
    "url_search_params": "URLSearchParams",
    "websocket": "WebSocket WebSocketPair",
    "writable": "WritableStream WritableStreamDefaultController",
    "writer": "WritableStreamDefaultWriter",
}
_WHERE = {name: module for module, names in _MODULES.items() for name in names.split()}

_NO_ENGINE = "sshim runs Workers on CPython without a JavaScript engine"
_USE_PYTHON = "sshim does not have it; use Python's own"

# The globals that production has and sshim has not -> the reason and the way round.
MISSING: dict[str, str] = {
    "Atomics": f"{_NO_ENGINE} and shares no memory",
    "Cloudflare": "sshim does not have it",
    "CompressionStream": f"{_USE_PYTHON} zlib or gzip",
    "DecompressionStream": f"{_USE_PYTHON} zlib or gzip",
    "EventSource": "sshim does not have it; read the stream of a fetch instead",
    "FinalizationRegistry": f"{_USE_PYTHON} weakref",
    "HTMLRewriter": f"{_NO_ENGINE}; use Python's html.parser or a package such as beautifulsoup4",
    "Intl": f"{_NO_ENGINE}; use Python's locale or a package such as babel",
    "MessageChannel": "sshim does not have it; use an asyncio.Queue",
    "Proxy": f"{_NO_ENGINE}; write a Python class with __getattr__",
    "RegExp": f"{_NO_ENGINE}; use Python's re",
    "SharedArrayBuffer": f"{_NO_ENGINE} and shares no memory",
    "TextDecoderStream": "sshim does not have it; decode the chunks with TextDecoder and stream=True",
    "TextEncoderStream": "sshim does not have it; encode the chunks with TextEncoder",
    "URLPattern": f"{_USE_PYTHON} re or the router of a framework",
    "WeakMap": f"{_USE_PYTHON} weakref.WeakKeyDictionary",
    "WeakRef": f"{_USE_PYTHON} weakref",
    "WeakSet": f"{_USE_PYTHON} weakref.WeakSet",
    "WebAssembly": f"{_NO_ENGINE} and runs no WebAssembly; use a native package",
    "XMLHttpRequest": "Workers never had it; use fetch",
    "document": "a Worker has no page",
    "eval": f"{_NO_ENGINE}, and production refuses eval as well",
    "localStorage": "a Worker has no browser storage; use a binding",
    "window": "a Worker has no window; use globalThis",
}


class Navigator(JsObject):
    """The object `js.navigator`."""

    __slots__ = ()

    userAgent = "Cloudflare-Workers"
    language = "en"
    platform = ""
    hardwareConcurrency = 1


class Performance(JsObject):
    """The object `js.performance`. As in production, `timeOrigin` is 0 and `now()` is the time of day."""

    __slots__ = ()

    timeOrigin = 0

    def now(self) -> int:
        """Milliseconds since 1970."""
        return time.time_ns() // 1_000_000


class Scheduler(JsObject):
    """The object `js.scheduler`."""

    __slots__ = ()

    def wait(self, delay: Any = 0, *ignored: Any) -> Any:
        """A promise that is fulfilled after a number of milliseconds."""
        from sshim.platform.timers import wait

        return wait(delay)


def _report_error(error: Any = None) -> None:
    from sshim.platform.console import console

    console.error("Uncaught", error)


def _made(name: str) -> Any:
    """The globals that no module keeps ready; KeyError for names that are none."""
    if name in KINDS:
        return KINDS[name]
    if name in ("globalThis", "self"):
        return global_this
    kinds: dict[str, Any] = {
        "AggregateError": AggregateError,
        "DOMException": DOMException,
        "Infinity": math.inf,
        "NaN": math.nan,
        "undefined": None,
    }
    if name in kinds:
        return kinds[name]
    objects: dict[str, Any] = {"navigator": Navigator, "performance": Performance, "scheduler": Scheduler}
    if name in objects:
        return objects[name]._make()
    if name == "reportError":
        return Function._make(name, _report_error)
    raise KeyError(name)


def names() -> list[str]:
    """The names of all globals."""
    others = (
        "AggregateError DOMException Infinity NaN globalThis navigator performance reportError scheduler self"
    )
    return sorted([*_WHERE, *KINDS, *others.split(), "undefined"])


def missing(name: str) -> str:
    """The sentence about a name that is not there."""
    if name in MISSING:
        return f"js.{name} is not available: {MISSING[name]}"
    return f"js.{name} is not available: neither Workers nor sshim know a global of that name"


def find(name: str) -> Any:
    """The global of this name; an AttributeError that says why where there is none."""
    try:
        module = _WHERE.get(name)
        if module is None:
            return _made(name)
        found = getattr(importlib.import_module(f"sshim.platform.{module}"), name)
    except KeyError:
        raise AttributeError(missing(name)) from None
    # A plain function is a JavaScript value only inside a Function.
    return Function._make(name, found) if type(found) is type(find) else found


class ServiceWorkerGlobalScope(JsObject):
    """The object `js.globalThis`, whose properties are the globals and whatever user code adds."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = self.__dict__[name] = find(name)
        return found

    def __dir__(self) -> list[str]:
        return sorted({*names(), *super().__dir__()})

    def _own(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in names()} | vars(self)

    def toString(self) -> str:
        """`[object ServiceWorkerGlobalScope]`."""
        return "[object ServiceWorkerGlobalScope]"


def refuse_eval(*ignored: Any) -> Any:
    """What running JavaScript source gives: an EvalError that says why."""
    raise js_error("EvalError", f"Code generation from strings disallowed for this context: {_NO_ENGINE}")


global_this = ServiceWorkerGlobalScope._make()
