"""A key does not come back, however the answer is cut, and nothing else waits."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshim.gateway.mask import Mask, Plain
from sshim.model import SecretValue
from sshim.redaction import forms_of

KEY = 'sk-abcabd"1234567890'
SECRET = SecretValue(KEY)
PIECES = [
    KEY, json.dumps(KEY)[1:-1], base64.b64encode(KEY.encode()).decode(), "sk-abcab", "data: ", "\n\n",
    "sk-", "abc",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.lists(st.integers(0, 40), max_size=40))
def test_no_form_of_the_key_survives_any_way_of_cutting(pieces: list[str], cuts: list[int]) -> None:
    data, mask, shown = "".join(pieces).encode(), Mask(SECRET), b""
    for cut in cuts:
        shown += mask.feed(data[:cut])
        data = data[cut:]
    shown += mask.feed(data) + mask.end()
    for form in forms_of(KEY):
        assert form.encode() not in shown


def test_nothing_waits_that_cannot_begin_the_key() -> None:
    mask = Mask(SECRET)
    for chunk in (b"data: one\n\n", b"data: [DONE]\n\n", b'{"a": 1}'):
        assert mask.feed(chunk) == chunk
    assert mask.feed(b"it is sk-") == b"it is "
    assert mask.feed(b"xyz") == b"sk-xyz"
    assert mask.feed(b"end s") == b"end " and mask.end() == b"s"


def test_without_a_key_all_passes() -> None:
    assert Mask(None).feed(KEY.encode()) == KEY.encode()
    assert Mask(SECRET).text(f"a {KEY}é") == "a ***é"


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_an_answer_that_was_compressed_all_the_same_is_read(pack: Callable[[bytes], bytes]) -> None:
    packed = pack(b"text" * 100)
    plain = Plain("gzip")
    assert plain.changes
    assert b"".join(plain.feed(packed[n : n + 7]) for n in range(0, len(packed), 7)) == b"text" * 100


def test_an_encoding_nobody_knows_is_told() -> None:
    assert not Plain("br").known
    assert Plain("identity").known and not Plain("identity").changes
