"""Conversion between the languages by Pyodide's rules: `to_js` copies into JavaScript, `to_py` out."""

from __future__ import annotations

import functools
import struct
from array import array
from collections.abc import Callable
from typing import Any, cast

from sshim.platform.arrays import Array, array_of
from sshim.platform.buffers import ByteSource
from sshim.platform.maps import LiteralMap, Map, Set
from sshim.platform.objects import Object, plain_object
from sshim.platform.primitives import from_python, js_string
from sshim.platform.proxies import create_proxy
from sshim.platform.proxy import is_javascript, own_properties
from sshim.platform.runtime import JsNull, is_nullish, runtime
from sshim.platform.typed_arrays import TypedArray, array_of_format

Converter = Callable[[Any, Callable[[Any], Any], Callable[[Any, Any], None]], Any]


class ConversionError(Exception):
    """`to_js` met a value that it may not or cannot convert."""


_AS_THEY_ARE = frozenset({str, int, bool, type(None), JsNull})


class _ToJs:
    """One run of `to_js`: its options, and what was converted already, so that cycles stay cycles."""

    __slots__ = ("cache", "create_pyproxies", "default", "dicts", "eager", "pyproxies")

    def __init__(
        self,
        dicts: Any,
        default: Converter | None,
        eager: Converter | None,
        pyproxies: Any,
        create_pyproxies: bool,
    ) -> None:
        # Object.fromEntries is what nearly all code gives: it is done here without the arrays in between.
        function = getattr(dicts, "__func__", None)
        if function is _FROM_ENTRIES or (is_nullish(dicts) and runtime.dicts_become_objects):
            dicts = Object
        self.dicts = None if is_nullish(dicts) else dicts
        self.default = default
        self.eager = eager
        self.pyproxies = pyproxies
        self.create_pyproxies = create_pyproxies
        self.cache: dict[int, tuple[Any, Any]] = {}

    def convert(self, value: Any, depth: int) -> Any:
        """The JavaScript value of a Python one; `depth` levels of containers are copied, all if negative."""
        if type(value) in _AS_THEY_ARE:
            return value
        if isinstance(value, float | int | str):
            return from_python(value)
        if self.eager is not None:
            return self._ask(self.eager, value, depth)
        return self._convert(value, depth)

    def _convert(self, value: Any, depth: int) -> Any:
        if is_javascript(value):
            return value
        if depth == 0:
            return self._proxy(value)
        if (done := self.cache.get(id(value))) is not None:
            return done[1]
        if isinstance(value, list | tuple):
            return self._list(value, depth - 1)
        if isinstance(value, dict):
            return self._dict(value, depth - 1)
        if isinstance(value, set | frozenset):
            return self._set(value)
        if isinstance(value, bytes | bytearray | memoryview | array):
            return _typed_array(value)
        if self.default is not None:
            return self._ask(self.default, value, depth)
        return self._typed_array_or_proxy(value)

    def _list(self, value: Any, depth: int) -> Any:
        items: list[Any] = []
        made = self._keep(value, array_of(items))
        items.extend([self.convert(item, depth) for item in value])
        return made

    def _dict(self, value: dict[Any, Any], depth: int) -> Any:
        if self.dicts is Object:
            properties: dict[str, Any] = {}
            made = self._keep(value, plain_object(properties))
            for key, item in value.items():
                properties[key if type(key) is str else js_string(_key(key, "Map"))] = self.convert(
                    item, depth
                )
            return made
        if self.dicts is None:
            literal = self._keep(value, LiteralMap._make())
            for key, item in value.items():
                literal[_key(key, "Map")] = self.convert(item, depth)
            return literal
        entries = [Array._make([_key(key, "Map"), self.convert(item, depth)]) for key, item in value.items()]
        return self._keep(value, from_python(self.dicts(Array._make(entries))))

    def _set(self, value: Any) -> Any:
        return self._keep(value, Set._make([_key(member, "Set") for member in value]))

    def _keep(self, value: Any, made: Any) -> Any:
        # The original is kept too: its id must not go to another object while this run lasts.
        self.cache[id(value)] = (value, made)
        return made

    def _ask(self, converter: Converter, value: Any, depth: int) -> Any:
        def convert(inner: Any) -> Any:
            if converter is self.eager and inner is value:
                return self._convert(value, depth)
            return self.convert(inner, depth)

        def cache(python: Any, javascript: Any) -> None:
            self._keep(python, javascript)

        given = converter(value, convert, cache)
        return self._proxy(given) if given is value else from_python(given)

    def _typed_array_or_proxy(self, value: Any) -> Any:
        try:
            view = memoryview(value)
        except TypeError:
            return self._proxy(value)
        return _typed_array(view)

    def _proxy(self, value: Any) -> Any:
        if is_javascript(value) or value is None or isinstance(value, float | int | str | JsNull):
            return from_python(value)
        if not self.create_pyproxies:
            raise ConversionError(f"No conversion known for {value!r}.")
        if not is_nullish(self.pyproxies):
            self.pyproxies.push(create_proxy(value))
        return value


