"""JavaScript values on their way between the processes of two Workers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from sshim.platform import serialization, typed_arrays
from sshim.platform.arrays import Array
from sshim.platform.blob import Blob, File
from sshim.platform.buffers import ArrayBuffer
from sshim.platform.date import Date
from sshim.platform.exceptions import JsException, js_error
from sshim.platform.headers import Headers
from sshim.platform.maps import Map, Set
from sshim.platform.objects import plain_object
from sshim.platform.readable import ReadableStream
from sshim.platform.response import Response
from sshim.platform.runtime import runtime


async def there(value: Any) -> Any:
    return serialization.loads(await serialization.dumps(value))


@pytest.mark.parametrize("value", ["", "é\ud800"[:1], "x", True, False, 0, -1.5, 2**60, math.inf, None])
async def test_plain_values_arrive_as_they_are(value: Any) -> None:
    got = await there(value)
    assert got == value and type(got) is type(value)


async def test_null_and_no_number_arrive_as_they_are() -> None:
    assert await there(runtime.null) is runtime.null
    assert math.isnan(await there(math.nan))


async def test_text_with_half_a_surrogate_pair_arrives_as_it_is() -> None:
    assert await there("a\ud83d") == "a\ud83d"


async def test_nested_structures_keep_their_kinds_and_order() -> None:
    items = Array._make()
    items._items.extend([1, plain_object({"b": "x", "a": runtime.null})])
    mapping, members = Map._make(), Set._make()
    mapping["k"] = items
    members.add(3)
    got = await there(plain_object({"map": mapping, "set": members, "when": Date._make(1234)}))
    assert type(got.map) is Map and type(got.map["k"]) is Array
    assert list(vars(got.map["k"]._items[1])) == ["b", "a"]
    assert got.map["k"]._items[1].a is runtime.null
    assert type(got.set) is Set and list(got.set) == [3]
    assert got.when.getTime() == 1234


@pytest.mark.parametrize("kind", ["Uint8Array", "Int16Array", "Float64Array", "BigInt64Array"])
async def test_typed_arrays_keep_their_kind(kind: str) -> None:
    made = getattr(typed_arrays, kind)._make(ArrayBuffer._make(bytes(range(16))), 0, 16)
    got = await there(made)
    assert type(got) is type(made) and got.to_bytes() == bytes(range(16))
    assert type(await there(ArrayBuffer._make(b"ab"))) is ArrayBuffer


async def test_files_headers_and_errors_arrive() -> None:
    blob = await there(Blob._make(b"data", "text/x"))
    assert (blob._data, blob.type) == (b"data", "text/x")
    file = await there(File._make(b"data", "name.txt", "text/x", 5))
    assert (file.name, file.type, file.lastModified) == ("name.txt", "text/x", 5)
    headers = await there(Headers.from_pairs([("A", "1"), ("Set-Cookie", "x"), ("Set-Cookie", "y")]))
    assert headers.raw_items() == [("A", "1"), ("Set-Cookie", "x"), ("Set-Cookie", "y")]
    error = await there(js_error("TypeError", "message"))
    assert isinstance(error, JsException) and (error.name, error.message) == ("TypeError", "message")


async def test_a_response_arrives_with_its_body() -> None:
    made = Response._make(b"body", 201, Headers.from_pairs([("x-a", "b")]))
    got = await there(made)
    assert (got.status, got.headers.get("x-a"), await got.text()) == (201, "b", "body")


async def test_what_cannot_be_sent_is_refused_by_name() -> None:
    for value, named in ((ReadableStream._of_bytes(b""), "ReadableStream"), (print, "Function")):
        with pytest.raises(JsException) as caught:
            await serialization.dumps(plain_object({"deep": value}))
        assert caught.value.name == "DataCloneError" and f'"{named}"' in caught.value.message


def _array_in_itself() -> Any:
    items = Array._make()
    items._items.append(items)
    return items


def _set_in_itself() -> Any:
    made = Set._make()
    made.add(made)
    return made


def _map_in_itself() -> Any:
    made = Map._make()
    made["itself"] = made
    return made


def _object_in_itself() -> Any:
    made = plain_object({})
    made.itself = made
    return made


@pytest.mark.parametrize("make", [_array_in_itself, _set_in_itself, _map_in_itself, _object_in_itself])
@pytest.mark.parametrize("stack", [0, 400])
async def test_a_value_that_contains_itself_is_refused(make: Callable[[], Any], stack: int) -> None:
    async def send_from(levels: int) -> bytes:
        return await (send_from(levels - 1) if levels else serialization.dumps(make()))

    with pytest.raises(JsException, match="nested too deeply") as caught:
        await send_from(stack)
    assert caught.value.name == "DataCloneError"
