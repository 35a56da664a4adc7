"""HTTP by hand: requests as bytes over a socket, for what no client library would send."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from tests.settling import PATIENCE


@dataclass(frozen=True)
class Raw:
    """One answer as it came over the wire; status 0 when the connection was closed without one."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, int, str]:
        """Status, code and message of a failure."""
        envelope = self.json
        assert envelope["success"] is False
        assert envelope["result"] is None
        assert envelope["messages"] == []
        (entry,) = envelope["errors"]
        return self.status, entry["code"], entry["message"]


def request(
    method: str, target: str, headers: dict[str, str] | list[tuple[str, str]], body: bytes = b""
) -> bytes:
    """The bytes of a request; nothing is added to the headers but Content-Length for a body."""
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
    if body and not any(name.lower() == "content-length" for name, _ in pairs):
        pairs.append(("Content-Length", str(len(body))))
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in pairs)
    return head.encode("latin-1") + b"\r\n" + body


async def send(port: int, data: bytes, *, host: str = "127.0.0.1", seconds: float = PATIENCE) -> Raw:
    """Send the bytes on a connection of its own and read one answer."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        async with asyncio.timeout(seconds):
            try:
                writer.write(data)
                await writer.drain()
                return await read_answer(reader, bodiless=data.startswith(b"HEAD "))
            except (ConnectionError, asyncio.IncompleteReadError):
                return Raw(0, {}, b"")
    finally:
        writer.close()


async def read_answer(reader: asyncio.StreamReader, *, bodiless: bool = False) -> Raw:
    """The next answer on a connection; `bodiless` after HEAD."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    status = int(lines[0].split()[1])
    headers = {
        k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:] if line)
    }
    length = int(headers.get("content-length", "0"))
    return Raw(status, headers, await reader.readexactly(length) if length and not bodiless else b"")
