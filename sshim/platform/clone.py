"""structuredClone: deep copies of what JavaScript can send between threads."""

from __future__ import annotations

from typing import Any

from sshim.platform.arrays import Array
from sshim.platform.buffers import ArrayBuffer, ByteSource, DataView, View
from sshim.platform.date import Date
from sshim.platform.exceptions import JsException, js_error
from sshim.platform.headers import Headers
from sshim.platform.maps import Map, Set
from sshim.platform.objects import Object
from sshim.platform.options import unwrap
from sshim.platform.primitives import from_python, js_string
from sshim.platform.proxy import JsClass, JsProxy, own_properties
from sshim.platform.runtime import JsNull


def structuredClone(value: Any = None, *ignored: Any) -> Any:
    """A deep copy that keeps cycles; functions, Python objects and platform objects are a DataCloneError."""
    return _clone(value, {})


def _clone(value: Any, seen: dict[int, Any]) -> Any:
    value = unwrap(value)
    if value is None or isinstance(value, str | int | float | JsNull):
        return from_python(value)
    if id(value) in seen:
        return seen[id(value)]
    if isinstance(value, JsException):
        seen[id(value)] = made = type(value)._make(value.message)
        made.name = value.name
        return made
    if isinstance(value, ByteSource):
        return _clone_bytes(value, seen)
    if type(value) is Array:
        seen[id(value)] = made = Array._make()
        made._items.extend(_clone(item, seen) for item in value._items)
        return made
    if type(value) is Map:
        seen[id(value)] = made = Map._make()
        for key, item in value.items():
            made[_clone(key, seen)] = _clone(item, seen)
        return made
    if type(value) is Set:
        seen[id(value)] = made = Set._make()
        for member in value:
            made.add(_clone(member, seen))
        return made
    if type(value) is Object:
        seen[id(value)] = made = Object._make()
        made.__dict__.update({name: _clone(item, seen) for name, item in own_properties(value).items()})
        return made
    if isinstance(value, Date):
        return Date._make(value._time)
    if isinstance(value, Headers):
        return value.copy()
    raise js_error("DataCloneError", _refusal(value))


def _clone_bytes(value: ByteSource, seen: dict[int, Any]) -> Any:
    if isinstance(value, ArrayBuffer):
        seen[id(value)] = made = ArrayBuffer._make(bytes(value._data))
        return made
    assert isinstance(value, View)
    buffer = _clone(value.buffer, seen)
    if isinstance(value, DataView):
        return DataView._make(buffer, value.byteOffset, value.byteLength)
    return type(value)._make(buffer, value.byteOffset, value.byteLength)


def _refusal(value: Any) -> str:
    if isinstance(value, JsProxy) and not isinstance(value, JsClass) and not callable(value):
        name = type(value).js_name
        if isinstance(value, Map):
            return f"{value.toString()} could not be cloned."
        return f'Could not serialize object of type "{name}". This type does not support serialization.'
    text = "function(){}" if callable(value) else "[object Object]"
    text = js_string(value) if isinstance(value, JsProxy) else text
    return f"{text} could not be cloned."
