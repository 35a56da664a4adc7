"""The kinds of JavaScript value that `pyodide.ffi` names; platform classes derive from them."""

from __future__ import annotations

from typing import Any

from sshim.platform.proxy import JsCallable, JsProxy


class JsIterable(JsProxy):
    """A JavaScript object with `Symbol.iterator`."""


class JsIterator(JsProxy):
    """A JavaScript object with a `next` method."""


class JsGenerator(JsIterable):
    """A JavaScript generator."""


class JsAsyncIterable(JsProxy):
    """A JavaScript object with `Symbol.asyncIterator`."""


class JsAsyncIterator(JsProxy):
    """A JavaScript object with an asynchronous `next` method."""


class JsAsyncGenerator(JsAsyncIterable):
    """A JavaScript asynchronous generator."""


class JsArray(JsIterable):
    """A JavaScript array or array-like object."""


class JsMap(JsIterable):
    """A JavaScript Map or map-like object."""


class JsMutableMap(JsMap):
    """A JavaScript Map that can be changed."""


class JsPromise(JsProxy):
    """A JavaScript promise: awaitable, with `then`, `catch` and `finally_`."""

    js_name = "Promise"


class JsBuffer(JsProxy):
    """An ArrayBuffer or a view of one."""


class JsTypedArray(JsBuffer, JsArray):
    """A typed array."""


class JsDomElement(JsProxy):
    """An element of a web page, which a Worker never has."""


class JsFetchResponse(JsProxy):
    """The kind of `Response`, named for type checks."""


class JsWeakRef(JsProxy):
    """A weak reference to a JavaScript object."""


class JsOnceCallable(JsCallable):
    """What `create_once_callable` gives."""


class JsDoubleProxy(JsProxy):
    """A Python object as JavaScript sees it, held from Python again: what `create_proxy` gives."""

    def unwrap(self) -> Any:
        """The Python object inside."""
        raise NotImplementedError


class JsCallableDoubleProxy(JsCallable, JsDoubleProxy):
    """A `create_proxy` proxy of a callable."""
