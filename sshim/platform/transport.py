"""The wire below `fetch`: one HTTP exchange at a time, over aiohttp, which is imported at the first one.

Nothing is added to what the Worker sends: no User-Agent, no cookies, no proxy from the environment.
"""

from __future__ import annotations

import asyncio
import importlib
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

CHUNK = 64 * 1024
CONNECT_SECONDS = 30.0
# Fields of one connection: the client writes its own.
_CONNECTION_FIELDS = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_AUTOMATIC = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class NetworkError(Exception):
    """The exchange did not come about, or broke off; the text says how, for the log."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One HTTP request. `length` is the size of an asynchronous body where it is known."""

    method: str
    url: str
    headers: list[tuple[str, str]]
    body: bytes | AsyncIterator[bytes] | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer's head, and its body as it comes; `close` gives the rest up. Chunks raise NetworkError."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    chunks: AsyncIterator[bytes]
    close: Callable[[], object]


class Transport(Protocol):
    """What carries out one exchange, without following redirects. Raises NetworkError."""

    async def send(self, outgoing: Outgoing) -> Reply:
        """Sends a request and returns when the answer's head is there."""
        ...

    async def close(self) -> None:
        """Closes all connections."""
        ...


class HttpTransport:
    """A Transport over aiohttp; a session is made at the first use, and anew for another event loop."""

    __slots__ = ("_loop", "_session")

    def __init__(self) -> None:
        self._session: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, outgoing: Outgoing) -> Reply:
        """Sends over a connection that is kept for the next request."""
        import aiohttp
        from yarl import URL

        session = await self._ready()
        headers = [_field(*pair) for pair in outgoing.headers if pair[0].lower() not in _CONNECTION_FIELDS]
        body: Any = outgoing.body
        if body is None and outgoing.method not in ("GET", "HEAD"):
            body = b""
        upload = None
        if body is not None and not isinstance(body, bytes):
            upload = body = _Upload(body)
            if outgoing.length is not None:
                headers.append(("Content-Length", str(outgoing.length)))
        try:
            response = await session.request(
                outgoing.method,
                URL(outgoing.url, encoded=True).with_user(None),
                headers=headers,
                data=body,
                allow_redirects=False,
                skip_auto_headers=_AUTOMATIC,
            )
        except (aiohttp.ClientError, OSError, ValueError) as reason:
            if upload is not None and upload.failure is not None:
                raise upload.failure from None
            raise NetworkError(str(reason) or type(reason).__name__) from reason

        fields = [(k.decode("latin-1"), v.decode("utf-8", "replace")) for k, v in response.raw_headers]
        return Reply(response.status, response.reason or "", fields, _chunks(response), response.close)

    async def close(self) -> None:
        """Closes the session, if there is one."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _ready(self) -> Any:
        import aiohttp

        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop:
            self._loop = loop
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                read_bufsize=CHUNK,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            )
        return self._session


class _Upload:
    """A body under way. Remembers what its source raised, which aiohttp would turn into its own error."""

    __slots__ = ("_source", "failure")

    def __init__(self, source: AsyncIterator[bytes]) -> None:
        self._source = source
        self.failure: Exception | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._source:
                yield chunk
        except Exception as reason:
            self.failure = reason
            raise


async def _chunks(response: Any) -> AsyncIterator[bytes]:
    import aiohttp

    decode = decoder(response.headers.get("Content-Encoding", ""))
    try:
        async for chunk in response.content.iter_any():
            for data in (chunk,) if decode is None else decode(chunk):
                if data:
                    yield data
    except (aiohttp.ClientError, OSError, zlib.error, ValueError) as reason:
        raise NetworkError(str(reason) or type(reason).__name__) from reason
    finally:
        response.release()


def decoder(encoding: str) -> Callable[[bytes], Iterable[bytes]] | None:
    """What undoes a content encoding, chunk by chunk; None for those that pass as they are.

    Brotli needs its library; without it such a body is a NetworkError, rather than noise.
    """
    kind = encoding.strip().lower()
    if kind == "gzip":
        return _gunzip()
    if kind != "br":
        return None
    library = brotli()
    if library is None:
        raise NetworkError("the answer is compressed with Brotli, and no Brotli library is installed")
    process = library.Decompressor().process
    return lambda chunk: (process(chunk),)


def _gunzip() -> Callable[[bytes], Iterable[bytes]]:
    """Unpacks in bounded pieces, so a small chunk cannot become a large one; members may follow."""
    state = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def unpack(chunk: bytes) -> Iterator[bytes]:
        nonlocal state
        while chunk:
            yield state.decompress(chunk, CHUNK)
            chunk = state.unconsumed_tail
            if state.eof:
                chunk = state.unused_data
                state = zlib.decompressobj(16 + zlib.MAX_WBITS)

    return unpack


def brotli() -> Any:
    """The Brotli library, or None where it is not installed."""
    for name in ("brotli", "brotlicffi"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


def _field(name: str, value: str) -> tuple[str, str]:
    """A field to send: Brotli is not asked for where nothing could unpack it."""
    if name.lower() != "accept-encoding" or brotli() is not None:
        return name, value
    kinds = (kind.strip() for kind in value.split(","))
    return name, ", ".join(kind for kind in kinds if kind.partition(";")[0] != "br") or "identity"
