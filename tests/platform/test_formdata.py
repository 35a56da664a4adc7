"""FormData and its two encodings."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshim.platform.blob import Blob, File
from sshim.platform.exceptions import JsException
from sshim.platform.formdata import FormData, parse


def fields(form: Any) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in form]


def test_fields_keep_their_order_and_names_may_repeat():
    form = FormData.new()
    for name, value in (("a", "1"), ("b", 2), ("a", True)):
        form.append(name, value)
    assert fields(form) == [("a", "1"), ("b", "2"), ("a", "true")]
    assert list(form.getAll("a")) == ["1", "true"]
    assert form.get("a") == "1"
    assert not form.get("zz")
    form.set("a", "9")
    form.set("z", "q")
    form.delete("b")
    assert fields(form) == [("a", "9"), ("z", "q")]
    assert (form.has("a"), form.has("b")) == (True, False)
    assert list(form.keys()) == ["a", "z"]
    assert list(form.values()) == ["9", "q"]
    assert [list(pair) for pair in form.entries()] == [["a", "9"], ["z", "q"]]
    seen: list[str] = []
    form.forEach(lambda value, name, whole: seen.append(name + value))
    assert seen == ["a9", "zq"]


def test_blobs_become_files():
    form = FormData.new()
    form.append("a", Blob.new(["x"], type="t/x"), None)
    form.append("b", File.new(["x"], "n"))
    form.append("c", File.new(["x"], "n", lastModified=3), "m")
    shown = [(name, value.name, value.type, value.constructor.name) for name, value in form]
    assert shown == [("a", "a", "t/x", "File"), ("b", "n", "", "File"), ("c", "m", "", "File")]
    assert form.get("c").lastModified == 3


def test_a_value_is_required():
    with pytest.raises(JsException, match="Failed to execute 'append' on 'FormData'"):
        FormData.new().append("a")


async def test_what_is_encoded_is_parsed_again():
    form = FormData.new()
    form.append("text", "é\r\nü")
    form.append("file", File.new(["\x00\xff"], "né.bin", type="a/b"))
    body, content_type = form._encode()
    back = parse(body, content_type)
    assert back.get("text") == "é\r\nü"
    file = back.get("file")
    assert (file.name, file.type, await file.text()) == ("né.bin", "a/b", "\x00\xff")


def test_urlencoded_forms():
    body = b"a=1&a=2&b&=c&%zz=%41&x=%ff&&c=%20d+e"
    assert fields(parse(body, "Application/X-WWW-Form-Urlencoded; charset=UTF-8")) == [
        ("a", "1"),
        ("a", "2"),
        ("b", ""),
        ("", "c"),
        ("%zz", "A"),
        ("x", "\ufffd"),
        ("c", " d e"),
    ]


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        (None, "Parsing a Body as FormData requires a Content-Type header."),
        ("text/plain", "Unrecognized Content-Type header value. FormData can only parse the following MIME"),
        ("multipart/form-data", "No boundary string in Content-Type header."),
        ("multipart/form-data; boundary=zz", "No initial boundary string"),
        ("application/x-www-form-urlencoded;charset=x", "Non-utf-8 application/x-www-form-urlencoded body."),
    ],
)
def test_refusals_are_type_errors_in_production_s_words(content_type: Any, text: str):
    with pytest.raises(JsException) as caught:
        parse(b"x", content_type)
    assert caught.value.name == "TypeError"
    assert text in caught.value.message


def test_a_form_of_endless_fields_is_refused():
    with pytest.raises(JsException, match="TypeError: FormData has too many parts"):
        parse(b"&" * 10_000, "application/x-www-form-urlencoded")


@given(
    st.binary(max_size=200),
    st.sampled_from(["multipart/form-data; boundary=B", "application/x-www-form-urlencoded"])
    | st.text(max_size=40),
)
def test_arbitrary_bytes_give_a_form_or_a_javascript_error(body: bytes, content_type: str):
    try:
        assert isinstance(parse(body, content_type), FormData)
    except JsException as error:
        assert error.name == "TypeError"
