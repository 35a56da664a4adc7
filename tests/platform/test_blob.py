"""Blob and File."""

from typing import Any

import pytest

from sshim.platform.blob import Blob, File, decode, encode
from sshim.platform.exceptions import JsException
from sshim.platform.ffi import Array, Uint8Array


async def test_parts_of_every_kind_are_joined():
    parts = ["a", Uint8Array.from_bytes(b"b"), Blob.new(["c"]), 1, None]
    blob = Blob.new(Array._make(parts), type="Text/Plain;X=Y")
    assert (blob.size, blob.type) == (13, "text/plain;x=y")
    assert await blob.text() == "abc1undefined"
    assert (await blob.arrayBuffer()).to_bytes() == b"abc1undefined"
    assert (await blob.bytes()).constructor.name == "Uint8Array"
    assert [chunk.to_bytes() async for chunk in blob.stream()] == [b"abc1undefined"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((2,), "cdef"),
        ((-3, -1), "de"),
        ((4, 2), ""),
        ((0, 100), "abcdef"),
        ((1.7, 3.2), "bc"),
        ((None, 2), "ab"),
        ((float("nan"), float("inf")), "abcdef"),
    ],
)
async def test_slices_count_as_in_javascript(arguments: tuple[Any, ...], expected: str):
    assert await Blob.new(["abcdef"]).slice(*arguments).text() == expected


def test_types_are_lower_case_or_nothing():
    blob = Blob.new(["x"], {"type": "A/B"})
    assert blob.type == "a/b"
    assert blob.slice(0, 1).type == ""
    assert blob.slice(0, 1, "C/D").type == "c/d"
    assert Blob.new([], type="é").type == ""


def test_a_file_has_a_name_and_a_date():
    file = File.new(["x"], "n", type="t/x", lastModified=5)
    assert (file.name, file.type, file.lastModified, file.size) == ("n", "t/x", 5, 1)
    assert File.new([], "n").lastModified > 1_700_000_000_000
    assert str(file) == "[object File]"


@pytest.mark.parametrize("parts", ["abc", 5, b"abc"])
def test_parts_must_be_a_list(parts: Any):
    with pytest.raises(JsException, match="constructor parameter 1 is not of type 'Array'"):
        Blob.new(parts)


def test_text_survives_bad_bytes_and_lone_surrogates():
    assert decode(b"\xef\xbb\xbfa\xffb") == "a\ufffdb"
    assert encode("a\ud800b") == b"a\xef\xbf\xbdb"
    assert encode("\ud83d\ude00") == "😀".encode()
