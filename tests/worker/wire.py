"""Bytes over a bare connection: what no HTTP client would send."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from urllib.parse import urlsplit

PATIENCE = 30.0
"""Seconds that an answer may take before a test gives up."""


@dataclass
class Wire:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers of the next answer, names in lower case."""
        raw = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)
        status, *fields = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
        pairs = (field.partition(":") for field in fields)
        return int(status.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}

    async def answer(self) -> tuple[int, str]:
        """Status and text of the next answer, which tells its length."""
        status, headers = await self.head()
        return status, (await self.body(headers)).decode()

    async def body(self, headers: dict[str, str]) -> bytes:
        """What follows a head that tells its length."""
        length = int(headers.get("content-length", 0))
        return await asyncio.wait_for(self.reader.readexactly(length), PATIENCE)

    async def rest(self) -> bytes:
        """Everything until the other side closes; empty when it broke the connection off."""
        try:
            return await asyncio.wait_for(self.reader.read(-1), PATIENCE)
        except ConnectionError:
            return b""

    def abort(self) -> None:
        """Be gone at once."""
        self.writer.transport.abort()

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


async def connect(url: str) -> Wire:
    """A bare connection to the listener of this URL."""
    where = urlsplit(url)
    return Wire(*await asyncio.open_connection(where.hostname, where.port, limit=1 << 20))
