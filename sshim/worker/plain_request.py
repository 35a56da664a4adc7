"""The plain request: a whole head without a body, as nearly every client sends it.

It is recognised as a whole, by one strict pattern, and anything else is left to aiohttp's parser: a body, an
upgrade, `Expect`, a head in pieces, several requests at once, HTTP/1.0, a second Host, odd spaces. What is
taken here means the same to that parser; `tests/worker/test_plain_request.py` compares the two.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from aiohttp import HttpVersion11
from multidict import CIMultiDict

if TYPE_CHECKING:
    import asyncio

    from sshim.worker.connection import Connection
    from sshim.worker.message import WireRequest

LONGEST = 8 * 1024
"""Bytes of a head; aiohttp's own limits are larger, and it says how they are broken."""

_MOST = 50
"""Headers before the Host, and after it, for the same reason."""

# Headers that change how a message or a connection is read; of `Connection` what changes nothing is allowed.
_OTHERS = (
    rb"content-length|transfer-encoding|upgrade|expect|trailer|te|http2-settings|sec-websocket-[a-z]*"
    rb"|proxy-connection"
)
_FIELD = (
    rb"(?:(?!(?i:" + _OTHERS + rb"|host|connection(?!: keep-alive\r\n)):)"
    rb"[A-Za-z0-9-]+: (?:[!-~\x80-\xff][!-~\x80-\xff \t]*+(?<![ \t]))\r\n){0,%d}+" % _MOST
)
_HEAD = re.compile(
    rb"(GET|HEAD|OPTIONS|DELETE) (/[!\"$-~]*+) HTTP/1\.1\r\n"
    + (_FIELD + rb"(?i:host): ([A-Za-z0-9.:\[\]-]+)\r\n" + _FIELD + rb"\r\n")
)


class Head(NamedTuple):
    """Method, target and Host of a plain request."""

    method: str
    target: str
    host: str


def read_head(data: bytes) -> Head | None:
    """What `data` asks for, if it is one plain request and nothing more."""
    if len(data) > LONGEST or (found := _HEAD.fullmatch(data)) is None:
        return None
    method, target, host = found.groups()
    return Head(method.decode(), target.decode(), host.decode())


class PlainRequest:
    """A plain request on a connection; what is used of it is named as aiohttp names it."""

    __slots__ = ("_connection", "_data", "_headers", "host_header", "method", "raw_path")

    version = HttpVersion11

    def __init__(self, head: Head, data: bytes, connection: Connection) -> None:
        self.method, self.raw_path, self.host_header = head
        self._data = data
        self._connection = connection
        self._headers: CIMultiDict[str] | None = None

    @property
    def transport(self) -> asyncio.Transport:
        """The connection's."""
        return self._connection.transport

    @property
    def keep_alive(self) -> bool:
        """Whether the connection outlives the answer."""
        return not self._connection.listener.leaving

    @property
    def raw_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """Names and values as they were sent, in order."""
        lines = self._data[:-4].split(b"\r\n")[1:]
        return tuple((name, value) for name, _, value in (line.partition(b": ") for line in lines))

    @property
    def headers(self) -> CIMultiDict[str]:
        """The headers by name."""
        if self._headers is None:
            self._headers = CIMultiDict(
                (name.decode(), value.decode("utf-8", "surrogateescape")) for name, value in self.raw_headers
            )
        return self._headers

    @property
    def remote(self) -> str | None:
        """The client's address."""
        peer: Any = self.transport.get_extra_info("peername")
        return str(peer[0]) if isinstance(peer, tuple) else None

    async def on_wire(self) -> WireRequest:
        """The same request in aiohttp's hands, which can stream and upgrade. Raises ConnectionResetError when
        the client is gone."""
        return await self._connection.on_wire(self._data)
