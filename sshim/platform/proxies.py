"""`create_proxy` and its kin: Python objects as JavaScript sees them, held from Python again."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any, cast

from sshim.platform.arrays import Array
from sshim.platform.buffers import ArrayBuffer, DataView
from sshim.platform.exceptions import js_error
from sshim.platform.kinds import (
    JsAsyncIterable,
    JsCallableDoubleProxy,
    JsDoubleProxy,
    JsIterable,
    JsIterator,
    JsOnceCallable,
)
from sshim.platform.options import Options
from sshim.platform.proxy import JsClass, JsObject
from sshim.platform.runtime import runtime
from sshim.platform.typed_arrays import array_of_format, array_of_type

_DESTROYED = object()


class PyProxy(JsDoubleProxy, JsObject):
    """A proxy of a Python object. It can do what the object can: its class is chosen by `create_proxy`."""

    js_name = "PyProxy"
    __slots__ = ("_object",)

    def __init__(self, value: Any) -> None:
        object.__setattr__(self, "_object", value)

    def _target(self) -> Any:
        if self._object is _DESTROYED:
            raise js_error("Error", "Object has already been destroyed")
        return self._object

    def unwrap(self) -> Any:
        """The Python object inside."""
        return self._target()

    def destroy(self, message: str | None = None, *rest: Any) -> None:
        """Let go of the object; using the proxy afterwards is an error."""
        object.__setattr__(self, "_object", _DESTROYED)

    def copy(self) -> Any:
        """A new proxy of the same object, with a life of its own."""
        return create_proxy(self._target())

    def __getattr__(self, name: str) -> Any:
        target = self._target()
        if runtime.dicts_have_properties and isinstance(target, dict) and name in target:
            return target[name]
        if name == "length" and isinstance(target, list | tuple):
            return len(target)
        try:
            return getattr(target, name)
        except AttributeError:
            return super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._target(), name, value)

    def _own(self) -> dict[str, Any]:
        target = self._target()
        if isinstance(target, dict):
            return {key: item for key, item in target.items() if isinstance(key, str)}
        return dict(getattr(target, "__dict__", {}))

    @property
    def type(self) -> str:
        """The name of the Python type."""
        return type(self._target()).__name__

    @property
    def typeof(self) -> str:
        """`function` for callables, else `object`."""
        return "function" if callable(self._target()) else "object"

    def toString(self) -> str:
        """The object's `str()`."""
        return "[object PyProxy]" if self._object is _DESTROYED else str(self._object)

    def to_py(self, *, depth: int = -1, default_converter: Any = None) -> Any:
        """The proxy itself: there is nothing to convert."""
        return self


def _call(self: Any, *args: Any, **keywords: Any) -> Any:
    # Keywords become one more object, since it is JavaScript that makes the call.
    from sshim.platform.objects import Object

    return self._target()(*args, *((Object._make(keywords),) if keywords else ()))


def _iterate(self: Any) -> Iterator[Any]:
    return iter(self._target())


def _next(self: Any) -> Any:
    return next(self._target())


def _await(self: Any) -> Generator[Any, None, Any]:
    result: Generator[Any, None, Any] = self._target().__await__()
    return result


def _aiter(self: Any) -> AsyncIterator[Any]:
    return aiter(self._target())


def _size(self: Any) -> int:
    return len(self._target())


def _item(self: Any, key: Any) -> Any:
    return self._target()[key]


def _set_item(self: Any, key: Any, value: Any) -> None:
    self._target()[key] = value


def _has(self: Any, key: Any) -> bool:
    return key in self._target()


def _get_buffer(self: Any, kind: str | None = None) -> Any:
    return get_buffer(self._target(), kind)


_ABILITIES: dict[str, Callable[..., Any]] = {
    "__call__": _call,
    "__iter__": _iterate,
    "__next__": _next,
    "__await__": _await,
    "__aiter__": _aiter,
    "__len__": _size,
    "__getitem__": _item,
    "__setitem__": _set_item,
    "__contains__": _has,
}


_KINDS: dict[str, type] = {
    "__call__": JsCallableDoubleProxy,
    "__iter__": JsIterable,
    "__next__": JsIterator,
    "__aiter__": JsAsyncIterable,
}


