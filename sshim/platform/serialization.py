"""JavaScript values as bytes and back, for calls from one Worker's process to another's.

What structured cloning carries goes through, and Request and Response with their bodies read; functions,
streams and other live objects are refused as `DataCloneError`, in production's words.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from typing import Any

from sshim.platform import buffers, typed_arrays
from sshim.platform.arrays import Array
from sshim.platform.blob import Blob, File
from sshim.platform.buffers import ArrayBuffer, ByteSource
from sshim.platform.date import Date
from sshim.platform.exceptions import JsException, js_error
from sshim.platform.headers import Headers
from sshim.platform.maps import Map, Set
from sshim.platform.objects import Object, plain_object
from sshim.platform.options import unwrap
from sshim.platform.proxy import JsProxy, own_properties
from sshim.platform.request import Request
from sshim.platform.response import Response
from sshim.platform.runtime import JsNull, runtime

_DEEPEST = 200
"""Levels of nesting, so that what can be sent can be received; a value that contains itself never ends."""

_TOO_DEEP = "The object is nested too deeply to be sent to another Worker."


async def dumps(value: Any) -> bytes:
    """A value as bytes. Raises the JavaScript error for one that cannot be sent."""
    try:
        return json.dumps(await _encode(value, 0)).encode()
    except RecursionError:  # the handler that sends it has used up some of the stack
        raise js_error("DataCloneError", _TOO_DEEP) from None


def loads(data: bytes) -> Any:
    """The value that `dumps` was given, as this process's own."""
    return _decode(json.loads(data))


async def _encode(value: Any, depth: int) -> Any:
    value = unwrap(value)
    if depth > _DEEPEST:
        raise js_error("DataCloneError", _TOO_DEEP)
    if isinstance(value, str | bool):
        return value
    if value is None:
        return ["undefined"]
    if isinstance(value, JsNull):
        return None
    if isinstance(value, int | float):
        return value if math.isfinite(value) else ["number", repr(float(value))]
    if type(value) is Array:
        return ["array", await _all(value._items, depth)]
    if type(value) is Set:
        return ["set", await _all(list(value), depth)]
    if type(value) is Map:
        return ["map", [await _all(pair, depth) for pair in value.items()]]
    if type(value) is Object:
        return ["object", [await _all(pair, depth) for pair in own_properties(value).items()]]
    if isinstance(value, Date):
        return ["date", await _encode(value._time, depth)]
    if isinstance(value, ByteSource):
        return ["bytes", type(value).js_name, _text(value.to_bytes())]
    if isinstance(value, JsException):
        return ["error", value.name, value.message]
    return await _encode_platform(value)


async def _all(values: Sequence[Any], depth: int) -> list[Any]:
    return [await _encode(value, depth + 1) for value in values]


async def _encode_platform(value: Any) -> Any:
    if isinstance(value, File):
        return ["file", _text(value._data), value.type, value.name, value.lastModified]
    if isinstance(value, Blob):
        return ["blob", _text(value._data), value.type]
    if isinstance(value, Headers):
        return ["headers", value.raw_items()]
    if isinstance(value, Response):
        body = None if value._source is None else _text((await value.arrayBuffer()).to_bytes())
        return ["response", value.status, value.statusText, value.headers.raw_items(), body]
    if isinstance(value, Request):
        body = None if value._source is None else _text((await value.arrayBuffer()).to_bytes())
        return ["request", value.method, value.url, value.headers.raw_items(), body]
    name = (
        type(value).js_name if isinstance(value, JsProxy) and hasattr(type(value), "js_name") else "Function"
    )
    raise js_error(
        "DataCloneError",
        f'Could not serialize object of type "{name}". This type does not support serialization between '
        "Workers of sshim.",
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decode(value: Any) -> Any:
    if value is None:
        return runtime.null
    if not isinstance(value, list):
        return value
    kind, *parts = value
    return _DECODERS[kind](*parts)


def _object(pairs: list[list[Any]]) -> Any:
    return plain_object({key: _decode(item) for key, item in pairs})


def _array(items: list[Any]) -> Any:
    made = Array._make()
    made._items.extend(map(_decode, items))
    return made


def _set(items: list[Any]) -> Any:
    made = Set._make()
    for item in items:
        made.add(_decode(item))
    return made


def _map(pairs: list[list[Any]]) -> Any:
    made = Map._make()
    for key, item in pairs:
        made[_decode(key)] = _decode(item)
    return made


def _bytes(name: str, text: str) -> Any:
    data = base64.b64decode(text)
    buffer = ArrayBuffer._make(data)
    if name == "ArrayBuffer":
        return buffer
    made = getattr(typed_arrays, name, None) or getattr(buffers, name)
    return made._make(buffer, 0, len(data))


def _response(status: int, reason: str, headers: list[list[str]], body: str | None) -> Any:
    source = None if body is None else base64.b64decode(body)
    made = Response._make(source, status, Headers.from_pairs([(n, v) for n, v in headers]))
    made._status_text = reason
    return made


def _request(method: str, url: str, headers: list[list[str]], body: str | None) -> Any:
    source = None if body is None else base64.b64decode(body)
    return Request.from_server(method, url, [(name, text) for name, text in headers], source)


_DECODERS: dict[str, Any] = {
    "array": _array,
    "blob": lambda text, type_: Blob._make(base64.b64decode(text), type_),
    "bytes": _bytes,
    "date": lambda time: Date._make(_decode(time)),
    "error": js_error,
    "file": lambda text, type_, name, modified: File._make(base64.b64decode(text), name, type_, modified),
    "headers": lambda pairs: Headers.from_pairs([(name, text) for name, text in pairs]),
    "map": _map,
    "number": float,
    "object": _object,
    "request": _request,
    "response": _response,
    "set": _set,
    "undefined": lambda: None,
}
