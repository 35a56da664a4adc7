"""A whole answer, written in one piece.

Nearly every answer of a Worker is a status, a few headers and bytes that are already there. aiohttp's own
Response spends more on such an answer than the handler does, and adds headers that production does not send;
this one puts the bytes together and hands them to the transport.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from email.utils import formatdate

from aiohttp import HttpVersion10, HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter

_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive"})
"""Headers that belong to the connection: the server sets them, not the Worker."""


class _Clock:
    """The Date header, made once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._text = ""

    def now(self) -> str:
        second = int(time.time())
        if second != self._second:
            self._second, self._text = second, formatdate(second, usegmt=True)
        return self._text


_clock = _Clock()


class WholeAnswer(web.StreamResponse):
    """The answer to `request` from status, reason, header pairs and body; `prepare` writes all of it.

    Raises ValueError for a header or reason that would split the answer.
    """

    def __init__(
        self,
        request: web.BaseRequest,
        status: int,
        reason: str,
        pairs: Iterable[tuple[str, str]],
        body: bytes,
    ) -> None:
        super().__init__(status=status, reason=reason)
        self._keep_alive = request.keep_alive
        self._bytes = b"" if request.method == "HEAD" or status in (204, 304) else body
        self._head = _head(request, status, reason, pairs, len(body))

    @property
    def body_length(self) -> int:
        return len(self._bytes)

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write the answer. Raises ConnectionResetError when the client is gone."""
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("Cannot write to closing transport")
        transport.write(self._head + self._bytes)
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""
        self._eof_sent = True


def _head(
    request: web.BaseRequest, status: int, reason: str, pairs: Iterable[tuple[str, str]], length: int
) -> bytes:
    lines = [f"HTTP/1.{request.version[1]} {status} {reason}"]
    dated = False
    for name, value in pairs:
        lowered = name.lower()
        if lowered in _FRAMING:
            continue
        dated = dated or lowered == "date"
        lines.append(f"{name}: {value}")
    if status not in (204, 304):
        lines.append(f"Content-Length: {length}")
    if not dated:
        lines.append(f"Date: {_clock.now()}")
    if not request.keep_alive:
        if request.version >= HttpVersion11:
            lines.append("Connection: close")
    elif request.version == HttpVersion10:
        lines.append("Connection: keep-alive")
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
        raise ValueError("a header of the response holds a line break")
    return f"{text}\r\n\r\n".encode("utf-8", "surrogateescape")