@functools.lru_cache(maxsize=256)
def _class_for(kind: Any, is_buffer: bool) -> Any:
    """The proxy class for a Python type: with those special methods that the type has."""
    # Not by hasattr: every class has `__call__` itself, for making instances.
    members = {name for base in kind.__mro__ for name in vars(base)}
    abilities = {name: method for name, method in _ABILITIES.items() if name in members}
    bases = (PyProxy, *(base for name, base in _KINDS.items() if name in abilities))
    if is_buffer:
        abilities["getBuffer"] = _get_buffer
    return JsClass("PyProxy", bases, {"js_name": "PyProxy", "__slots__": (), **abilities})


def create_proxy(value: Any, /, *, capture_this: bool = False, roundtrip: bool = True) -> Any:
    """A proxy of a Python object that JavaScript may keep; `destroy()` ends it.

    A callable given `capture_this` gets JavaScript's `this`, of which there is none here, as first argument.
    """
    if isinstance(value, PyProxy):
        return value
    if capture_this:
        return create_proxy(functools.partial(value, None))
    kind = type(value)
    return _class_for(cast(Any, kind), kind is bytes or _is_buffer(value))._make(value)


class OnceCallable(JsOnceCallable, JsObject):
    """A callable that may be called once."""

    js_name = "Function"
    __slots__ = ("_function",)

    typeof = "function"
    name = "wrapper"

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function: Callable[..., Any] | None = function

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        function, self._function = self._function, None
        if function is None:
            raise js_error("Error", "OnceProxy can only be called once")
        return function(*args, **keywords)

    def destroy(self) -> None:
        """Let go of the callable without calling it."""
        self._function = None


def create_once_callable(function: Callable[..., Any], /, *, _may_syncify: bool = False) -> Any:
    """A callable for JavaScript that is destroyed by its first call; the second is an error."""
    return OnceCallable._make(function)


def destroy_proxies(pyproxies: Any, /) -> None:
    """Destroy all proxies of an Array, such as `to_js` filled by its argument `pyproxies`."""
    for proxy in pyproxies:
        proxy.destroy()


def _is_buffer(value: Any) -> bool:
    try:
        memoryview(value).release()
    except TypeError:
        return False
    return True


class PyBufferView(JsObject):
    """What `getBuffer` gives: `data` is a typed array over the memory of the Python object."""

    js_name = "PyBufferView"
    __slots__ = ("_view", "data")

    def __init__(self, view: memoryview, data: Any) -> None:
        self._view = view
        self.data = data

    def __getattr__(self, name: str) -> Any:
        if name in ("format", "itemsize", "nbytes", "ndim", "readonly", "c_contiguous", "f_contiguous"):
            return getattr(self._view, name)
        if name in ("shape", "strides"):
            return Array._make(list(getattr(self._view, name)))
        return super().__getattr__(name)

    def release(self) -> None:
        """Let go of the memory. The array keeps its content, as a copy where the object may change."""
        buffer = self.data.buffer
        if isinstance(buffer._data, memoryview):
            buffer._data = bytes(buffer._data)
        self._view.release()


_SHORT_NAMES = {
    "i8": "Int8Array",
    "u8": "Uint8Array",
    "u8clamped": "Uint8ClampedArray",
    "i16": "Int16Array",
    "u16": "Uint16Array",
    "i32": "Int32Array",
    "u32": "Uint32Array",
    "i64": "BigInt64Array",
    "u64": "BigUint64Array",
    "f32": "Float32Array",
    "f64": "Float64Array",
}


def get_buffer(value: Any, kind: str | None = None) -> Any:
    """`PyProxy.getBuffer(type)`: the memory of a Python buffer as a typed array, not copied."""
    view = memoryview(value)
    if not view.c_contiguous:
        view = memoryview(view.tobytes())
    # An immutable object needs no view of its memory: nothing can change under the array.
    source = value if type(value) is bytes else view.cast("B") if view.nbytes else b""
    buffer = ArrayBuffer._make(source)
    if kind == "dataview":
        return PyBufferView._make(view, DataView._make(buffer))
    if kind is None or isinstance(kind, Options):
        return PyBufferView._make(view, array_of_format(view.format, view.itemsize)._make(buffer))
    if kind not in _SHORT_NAMES:
        raise js_error("Error", f"Unknown type {kind}")
    return PyBufferView._make(view, array_of_type(_SHORT_NAMES[kind])._make(buffer))
