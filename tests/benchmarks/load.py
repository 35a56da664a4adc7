"""A small HTTP load: keep-alive connections that each ask again as soon as they are answered."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass


@dataclass
class Answered:
    """Requests answered with 200 in `seconds`; anything else raises."""

    requests: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


class _Client(asyncio.Protocol):
    """One connection. Answers are of one length, learned from the first."""

    def __init__(self, request: bytes, until: float) -> None:
        self._request = request
        self._until = until
        self._buffer = b""
        self.answered = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self._fail(head)
            return
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        self.answered += 1
        if time.perf_counter() < self._until:
            self._transport.write(self._request)
        else:
            self._transport.close()
            if not self.done.done():
                self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(b"connection lost")

    def _fail(self, what: bytes) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError(what.decode("latin-1")))


def http_load(port: int, *, seconds: float, connections: int = 16, path: str = "/") -> Answered:
    """Ask `127.0.0.1:port` from `connections` connections for `seconds`."""

    async def drive() -> Answered:
        loop = asyncio.get_running_loop()
        request = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode()
        started = time.perf_counter()
        until = started + seconds
        clients = []
        for _ in range(connections):
            _, client = await loop.create_connection(lambda: _Client(request, until), "127.0.0.1", port)
            clients.append(client)
        await asyncio.gather(*(client.done for client in clients))
        return Answered(sum(client.answered for client in clients), time.perf_counter() - started)

    return asyncio.run(drive())
