"""ArrayBuffer and its views: shared memory, and no copies that nobody needs."""

from __future__ import annotations

import io

import pytest

from sshim.platform.buffers import ArrayBuffer, DataView
from sshim.platform.exceptions import JsException
from sshim.platform.ffi import JsBuffer, Uint8Array


def test_bytes_come_out_as_they_went_in() -> None:
    data = b"x" * 5000
    view = Uint8Array.from_bytes(data)
    assert view.to_bytes() is data
    assert view.buffer.to_bytes() is data
    assert view.slice().to_bytes() is data


def test_a_write_changes_all_views_and_never_the_bytes() -> None:
    data = b"abc"
    view = Uint8Array.from_bytes(data)
    other = Uint8Array.new(view.buffer, 1)
    copied = view.slice()
    view[1] = 66
    assert (view.to_bytes(), other.to_bytes(), copied.to_bytes(), data) == (b"aBc", b"Bc", b"abc", b"abc")


def test_views_begin_where_they_were_told() -> None:
    buffer = ArrayBuffer._make(b"abcdef")
    view = Uint8Array.new(buffer, 2, 3)
    assert (view.byteOffset, view.byteLength, view.length, view.to_bytes()) == (2, 3, 3, b"cde")
    assert view.subarray(1).byteOffset == 3
    assert isinstance(view, JsBuffer) and ArrayBuffer.isView(view) and not ArrayBuffer.isView(buffer)


def test_files_can_be_written_and_read() -> None:
    out = io.BytesIO()
    Uint8Array.from_bytes(b"abc").to_file(out)
    Uint8Array.from_bytes(b"def")._into_file(out)
    assert out.getvalue() == b"abcdef"
    target = Uint8Array.new(4)
    target.from_file(io.BytesIO(b"wxyz"))
    assert target.to_bytes() == b"wxyz"


def test_a_memoryview_is_a_copy() -> None:
    view = Uint8Array.from_bytes(b"abc")
    copied = view.to_memoryview()
    copied[0] = 0
    assert view.to_bytes() == b"abc" and not copied.readonly


def test_an_array_buffer_is_sliced_from_the_end_too() -> None:
    assert ArrayBuffer._make(b"abcdef").slice(-3, -1).to_bytes() == b"de"
    assert ArrayBuffer._make(b"abc").slice(2, 1).to_bytes() == b""


@pytest.mark.parametrize(
    "name", ["Int8", "Uint8", "Int16", "Uint16", "Int32", "Uint32", "BigInt64", "BigUint64"]
)
def test_a_data_view_reads_what_it_wrote(name: str) -> None:
    view = DataView.new(ArrayBuffer.new(16))
    for little in (False, True):
        getattr(view, f"set{name}")(3, 77, little)
        assert getattr(view, f"get{name}")(3, little) == 77


def test_a_data_view_stays_inside_its_window() -> None:
    view = DataView.new(ArrayBuffer.new(8), 4, 4)
    view.setUint8(0, 1)
    assert view.buffer.to_bytes() == b"\0\0\0\0\1\0\0\0"
    with pytest.raises(JsException, match="RangeError: Offset is outside the bounds of the DataView"):
        view.setUint32(1, 1)
    with pytest.raises(JsException, match="RangeError"):
        view.getUint8(-1)
    with pytest.raises(JsException, match="RangeError: Invalid DataView length 9"):
        DataView.new(ArrayBuffer.new(8), 0, 9)
