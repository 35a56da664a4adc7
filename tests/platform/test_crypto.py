"""js.crypto: random values and digests."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

import pytest

from sshim.platform.crypto import crypto
from sshim.platform.exceptions import JsException
from sshim.platform.ffi import Uint8Array, plain_object
from sshim.platform.typed_arrays import Float32Array

_DATA = b"some data"


@pytest.mark.parametrize("name", ["MD5", "SHA-1", "SHA-256", "SHA-384", "sha-512"])
async def test_digests(name: str) -> None:
    expected = hashlib.new(name.replace("-", "").lower(), _DATA).digest()
    for algorithm in (name, plain_object({"name": name})):
        made = await crypto.subtle.digest(algorithm, Uint8Array.from_bytes(_DATA))
        assert made.constructor.name == "ArrayBuffer" and made.to_bytes() == expected


async def test_a_digest_of_a_part_reads_only_the_part() -> None:
    part = Uint8Array.from_bytes(b"xx" + _DATA).subarray(2)
    assert (await crypto.subtle.digest("SHA-256", part)).to_bytes() == hashlib.sha256(_DATA).digest()


async def test_bad_digests_reject() -> None:
    with pytest.raises(JsException, match="NotSupportedError: Unrecognized or unimplemented digest"):
        await crypto.subtle.digest("CRC32", Uint8Array.new(1))
    with pytest.raises(JsException, match="parameter 2 is not of type 'Array'"):
        await crypto.subtle.digest("SHA-256", "text")


@pytest.mark.parametrize("method", ["sign", "verify", "encrypt", "importKey", "deriveBits"])
async def test_the_rest_says_what_to_use_instead(method: str) -> None:
    with pytest.raises(JsException, match="use Python's hmac or the package cryptography"):
        await getattr(crypto.subtle, method)("HMAC")


def test_comparing_in_constant_time() -> None:
    one: Any = Uint8Array.from_bytes(b"ab")
    assert crypto.subtle.timingSafeEqual(one, Uint8Array.from_bytes(b"ab"))
    assert not crypto.subtle.timingSafeEqual(one, Uint8Array.from_bytes(b"ac"))
    with pytest.raises(JsException, match="must have the same byte length"):
        crypto.subtle.timingSafeEqual(one, Uint8Array.new(3))
    with pytest.raises(JsException, match="not of type 'Array'"):
        crypto.subtle.timingSafeEqual(one, "ab")


def test_random_values_fill_the_array() -> None:
    array = Uint8Array.new(64)
    assert crypto.getRandomValues(array) is array
    assert array.to_bytes() != bytes(64)


def test_random_values_need_a_small_array_of_integers() -> None:
    with pytest.raises(JsException, match="TypeMismatchError"):
        crypto.getRandomValues(Float32Array.new(1))
    with pytest.raises(JsException, match="provided 65537 bytes"):
        crypto.getRandomValues(Uint8Array.new(65537))
    with pytest.raises(JsException, match="TypeError"):
        crypto.getRandomValues(3)


def test_uuids_are_of_version_4_and_differ() -> None:
    made = {crypto.randomUUID() for _ in range(10)}
    assert len(made) == 10 and {uuid.UUID(text).version for text in made} == {4}


def test_other_names_are_not_there() -> None:
    assert not hasattr(crypto.subtle, "nothing")
