"""A whole answer, written in one piece.

Nearly every answer of a Worker is a status, a few headers and bytes that are already there. aiohttp's own
Response spends more on such an answer than the handler does, and adds headers that production does not send;
this one puts the bytes together for the transport.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from email.utils import formatdate
from typing import NamedTuple

from aiohttp import HttpVersion, web
from aiohttp.abc import AbstractStreamWriter

from sshim.worker.plain_request import PlainRequest

_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive"})
"""Headers that belong to the connection: the server sets them, not the Worker."""

_BODILESS = (204, 304)


class _Clock:
    """The Date header, made once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._text = ""

    def line(self) -> str:
        """The whole line, with its end."""
        second = int(time.time())
        if second != self._second:
            self._second, self._text = second, f"Date: {formatdate(second, usegmt=True)}\r\n"
        return self._text


_clock = _Clock()


class Answer(NamedTuple):
    """A whole answer: `data` is all that goes over the wire. Without `keep_alive` the connection ends with
    it."""

    status: int
    reason: str
    data: bytes
    keep_alive: bool


def make_answer(
    request: PlainRequest | web.BaseRequest,
    status: int,
    reason: str,
    pairs: Iterable[tuple[str, str]],
    body: bytes,
) -> Answer:
    """The answer to `request` from status, reason, header pairs and body.

    Raises ValueError for a header or reason that would split the answer.
    """
    keep_alive = request.keep_alive
    data = _head(request.version, keep_alive, status, reason, pairs, len(body))
    if body and request.method != "HEAD" and status not in _BODILESS:
        data += body
    return Answer(status, reason, data, keep_alive)


class Written(web.StreamResponse):
    """An answer for a connection that is aiohttp's: `prepare` writes all of it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(status=answer.status, reason=answer.reason)
        self._keep_alive = answer.keep_alive
        self._data = answer.data

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write the answer. Raises ConnectionResetError when the client is gone."""
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("Cannot write to closing transport")
        transport.write(self._data)
        if transport.get_write_buffer_size():
            await request.writer.drain()  # a client that asks ahead and never reads must not fill the memory
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""
        self._eof_sent = True


def _head(
    version: HttpVersion,
    keep_alive: bool,
    status: int,
    reason: str,
    pairs: Iterable[tuple[str, str]],
    length: int,
) -> bytes:
    minor = version[1]
    head = f"HTTP/1.{minor} {status} {reason}\r\n"
    lines, dated = 1, False
    for name, value in pairs:
        lowered = name.lower()
        if lowered in _FRAMING:
            continue
        if lowered == "date":
            dated = True
        head += f"{name}: {value}\r\n"
        lines += 1
    if head.count("\n") != lines or head.count("\r") != lines:
        raise ValueError("a header of the response holds a line break")
    if status not in _BODILESS:
        head += f"Content-Length: {length}\r\n"
    if not dated:
        head += _clock.line()
    if not keep_alive and minor:
        head += "Connection: close\r\n"
    elif keep_alive and not minor:
        head += "Connection: keep-alive\r\n"
    return f"{head}\r\n".encode("utf-8", "surrogateescape")
