"""Compressing an answer for a client that asks for it, by the rules of wrangler's local server.

The client's Accept-Encoding decides, gzip or br by its weights; only types that production compresses are
compressed, and only bodies of a length that production bothers with. Brotli needs its library.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Literal

from sshim.platform.transport import brotli

Coding = Literal["gzip", "br"]
Pairs = Sequence[tuple[str, str]]

SHORTEST = 48
"""Bytes below which a body goes as it is; production's threshold."""

_LEVEL = 4
_QUALITY = 4

# Source of the list: the documentation of content compression at the edge.
_BY_KIND = {
    "application": "eot font font-sfnt font-woff geo+json graphql+json javascript javascript-binast json "
    "ld+json manifest+json opentype otf rss+xml truetype ttf vnd.api+json vnd.ms-fontobject wasm x-httpd-cgi "
    "x-javascript x-opentype x-otf x-perl x-protobuf x-ttf xhtml+xml xml",
    "font": "otf ttf x-woff",
    "image": "svg+xml vnd.microsoft.icon x-icon",
    "multipart": "bag mixed",
    "text": "css html javascript js plain richtext x-component x-java-source x-markdown x-script xml",
}
_TYPES = frozenset(f"{kind}/{name}" for kind, names in _BY_KIND.items() for name in names.split())
_ELEMENT = re.compile(r"([a-z]+|\*)(?:\s*;\s*q=(\d+(?:\.\d+)?))?")


class NotAcceptable(Exception):
    """The client rules out the body as it is, and accepts no coding that is to be had here."""


def choose(accept: str | None, status: int, pairs: Pairs, js_response: Any = None) -> Coding | None:
    """The coding for an answer with these headers; None to send it as it is. Raises `NotAcceptable`.

    A `js_response` that names a coding, left to the server to apply, is compressed whatever its type.
    """
    if not accept or status in (204, 206, 304):
        return None
    content_type = ""
    for name, value in pairs:
        lowered = name.lower()
        if lowered == "content-encoding" or (lowered == "cache-control" and "no-transform" in value.lower()):
            return None
        if lowered == "content-type":
            content_type = value
    known = not content_type or content_type.partition(";")[0].strip().lower() in _TYPES
    if not known and (js_response is None or not js_response.headers.has("content-encoding")):
        return None
    found = _preferred(accept) if len(accept) < 200 else None
    if found == "none":
        raise NotAcceptable
    return found


@lru_cache(maxsize=64)
def _preferred(accept: str) -> Coding | Literal["none"] | None:
    """The first by weight that can be given; "none" where only an impossible one would do."""
    wanted = []
    for element in accept.split(","):
        if found := _ELEMENT.fullmatch(element.strip()):
            wanted.append((float(found[2]) if found[2] else 1.0, found[1]))
    identity = True
    for weight, coding in sorted(wanted, key=lambda pair: -pair[0]):
        if weight == 0:
            identity = identity and coding not in ("identity", "*")
        elif coding == "gzip" or (coding == "br" and brotli() is not None):
            return "gzip" if coding == "gzip" else "br"
        elif coding == "identity":
            return None
    return None if identity else "none"


def encode(coding: Coding, body: bytes) -> bytes:
    """A whole body compressed."""
    if coding == "br":
        compressed: bytes = brotli().compress(body, quality=_QUALITY)
        return compressed
    return zlib.compress(body, _LEVEL, 16 + zlib.MAX_WBITS)


class Encoder:
    """A stream compressed chunk by chunk: what has been written can be read at once."""

    def __init__(self, coding: Coding) -> None:
        self.write: Callable[[bytes], bytes]
        self.end: Callable[[], bytes]
        if coding == "br":
            state = brotli().Compressor(quality=_QUALITY)
            self.write = lambda chunk: state.process(chunk) + state.flush()
            self.end = state.finish
        else:
            packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
            self.write = lambda chunk: packer.compress(chunk) + packer.flush(zlib.Z_SYNC_FLUSH)
            self.end = packer.flush
