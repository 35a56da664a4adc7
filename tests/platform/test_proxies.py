"""create_proxy and its kin, where they differ from what the frozen lines of Pyodide cover."""

from __future__ import annotations

import array
import asyncio
import inspect
from typing import Any

import pytest

from sshim.platform.exceptions import JsException
from sshim.platform.ffi import Array, create_once_callable, create_proxy, destroy_proxies, to_js, unwrap


def test_a_proxy_can_do_what_its_object_can() -> None:
    assert callable(create_proxy(len)) and not callable(create_proxy([1]))
    assert list(create_proxy([1, 2])) == [1, 2]
    with pytest.raises(TypeError):
        iter(create_proxy(3))
    assert not inspect.isawaitable(create_proxy(len))


async def test_a_task_stays_awaitable_behind_a_proxy() -> None:
    proxy = create_proxy(asyncio.ensure_future(asyncio.sleep(0, "done")))
    assert inspect.isawaitable(proxy)
    assert await proxy == "done"


async def test_an_asynchronous_iterator_stays_one() -> None:
    async def numbers() -> Any:
        yield 1
        yield 2

    assert [number async for number in create_proxy(numbers())] == [1, 2]


def test_attributes_pass_through_both_ways() -> None:
    class Thing:
        value = 1

    thing = Thing()
    proxy = create_proxy(thing)
    proxy.value = 5
    assert thing.value == proxy.value == 5


def test_a_destroyed_proxy_says_so() -> None:
    proxy = create_proxy([1])
    proxy.destroy()
    for use in (lambda: len(proxy), lambda: proxy[0], lambda: proxy.unwrap(), lambda: proxy.append(2)):
        with pytest.raises(JsException, match="Object has already been destroyed"):
            use()


def test_a_copy_outlives_its_original() -> None:
    proxy = create_proxy([1])
    copy = proxy.copy()
    proxy.destroy()
    assert copy.unwrap() == [1]


def test_proxies_in_a_list_are_destroyed_together() -> None:
    pyproxies = Array.new()
    to_js([object(), len], pyproxies=pyproxies)
    first, second = pyproxies
    destroy_proxies(pyproxies)
    for proxy in (first, second):
        with pytest.raises(JsException):
            unwrap(proxy)


def test_a_once_callable_can_be_called_once() -> None:
    once = create_once_callable(lambda: 3)
    assert once() == 3
    with pytest.raises(JsException, match="OnceProxy can only be called once"):
        once()
    unused = create_once_callable(lambda: 3)
    unused.destroy()
    with pytest.raises(JsException):
        unused()


def test_capture_this_adds_an_argument() -> None:
    assert create_proxy(lambda *args: args, capture_this=True)(1) == (None, 1)


def test_the_buffer_of_bytes_is_not_copied() -> None:
    data = b"abc" * 1000
    view = create_proxy(data).getBuffer()
    assert view.data.to_bytes() is data
    view.release()
    assert view.data.to_bytes() is data


def test_the_buffer_of_a_mutable_object_is_its_memory_until_released() -> None:
    source = bytearray(b"abc")
    view = create_proxy(source).getBuffer()
    view.data[0] = 65
    assert source == b"Abc"
    view.release()
    source += b"d"
    assert view.data.to_bytes() == b"Abc"


def test_buffers_have_the_element_type_of_the_object() -> None:
    view = create_proxy(array.array("d", [1.5, 2.0])).getBuffer()
    assert view.data.constructor.name == "Float64Array"
    assert list(view.data) == [1.5, 2]
    assert (view.itemsize, view.ndim, list(view.strides)) == (8, 1, [8])


@pytest.mark.usefixtures("old_pyodide")
def test_on_the_old_pyodide_javascript_sees_no_items_of_a_dict() -> None:
    assert not hasattr(create_proxy({"a": 1}), "a")


def test_a_proxy_passes_on_all_that_a_container_does() -> None:
    proxy = create_proxy({"a": 1})
    proxy["b"] = 2
    assert "b" in proxy and len(proxy) == 2 and proxy.type == "dict"
    assert next(create_proxy(iter([5]))) == 5
    assert list(create_proxy(Exception("x")).object_keys()) == []


def test_a_buffer_that_is_not_in_one_piece_is_copied() -> None:
    view = create_proxy(memoryview(b"abcdef")[::2]).getBuffer()
    assert view.data.to_bytes() == b"ace"
    assert not hasattr(view, "nothing")
