"""Taking a key out of what a provider answers, chunk by chunk and without holding chunks back.

Only the last bytes of a chunk that a form of the key could begin with wait for the next one.
"""

from __future__ import annotations

import zlib

from sshim.model import SecretValue
from sshim.redaction import MASK, forms_of


class Mask:
    """Replaces every form of one value in a stream of bytes."""

    def __init__(self, secret: SecretValue | None) -> None:
        forms = forms_of(secret.reveal()) if secret is not None else set()
        # the longest first: a shorter one may be a part of it
        self._forms = [form.encode() for form in sorted(forms, key=lambda each: (-len(each), each))]
        self._most = max(map(len, self._forms), default=1) - 1
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        """The chunk without the value, as far as it can be told."""
        if not self._forms:
            return chunk
        data = self._replaced(self._held + chunk)
        keep = self._could_begin(data)
        self._held = data[len(data) - keep :]
        return data[: len(data) - keep]

    def end(self) -> bytes:
        """What was still held at the end of the stream."""
        held, self._held = self._held, b""
        return held

    def text(self, text: str) -> str:
        """A whole text without the value, such as a header's."""
        return self._replaced(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")

    def _replaced(self, data: bytes) -> bytes:
        for form in self._forms:
            if form in data:
                data = data.replace(form, MASK.encode())
        return data

    def _could_begin(self, data: bytes) -> int:
        """How many of the last bytes may be the beginning of a form."""
        tail = data[-self._most :] if self._most else b""
        longest = 0
        for form in self._forms:
            at = tail.find(form[:1])
            while at != -1:
                if form.startswith(tail[at:]):
                    longest = max(longest, len(tail) - at)
                    break
                at = tail.find(form[:1], at + 1)
        return longest


class Plain:
    """Decodes a body that was compressed against our asking, so that it can be searched."""

    def __init__(self, encoding: str) -> None:
        encoding = encoding.strip().lower()
        self.known = encoding in ("", "identity", "gzip", "x-gzip", "deflate")
        self.changes = self.known and encoding not in ("", "identity")
        self._decoder = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32) if self.changes else None

    def feed(self, chunk: bytes) -> bytes:
        """Raises zlib.error for what is not so encoded."""
        return chunk if self._decoder is None else self._decoder.decompress(chunk)