_FROM_ENTRIES = getattr(Object.fromEntries, "__func__", None)


def _key(key: Any, kind: str) -> Any:
    if key is None or isinstance(key, str | int | float | JsNull) or is_javascript(key):
        return from_python(key)
    raise ConversionError(f"Cannot use {key!r} as a key for a Javascript {kind}")


def _typed_array(value: Any) -> Any:
    if type(value) is bytes:
        return array_of_format("B").from_bytes(value)
    view = memoryview(value)
    if view.ndim > 1:
        return Array._make([_typed_array(part) for part in _rows(view)])
    if view.ndim == 0:
        return from_python(struct.unpack(view.format, view.tobytes())[0])
    return array_of_format(view.format, view.itemsize).from_bytes(view.tobytes())


def _rows(view: memoryview) -> list[memoryview]:
    """The parts of a buffer of several dimensions, one dimension fewer each."""
    rows, *shape = view.shape or (0,)
    content = view.tobytes()
    size = len(content) // rows if rows else 0
    parts = (memoryview(content[i * size : (i + 1) * size]) for i in range(rows))
    return [part.cast("B").cast(view.format, shape) for part in parts]  # type: ignore[call-overload]


def to_js(
    value: Any,
    /,
    *,
    depth: int = -1,
    pyproxies: Any = None,
    create_pyproxies: bool = True,
    dict_converter: Any = None,
    default_converter: Converter | None = None,
    eager_converter: Converter | None = None,
) -> Any:
    """A JavaScript copy of a Python value: lists become Arrays, dicts Maps, buffers typed arrays.

    Without `dict_converter` a dict becomes a LiteralMap. What has no JavaScript form is given to
    `default_converter(value, convert, cache)`, else proxied. Raises ConversionError for keys that are no
    primitive values, and for proxies if `create_pyproxies` is false.
    """
    if type(value) in _AS_THEY_ARE or (type(value) is float and eager_converter is None):
        return value
    run = _ToJs(dict_converter, default_converter, eager_converter, pyproxies, create_pyproxies)
    made = run.convert(value, depth)
    if is_javascript(made) or made is None or isinstance(made, str | int | float | JsNull):
        return made
    return create_proxy(made)


@functools.lru_cache(maxsize=256)
def _shape(kind: Any) -> Any:
    """Which of the classes that have a Python form this one is of, None for the others."""
    if kind is Object:
        return Object
    return next((shape for shape in (Array, Map, Set, ByteSource) if issubclass(kind, shape)), None)


class _ToPy:
    """One run of `to_py`."""

    __slots__ = ("cache", "default")

    def __init__(self, default: Converter | None) -> None:
        self.default = default
        self.cache: dict[int, Any] = {}

    def convert(self, value: Any, depth: int) -> Any:
        """The Python value of a JavaScript one, containers copied to the depth."""
        if not is_javascript(value) or depth == 0:
            return value
        if (done := self.cache.get(id(value), self)) is not self:
            return done
        shape = _shape(cast(Any, type(value)))
        if shape is Array:
            items: list[Any] = []
            self.cache[id(value)] = items
            items.extend([self.convert(item, depth - 1) for item in value._items])
            return items
        if shape is Object:
            mapping: dict[Any, Any] = {}
            self.cache[id(value)] = mapping
            mapping.update((n, self.convert(item, depth - 1)) for n, item in own_properties(value).items())
            return mapping
        if shape is Map:
            mapping = self.cache[id(value)] = {}
            for key, item in value.items():
                mapping[self._hashable(self.convert(key, depth - 1))] = self.convert(item, depth - 1)
            return mapping
        if shape is Set:
            return {self._hashable(self.convert(member, depth - 1)) for member in value}
        if shape is ByteSource:
            return value.to_memoryview()
        if self.default is None:
            return value
        return self.default(value, lambda inner: self.convert(inner, depth), self._remember)

    def _remember(self, javascript: Any, python: Any) -> None:
        self.cache[id(javascript)] = python

    def _hashable(self, value: Any) -> Any:
        if type(value).__hash__ is None:
            raise ConversionError(f"Cannot use key of type {type(value).__name__} as a key to a Python dict")
        return value


def to_py(value: Any, *, depth: int = -1, default_converter: Converter | None = None) -> Any:
    """The Python copy of a JavaScript value: Arrays become lists, Maps and plain objects dicts, Sets sets.

    Other objects are given to `default_converter(value, convert, cache)`, else they stay what they are.
    """
    return _ToPy(default_converter).convert(value, depth)


__all__ = ["ConversionError", "TypedArray", "to_js", "to_py"]
