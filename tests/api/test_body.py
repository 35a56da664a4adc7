"""JSON bodies: what is read, and what is refused before anything happens."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshim.api.body import parse_json
from sshim.errors import RequestRefused
from tests.api.conftest import Account, entry

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=20,
)


def refused(raw: bytes) -> bool:
    with pytest.raises(RequestRefused) as caught:
        parse_json(raw)
    return (caught.value.status, caught.value.number, caught.value.message) == (
        400,
        1001,
        "invalid_json_body",
    )


@given(VALUES)
def test_any_json_value_without_nul_is_read_as_it_was_written(value: object) -> None:
    text = json.dumps(value)
    if "\\u0000" in text:
        return
    assert parse_json(text.encode()) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary())
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        parse_json(raw)
    except RequestRefused as error:
        assert error.status == 400


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"{",
        b'{"name":"a","name":"b"}',
        b'[{"x":{"y":1,"y":2}}]',
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"[1e999]",
        b"[18446744073709551616]",
        b"[-9223372036854775809]",
        b"[" + b"9" * 5000 + b"]",
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'\xef\xbb\xbf{"a":1}',
        b'"\\ud800"',
        b'{"\\udfff":1}',
        b'["\\u0000"]',
        b'{"a":1}x',
        b"{'a':1}",
        b'"tab\there"',
        b"[1,]",
        b"[" * 33 + b"]" * 33,
        b"[" * 200_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'"' + b"\\" * 100_001,
    ],
    ids=lambda raw: repr(raw[:24]),
)
def test_what_is_no_strict_json_is_refused(raw: bytes) -> None:
    assert refused(raw)


def test_the_deepest_json_that_is_read_has_32_levels() -> None:
    assert parse_json(b"[" * 32 + b"]" * 32) is not None
    assert refused(b"[" * 33 + b"]" * 33)


def test_brackets_within_strings_do_not_count_as_levels() -> None:
    assert parse_json(b'["' + b"[{" * 100 + b'\\"[[[["]') == ["[{" * 100 + '"[[[[']


def test_surrogate_pairs_and_escaped_backslashes_are_text() -> None:
    assert parse_json(b'["\\ud83d\\ude00", "\\\\u0000"]') == ["\U0001f600", "\\u0000"]


def test_integers_of_64_bits_are_read() -> None:
    assert parse_json(b"[18446744073709551615, -9223372036854775808]") == [2**64 - 1, -(2**63)]


@pytest.mark.parametrize(
    "piece", [b"[", b'"', b"\\", b"[]," * 3, b'"\\', b"{", b'{"a":"b"},'], ids=lambda piece: piece.decode()
)
def test_a_hostile_body_of_the_largest_size_is_answered_soon(piece: bytes) -> None:
    raw = piece * (8 * 1024 * 1024 // len(piece))
    started = time.process_time()
    assert refused(raw)
    assert time.process_time() - started < 8.0


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain;charset=UTF-8", "text/plain", "Application/JSON"]
)
async def test_json_is_taken_under_its_own_type_and_as_text(
    account: Account, store: str, path: str, kind: str
) -> None:
    made = await account.call("POST", path, [entry()], headers=await account.headers(Content_Type=kind))
    assert made.status == 200


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/html", "*/*", ""]
)
async def test_json_under_another_type_is_refused(account: Account, path: str, kind: str) -> None:
    made = await account.call("POST", path, [entry()], headers=await account.headers(Content_Type=kind))
    assert made.error == (415, 1001, "invalid_json_body")
    assert (await account.snapshot())[1] == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[" * 200_000,
        b'[{"name":"a","name":"b","value":"v","scopes":["workers"]}]',
        b'[{"name":"a","value":"\xff","scopes":["workers"]}]',
        b'\xef\xbb\xbf[{"name":"a","value":"v","scopes":["workers"]}]',
        b'[{"name":"a","value":"\\ud800","scopes":["workers"]}]',
        b'[{"name":"a","value":"v","scopes":["workers"],"n":1e999}]',
    ],
    ids=lambda raw: repr(raw[:20]),
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_body_that_is_no_strict_json_is_refused(
    account: Account, path: str, raw: bytes, method: str
) -> None:
    assert (await account.call(method, path, raw=raw)).error == (400, 1001, "invalid_json_body")
    assert (await account.snapshot())[1] == []
