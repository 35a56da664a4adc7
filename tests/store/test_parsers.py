"""Whatever stands where the store reads, it is understood or called damage: nothing else, and at once."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sshim.errors import Corrupt, SshimError, TooNew
from sshim.store import keys
from sshim.store.anchor import _line, _read
from sshim.store.audit import read_record
from sshim.store.crypto import lp, sha256
from sshim.store.format import Header, canonical, decode_header, encode_header, pad, unpad
from sshim.store.keyfile import decode_key, encode_key
from sshim.store.keys import Root, new_header, open_slot

HERE = "here"
KEY = Root("keyfile", bytes(range(32)), "a test")
WORDS = Root("passphrase", b"four words or more", "a test")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
    | st.sampled_from(["ab" * 16, "zz" * 16, "argon2id", "hkdf-sha256", "passphrase", "keyfile", 2**70]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def header_row(body: str, number: int = 1) -> tuple[int, int, str, bytes]:
    return (1, number, body, sha256(lp("sshim/header", number, body)))


def whole() -> dict[str, Any]:
    header, _ = new_header(KEY, label="first", now=0)
    found: dict[str, Any] = json.loads(encode_header(header)[2])
    return found


@settings(max_examples=100)
@given(st.text(max_size=200) | JSON.map(canonical))
@example("[" * 100_000)
@example("9" * 5000)
def test_a_header_of_any_text(body: str) -> None:
    with pytest.raises(Corrupt):
        decode_header(HERE, header_row(body))


@settings(max_examples=200)
@given(st.data())
def test_a_header_with_any_part_changed_is_read_as_one_or_is_damage(data: st.DataObject) -> None:
    plain = whole()
    inside = data.draw(st.sampled_from([plain, plain["slots"][0], plain["slots"][0]["parameters"]]))
    inside[data.draw(st.sampled_from(sorted(inside)))] = data.draw(JSON)
    try:
        found = decode_header(HERE, header_row(canonical(plain)))
    except Corrupt:
        return
    assert isinstance(found, Header) and len(found.vault_id) == 32
    for slot in found.slots:
        for root in (KEY, WORDS):
            try:
                open_slot(HERE, found, slot, root)
            except SshimError as error:
                assert isinstance(error, Corrupt)


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 1e400, "9" * 5000])
@pytest.mark.parametrize("name", ["created", "term"])
def test_a_header_with_a_number_that_is_none(name: str, number: float) -> None:
    plain = whole()
    plain[name] = number
    plain["slots"][0]["created"] = number
    with pytest.raises(Corrupt):
        decode_header(HERE, header_row(canonical(plain)))


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_format_of_any_number(number: int) -> None:
    body = canonical(whole())
    if number == 1:
        decode_header(HERE, header_row(body, number))
        return
    with pytest.raises(TooNew if number > 1 else Corrupt):
        decode_header(HERE, header_row(body, number))


@pytest.mark.parametrize("name", ["memory_kib", "passes", "lanes"])
@pytest.mark.parametrize("value", [-1, 0, 2**31, 2**63, 1.5, True, None, "3", [], {}])
def test_a_passphrase_slot_whose_cost_is_out_of_bounds_is_never_computed(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "ARGON2", {"memory_kib": 19_456, "passes": 2, "lanes": 1})
    header, _ = new_header(WORDS, label="", now=0)
    slot = header.slots[0]._replace(parameters={**header.slots[0].parameters, name: value})
    with pytest.raises(Corrupt, match="out of bounds"):
        open_slot(HERE, header, slot, WORDS)


@settings(max_examples=100)
@given(st.binary(max_size=120))
@example(encode_key(bytes(32))[:-1])
@example(encode_key(bytes(32)) + b"\n")
@example(encode_key(bytes(32)).replace(b":A", b":B"))
def test_a_key_file_of_any_bytes(content: bytes) -> None:
    with pytest.raises(Corrupt, match="is damaged"):
        decode_key(HERE, Path("a.key"), content)


@given(st.binary(min_size=32, max_size=32))
def test_a_key_file_comes_back(key: bytes) -> None:
    assert decode_key(HERE, Path("a.key"), encode_key(key)) == key


@settings(max_examples=100)
@given(st.binary(max_size=512) | JSON.map(lambda value: canonical(value).encode()))
@example(b"[" * 512)
def test_an_anchor_of_any_bytes(sector: bytes) -> None:
    assert _read(sector) is None


@given(st.integers(0, 2**63), st.binary(min_size=32, max_size=32), st.data())
def test_an_anchor_comes_back_and_with_a_byte_changed_does_not(
    generation: int, mac: bytes, data: st.DataObject
) -> None:
    line = _line(generation, mac)
    assert _read(line.ljust(512)) == (generation, mac)
    at = data.draw(st.integers(0, len(line) - 2))
    changed = bytearray(line)
    changed[at] ^= data.draw(st.integers(1, 255))
    assert _read(bytes(changed)) is None


@settings(max_examples=100)
@given(JSON.map(canonical) | st.text(max_size=100))
@example("[" * 100_000)
def test_an_audit_record_of_any_text(record: str) -> None:
    with pytest.raises(Corrupt, match="audit record 7"):
        read_record(HERE, (7, 1, record, bytes(32)))


@given(st.data())
def test_an_audit_record_with_any_part_changed_is_read_as_one_or_is_damage(data: st.DataObject) -> None:
    plain = {
        "seq": 7, "when": 0, "action": "create", "result": True, "actor": {"role": "admin"},
        "resource": ["secret", "x"], "metadata": {},
    }  # fmt: skip
    plain[data.draw(st.sampled_from(sorted(plain)))] = data.draw(JSON)
    with contextlib.suppress(Corrupt):
        assert read_record(HERE, (7, 1, canonical(plain), bytes(32))).seq == 7


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=3000))
def test_a_padded_value_comes_back_and_hides_its_length(text: str) -> None:
    padded = pad(text)
    assert unpad(padded) == text
    assert len(padded) % (64 if len(padded) <= 1024 else 1024) == 0


@given(st.binary(max_size=200))
@example(b"\xff\xff\xff\xff")
@example(b"\0\0\0\1\xff")
def test_any_bytes_are_unpadded_to_text_or_to_nothing(padded: bytes) -> None:
    assert isinstance(unpad(padded), str | None)
