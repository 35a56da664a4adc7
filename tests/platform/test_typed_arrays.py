"""Typed arrays of every element type."""

from __future__ import annotations

import pytest

from sshim.platform.exceptions import JsException
from sshim.platform.typed_arrays import TYPES, Uint8Array, array_of_format

_WIDTHS = {name: kind.BYTES_PER_ELEMENT for name, kind in TYPES.items()}


@pytest.mark.parametrize("name", sorted(TYPES))
def test_each_type_holds_numbers(name: str) -> None:
    kind = TYPES[name]
    made = kind.new([1, 2, 3])
    made[1] = 7
    assert list(made) == [1, 7, 3] and made[-1] == 3
    assert (made.length, made.byteLength) == (3, 3 * _WIDTHS[name])
    assert made.constructor.name == name
    assert made.toString() == "1,7,3"
    assert list(kind.new(made)) == [1, 7, 3]
    assert list(made.subarray(1)) == [7, 3]
    assert kind.of(4).to_memoryview().nbytes == _WIDTHS[name]


@pytest.mark.parametrize(
    ("name", "given", "held"),
    [
        ("Int8Array", 200, -56),
        ("Uint8Array", -1, 255),
        ("Int16Array", 40000, -25536),
        ("Uint32Array", 2**32 + 5, 5),
        ("BigInt64Array", 2**63, -(2**63)),
        ("Uint8ClampedArray", 999, 255),
        ("Float32Array", 1.5, 1.5),
        ("Float16Array", 1.1, 1.099609375),
    ],
)
def test_numbers_that_do_not_fit_are_held_as_javascript_holds_them(
    name: str, given: float, held: float
) -> None:
    assert TYPES[name].of(given)[0] == held


@pytest.mark.parametrize(
    ("letters", "itemsize", "name"),
    [
        ("B", 1, "Uint8Array"),
        ("c", 1, "Uint8Array"),
        ("?", 1, "Uint8Array"),
        ("b", 1, "Int8Array"),
        ("l", 8, "BigInt64Array"),
        ("l", 4, "Int32Array"),
        ("<I", 4, "Uint32Array"),
        ("e", 2, "Float16Array"),
        ("d", 8, "Float64Array"),
    ],
)
def test_python_buffers_find_their_type(letters: str, itemsize: int, name: str) -> None:
    assert array_of_format(letters, itemsize).js_name == name


def test_a_buffer_of_another_kind_has_none() -> None:
    with pytest.raises(TypeError, match="has no typed array"):
        array_of_format("T", 3)


def test_python_sees_a_sequence() -> None:
    view = Uint8Array.from_bytes(b"abc")
    assert 98 in view and 5 not in view
    assert (len(view), view.indexOf(99), view.indexOf(5), view.includes(97)) == (3, 2, -1, True)
    assert view.at(-1) == 99 and view.at(3) is None
    view.set([1, 2], 1)
    assert view.to_bytes() == b"a\1\2"
    assert view.fill(9, 1, 2).to_bytes() == b"a\x09\2"


def test_sources_must_be_iterable_and_slices_are_not_for_assignment() -> None:
    with pytest.raises(JsException, match="the source is not iterable"):
        Uint8Array.new(object())
    with pytest.raises(NotImplementedError):
        Uint8Array.new(2)[0:1] = b"a"
