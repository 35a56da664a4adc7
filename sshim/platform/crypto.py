"""`js.crypto`: random values, and the digests of SubtleCrypto."""

from __future__ import annotations

import os
from typing import Any

from sshim.platform.buffers import ArrayBuffer, ByteSource, View
from sshim.platform.exceptions import js_error
from sshim.platform.options import read_options, unwrap
from sshim.platform.primitives import js_string
from sshim.platform.promise import Promise, rejected, resolved
from sshim.platform.proxy import JsObject
from sshim.platform.typed_arrays import TypedArray

_DIGESTS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_LATER = frozenset(
    [
        "encrypt",
        "decrypt",
        "sign",
        "verify",
        "generateKey",
        "deriveKey",
        "deriveBits",
        "importKey",
        "exportKey",
        "wrapKey",
        "unwrapKey",
    ]
)


class SubtleCrypto(JsObject):
    """The part of SubtleCrypto that needs no keys; the rest fails with what to use instead."""

    js_name = "SubtleCrypto"
    __slots__ = ()

    def digest(self, algorithm: Any = None, data: Any = None) -> Promise:
        """A promise of the digest as an ArrayBuffer; `algorithm` is a name or `{name}`."""
        name = algorithm if isinstance(algorithm, str) else read_options(unwrap(algorithm)).get("name")
        function = _DIGESTS.get(js_string(name).upper())
        data = unwrap(data)
        if not isinstance(data, ByteSource):
            message = "parameter 2 is not of type 'Array'."
            return rejected(js_error("TypeError", f"Failed to execute 'digest' on 'SubtleCrypto': {message}"))
        if function is None:
            message = "Unrecognized or unimplemented digest algorithm requested."
            return rejected(js_error("NotSupportedError", message))
        import hashlib

        computed = hashlib.new(function, data._read(), usedforsecurity=False)
        return resolved(ArrayBuffer._make(computed.digest()))

    def timingSafeEqual(self, left: Any = None, right: Any = None) -> bool:
        """Whether two buffers of one size are equal, in time that does not depend on their content."""
        one, other = unwrap(left), unwrap(right)
        if not isinstance(one, ByteSource) or not isinstance(other, ByteSource):
            message = "parameter 1 is not of type 'Array'."
            raise js_error("TypeError", f"Failed to execute 'timingSafeEqual' on 'SubtleCrypto': {message}")
        import hmac

        first, second = bytes(one._read()), bytes(other._read())
        if len(first) != len(second):
            raise js_error("TypeError", "Input buffers must have the same byte length.")
        return hmac.compare_digest(first, second)

    def __getattr__(self, name: str) -> Any:
        if name in _LATER:
            message = f"crypto.subtle.{name} is not in sshim: use Python's hmac or the package cryptography"
            return lambda *args, **options: rejected(js_error("NotSupportedError", message))
        return super().__getattr__(name)


class Crypto(JsObject):
    """The object `js.crypto`."""

    js_name = "Crypto"
    __slots__ = ("subtle",)

    def __init__(self) -> None:
        self.subtle = SubtleCrypto._make()

    def randomUUID(self) -> str:
        """A random UUID of version 4."""
        import uuid

        return str(uuid.uuid4())

    def getRandomValues(self, target: Any = None) -> Any:
        """Fill an integer typed array of up to 64 KiB with random bytes; returns it."""
        view = unwrap(target)
        if not isinstance(view, View):
            message = "parameter 1 is not of type 'JsArrayBufferView'."
            raise js_error("TypeError", f"Failed to execute 'getRandomValues' on 'Crypto': {message}")
        if not isinstance(view, TypedArray) or view._code in "efd":
            message = "ArrayBufferView argument to getRandomValues() must be an integer-typed view."
            raise js_error("TypeMismatchError", message)
        if view.byteLength > 65536:
            message = f"only accepts buffers of size <= 64K but provided {view.byteLength} bytes."
            raise js_error("QuotaExceededError", f"getRandomValues() {message}")
        view._write()[:] = os.urandom(view.byteLength)
        return target


crypto = Crypto._make()
