"""The way out: one pool of connections that goes only where a provider's root says.

Names are resolved here, and only addresses that were looked at are connected to, so a name that changes what
it stands for leads nowhere else. Nothing follows redirects, uses a proxy of the environ or keeps cookies.
"""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import AsyncIterator
from ipaddress import ip_address
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from multidict import CIMultiDict
from yarl import URL

CONNECT_SECONDS = 10.0


class PublicResolver(AbstractResolver):
    """Gives only public addresses, but any for the host names in `given`, which the user chose."""

    def __init__(self, given: frozenset[str], inner: AbstractResolver | None = None) -> None:
        self._given = given
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses that may be connected to. Raises OSError when there are none."""
        if self._inner is None:
            self._inner = ThreadedResolver()
        found = await self._inner.resolve(host, port, family)
        if host in self._given:
            return found
        public = [each for each in found if is_public(each["host"])]
        if not public:
            raise OSError(None, f"{host} has no public address")
        return public

    async def close(self) -> None:
        """Ends the inner resolver."""
        if self._inner is not None:
            await self._inner.close()


def is_public(address: str) -> bool:
    """Whether the address is one of the public internet: not of this machine, its networks or its cloud."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inside = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None) or found
    return inside.is_global and not inside.is_multicast and found.is_global


class Network:
    """Sends requests upstream. `given` are the host names of roots that the user gave."""

    def __init__(
        self, given: frozenset[str] = frozenset(), *, resolver: AbstractResolver | None = None
    ) -> None:
        self._resolver = PublicResolver(given, resolver)
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        method: str,
        url: str,
        headers: CIMultiDict[str],
        body: bytes | AsyncIterator[bytes] | None,
        *,
        seconds: float | None = None,
    ) -> aiohttp.ClientResponse:
        """The answer, its head read and its body not. `seconds` is how long the head may take. Raises
        `aiohttp.ClientError`, OSError, TimeoutError."""
        session = self._session or self._open()
        data = io.BytesIO(body) if isinstance(body, bytes) else body  # written in pieces, however long
        async with asyncio.timeout(seconds):
            return await session.request(
                method, URL(url, encoded=True), headers=headers, data=data, allow_redirects=False
            )

    async def close(self) -> None:
        """Closes all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None
        await self._resolver.close()

    def _open(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=self._resolver, limit=0, use_dns_cache=False, force_close=False
        )
        options: dict[str, Any] = {
            "timeout": aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            "skip_auto_headers": ("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        }
        self._session = aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            **options,
        )
        return self._session
