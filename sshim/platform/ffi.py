"""The conventions of the JavaScript platform in one place, and what `pyodide.ffi` offers.

Values. A JavaScript value *is* its Python view: str, int, float, bool, None for undefined, `runtime.null`
for null, `JsProxy` instances for objects, and any other Python object for itself. Return `runtime.null`
where JavaScript returns null (None on Pyodide 0.26, `jsnull` after), and take both by
`is_nullish(value)`. Numbers that are whole are int. Values given by user code may be `create_proxy`
proxies: `unwrap(value)` gives what is inside.

Classes. A platform class derives from `JsObject` (and from the kinds it has: `JsIterable`, `JsBuffer`,
…); its name, or `js_name` in its body, is the constructor's name, so `value.constructor.name` holds. The
class object is the constructor: `isinstance(Response, JsProxy)` holds too.
  - `Class._make(...)` runs `__init__`: how platform code makes instances, cheaply and by its own
    arguments. `Class(...)` is a TypeError of JavaScript ("cannot be invoked without 'new'").
  - `@static def new(cls, *args, **options)` is the constructor for user code. `static` marks every
    function of the constructor: instances do not have it. `static(function, method)` also gives instances
    a method of the same name (`Response.json` makes, `response.json` reads).
  - Keywords are one more object after the positional arguments: `args = positional(args, options)`; then
    `read_options(args[1])` is a dict to read with `.get(name)`, where None means missing. A Map gives no
    options.
  - State lives in `__slots__` with underscored names; properties and methods have JavaScript's names.
    Instances take further attributes as JavaScript objects do. A name JavaScript has no attribute for:
    AttributeError.
  - Override `toString()` where it is not `[object Name]`; `str()` and `repr()` follow it. Equality is
    identity.
  - `own_properties(value)` is what `object_keys/values/entries` show: the further attributes, in order.
  - Iteration by `__iter__` (derive from `JsIterable`), asynchronous iteration by `__aiter__` and
    `__anext__` (`JsAsyncIterable`). What JavaScript's `entries()`
    and such give is `Iterated._make(values, label)`.

Errors. `raise js_error("TypeError", message)`; a kind that JavaScript does not have becomes a
`DOMException` of that name ("AbortError", "InvalidStateError", "NotSupportedError", …). Python exceptions
pass through unchanged.

Promises. A function that JavaScript would make asynchronous returns a `Promise`, never a bare coroutine:
mark an `async def` with `@promising` (its first step runs at once; no timeouts or foreign libraries
before the first await), or return `start(coroutine)` for a task of its own, `resolved(value)`,
`rejected(reason)`, or `pending()` with `_resolve`, `_fulfil` and `_reject` later. `is_thenable(value)`
and `adopt(value)` take what callbacks return.

Bytes. `Uint8Array.from_bytes(data)` and `ArrayBuffer._make(data)` do not copy `bytes`; `to_bytes()` of a
whole `bytes` gives the same object back. `ByteSource` is the base of ArrayBuffer, typed arrays and
DataView.

Conversion. `to_js(value)` and `value.to_py()` copy structure as Pyodide does; `hasattr(x, "to_py")` is
false for plain Python values. `plain_object(dict)` and
`from_json(parsed)` make objects of what is at hand.
"""

from __future__ import annotations

from sshim.platform.arrays import Array
from sshim.platform.buffers import ArrayBuffer, ByteSource, DataView
from sshim.platform.convert import ConversionError, to_js, to_py
from sshim.platform.exceptions import DOMException, JsException, js_error
from sshim.platform.iterators import Iterated
from sshim.platform.kinds import (
    JsArray,
    JsAsyncGenerator,
    JsAsyncIterable,
    JsAsyncIterator,
    JsBuffer,
    JsDoubleProxy,
    JsGenerator,
    JsIterable,
    JsIterator,
    JsMap,
    JsMutableMap,
    JsPromise,
    JsTypedArray,
)
from sshim.platform.maps import Map, Set
from sshim.platform.objects import Object, from_json, plain_object
from sshim.platform.options import positional, read_options, unwrap
from sshim.platform.promise import (
    Promise,
    adopt,
    is_thenable,
    pending,
    promising,
    rejected,
    resolved,
    run,
    start,
)
from sshim.platform.proxies import create_once_callable, create_proxy, destroy_proxies
from sshim.platform.proxy import Function, JsCallable, JsObject, JsProxy, own_properties, static
from sshim.platform.runtime import JsNull, is_nullish, jsnull, runtime
from sshim.platform.typed_arrays import TypedArray, Uint8Array

__all__ = [
    "Array",
    "ArrayBuffer",
    "ByteSource",
    "ConversionError",
    "DOMException",
    "DataView",
    "Function",
    "Iterated",
    "JsArray",
    "JsAsyncGenerator",
    "JsAsyncIterable",
    "JsAsyncIterator",
    "JsBuffer",
    "JsCallable",
    "JsDoubleProxy",
    "JsException",
    "JsGenerator",
    "JsIterable",
    "JsIterator",
    "JsMap",
    "JsMutableMap",
    "JsNull",
    "JsObject",
    "JsPromise",
    "JsProxy",
    "JsTypedArray",
    "Map",
    "Object",
    "Promise",
    "Set",
    "TypedArray",
    "Uint8Array",
    "adopt",
    "create_once_callable",
    "create_proxy",
    "destroy_proxies",
    "from_json",
    "is_nullish",
    "is_thenable",
    "js_error",
    "jsnull",
    "own_properties",
    "pending",
    "plain_object",
    "positional",
    "promising",
    "read_options",
    "rejected",
    "resolved",
    "run",
    "runtime",
    "start",
    "static",
    "to_js",
    "to_py",
    "unwrap",
]
