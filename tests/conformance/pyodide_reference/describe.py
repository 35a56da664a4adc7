"""Runs lines of Python and describes what they give in plain data. Runs in Pyodide and on our platform alike.

A line is an expression, which may use `await`. Every line has names of its own, over those of the prelude.
"""

import ast
import inspect
import json

PRELUDE = """
import array, asyncio, datetime, json
import js
import pyodide
from pyodide import ffi
from pyodide.ffi import *
from js import (
    AbortController, Array, ArrayBuffer, Blob, DataView, Date, FormData, Headers, JSON, Map, Math, Number,
    Object, Promise, Response, Request, Set, TextDecoder, TextEncoder, URL, URLSearchParams,
    Uint8Array, Uint16Array,
)

class Thing:
    x = 3
    def __init__(self):
        self.y = [1]
    def method(self, a=1, *, k=2):
        return (a, k)
    def __iter__(self):
        return iter([1, 2])
    def __len__(self):
        return 2
    def __getitem__(self, key):
        return key
    def __repr__(self):
        return "<Thing>"

thing = Thing()

def plain(value):
    return to_js(value, dict_converter=Object.fromEntries)

def raising(error):
    raise error

async def coroutine_of(value):
    return value

async def failing(error):
    raise error

def mutate(value, *changes):
    for change in changes:
        change(value)
    return value
"""


def shown(value):
    """The value as plain data, with its type."""
    if value is None or isinstance(value, (bool, str)):
        return [type(value).__name__, value if not isinstance(value, str) else ascii(value)]
    if isinstance(value, (int, float)):
        return [type(value).__name__, repr(value)]
    if isinstance(value, (bytes, bytearray)):
        return [type(value).__name__, value.hex()]
    if isinstance(value, memoryview):
        return ["memoryview", value.format, value.tobytes().hex(), value.readonly]
    if type(value).__name__ in ("JsNull", "Thing"):
        return [type(value).__name__]
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, [shown(item) for item in value]]
    if isinstance(value, (set, frozenset)):
        return [type(value).__name__, sorted(json.dumps(shown(item)) for item in value)]
    if isinstance(value, dict):
        return ["dict", [[shown(key), shown(item)] for key, item in value.items()]]
    from pyodide.ffi import JsDoubleProxy, JsException, JsProxy

    if isinstance(value, JsException):
        return ["JsException", value.name, value.message]
    if isinstance(value, JsDoubleProxy):
        return ["JsDoubleProxy", str(value)]
    if isinstance(value, JsProxy):
        if value.typeof == "function":
            return ["function", value.name]
        if value.typeof != "object":
            return [value.typeof, str(value)]
        return ["JsProxy", value.constructor.name, str(value)]
    if callable(value):
        return ["callable"]
    return ["python", type(value).__name__]


async def result_of(line, names):
    """What the line gives: its value, or its exception by type and text."""
    code = compile(line, "<line>", "eval", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    try:
        value = eval(code, names)
        if code.co_flags & inspect.CO_COROUTINE:
            value = await value
        return {"value": shown(value)}
    except Exception as error:
        return {"error": [type(error).__name__, ascii(str(error))]}


async def results_of(lines):
    """The results of all lines, in their order."""
    names = {}
    exec(PRELUDE, names)
    return [await result_of(line, dict(names)) for line in lines]
