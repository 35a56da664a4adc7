"""Text and bytes, where they go beyond the frozen lines of Pyodide; texts of errors are workerd's."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshim.platform import text
from sshim.platform.exceptions import JsException
from sshim.platform.ffi import Uint8Array, plain_object

_settings = settings(max_examples=100)


@_settings
@given(st.binary(max_size=50))
def test_base64_comes_back(data: bytes) -> None:
    encoded = text.btoa(data.decode("latin-1"))
    assert encoded == base64.b64encode(data).decode()
    assert text.atob(encoded).encode("latin-1") == data
    assert text.atob(encoded.rstrip("=")).encode("latin-1") == data


def test_only_bytes_have_base64() -> None:
    with pytest.raises(
        JsException, match="InvalidCharacterError: btoa\\(\\) can only operate on characters in the Latin1"
    ):
        text.btoa("€")


@pytest.mark.parametrize("bad", ["a", "*", "ab=", "ab===", "a=bc", "====", "abcde", "é"])
def test_bad_base64_is_refused(bad: str) -> None:
    with pytest.raises(JsException, match=r"InvalidCharacterError: atob\(\) called with invalid base64"):
        text.atob(bad)


@_settings
@given(st.text(max_size=30))
def test_components_come_back(value: str) -> None:
    encoded = text.encodeURIComponent(value)
    assert encoded == quote(value, safe="!*'()-_.~")
    assert text.decodeURIComponent(encoded) == unquote(encoded) == value
    assert text.decodeURI(text.encodeURI(value)) == text.decodeURI(text.encodeURI(value))


def test_reserved_characters_keep_their_escapes_in_whole_uris() -> None:
    assert text.decodeURI("%3F%20%2f%C3%A9") == "%3F %2Fé"
    for bad in ("%", "%e9", "%C3%28", "%zz"):
        with pytest.raises(JsException, match="URIError: URI malformed"):
            text.decodeURIComponent(bad)


@_settings
@given(st.lists(st.binary(max_size=8), max_size=8))
def test_streamed_bytes_decode_as_a_whole_would(pieces: list[bytes]) -> None:
    decoder = text.TextDecoder.new()
    decoded = "".join(decoder.decode(Uint8Array.from_bytes(piece), stream=True) for piece in pieces)
    decoded += decoder.decode()
    whole = b"".join(pieces).decode("utf-8", "replace")
    assert decoded == whole.removeprefix("\ufeff")


def test_a_decoder_starts_afresh_after_its_last_piece() -> None:
    decoder = text.TextDecoder.new()
    for _ in range(2):
        assert decoder.decode(Uint8Array.from_bytes(b"\xef\xbb\xbfa")) == "a"


def test_a_fatal_decoder_recovers() -> None:
    decoder = text.TextDecoder.new("utf-8", plain_object({"fatal": True}))
    with pytest.raises(JsException, match="TypeError: Failed to decode input"):
        decoder.decode(Uint8Array.from_bytes(b"\xff"))
    assert decoder.decode(Uint8Array.from_bytes(b"ok")) == "ok"


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("UTF8", "utf-8"),
        (" latin1 ", "windows-1252"),
        ("ascii", "windows-1252"),
        ("utf-16", "utf-16le"),
        ("sjis", "shift_jis"),
        ("gb2312", "gbk"),
        ("koi8-r", "koi8-r"),
    ],
)
def test_labels_name_encodings(label: str, name: str) -> None:
    assert text.TextDecoder.new(label).encoding == name


@pytest.mark.parametrize("label", ["utf-7", "nope", ""])
def test_other_labels_are_refused(label: str) -> None:
    with pytest.raises(JsException, match=f'RangeError: "{label}" is not a valid encoding'):
        text.TextDecoder.new(label)


@pytest.mark.parametrize("value", ["text", 3, b"bytes"])
def test_only_buffers_are_decoded(value: Any) -> None:
    with pytest.raises(JsException, match="parameter 1 is not of type 'Array'"):
        text.TextDecoder.new().decode(value)


def test_encoding_into_a_buffer_writes_whole_characters() -> None:
    target = Uint8Array.new(4)
    outcome = text.TextEncoder.new().encodeInto("a\U0001f600b", target)
    assert (outcome.read, outcome.written, target.to_bytes()) == (1, 1, b"a\0\0\0")
    outcome = text.TextEncoder.new().encodeInto("\U0001f600b", target)
    assert (outcome.read, outcome.written) == (2, 4)
    with pytest.raises(JsException, match="parameter 2 is not of type 'Uint8Array'"):
        text.TextEncoder.new().encodeInto("a", None)


def test_surrogates_that_pair_are_joined() -> None:
    assert text.scalar_text("\ud83d\ude00") == "\U0001f600"
    assert text.scalar_text("a\ud83d") == "a\ufffd"


def test_options_may_come_alone() -> None:
    assert text.TextDecoder.new(fatal=True).fatal
    decoder = text.TextDecoder.new()
    assert decoder.decode(stream=True) == ""
