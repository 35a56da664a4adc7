"""`workers.FormData`, `workers.Blob` and `workers.File`."""

import js
import pytest
from workers import Blob, BlobEnding, File, FormData, Response


def test_a_form_is_a_mapping_of_first_values():
    form = FormData({"a": "1"})
    form.append("a", "2")
    form["b"] = "3"
    assert (form["a"], form.get_all("a"), "b" in form, "c" in form) == ("1", ["1", "2"], True, False)
    assert not form["missing"]
    assert list(form) == list(form.keys()) == ["a", "a", "b"]
    assert list(form.values()) == ["1", "2", "3"]
    assert list(form.items()) == [("a", "1"), ("a", "2"), ("b", "3")]
    del form["a"]
    form.delete("zz")
    assert list(form) == ["b"]
    with pytest.raises(TypeError, match="Expected single item"):
        form["b"] = ["x"]
    with pytest.raises(TypeError, match="Expected form_data to be a dict"):
        FormData([("a", "b")])
    assert FormData(js.FormData.new()).js_object.constructor.name == "FormData"


async def test_files_in_a_form():
    form = FormData()
    form.append("f", Blob("abc", content_type="a/b"), "n.txt")
    form.append("g", File("x", "own.txt"))
    file = form["f"]
    assert isinstance(file, File)
    assert (file.name, file.content_type, file.size, await file.text()) == ("n.txt", "a/b", 3, "abc")
    assert form["g"].name == "own.txt"
    back = await Response(form).form_data()
    assert (back["f"].name, await back["f"].bytes()) == ("n.txt", b"abc")


async def test_blobs_of_every_part():
    blob = Blob(["a", b"b", memoryview(b"c"), Blob("d"), js.Blob.new(["e"]), bytearray(b"f")])
    assert (await blob.text(), blob.size, blob.content_type) == ("abcdef", 6, "")
    assert await blob.slice(1, 3).text() == "bc"
    assert await blob.slice(-2).bytes() == b"ef"
    assert Blob(Blob("x", content_type="t/x")).content_type == "t/x"
    assert Blob("x", endings=BlobEnding.NATIVE).size == 1
    with pytest.raises(TypeError, match="Don't know how to handle"):
        Blob([5])


async def test_files_inherit_and_have_dates():
    file = File("abc", "n", content_type="a/b", last_modified=5)
    assert (file.name, file.last_modified, file.content_type, await file.text()) == ("n", 5, "a/b", "abc")
    copy = File(file, "m")
    assert (copy.name, copy.last_modified, copy.content_type) == ("m", 5, "a/b")
    assert File("x", "n").last_modified > 1_700_000_000_000
