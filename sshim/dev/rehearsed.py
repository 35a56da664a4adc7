"""The Worker's server with a rehearsal around each request, and eyes on what leaves the Worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from sshim.config.settings import WorkerConfig
from sshim.dev.rehearsal import Asked, Rehearsal
from sshim.platform.fetch import network
from sshim.platform.readable import ReadableStream
from sshim.platform.transport import Outgoing, Reply, Transport
from sshim.worker.dispatch import Dispatcher
from sshim.worker.log import Log
from sshim.worker.options import WorkerOptions
from sshim.worker.server import WorkerServer

_BODY = "the body of its answer"
_OVERLAP = 4096
"""Bytes of a chunk that are looked at again with the next one."""


class RehearsedServer(WorkerServer):
    """A `WorkerServer` whose requests count for a rehearsal."""

    rehearsal: Rehearsal

    async def load(self) -> Dispatcher:
        """See `WorkerServer.load`."""
        self._dispatcher = _Watched(await super().load(), self.rehearsal)
        return self._dispatcher


class _Watched(Dispatcher):
    """A dispatcher that begins and ends each event for the rehearsal, and looks at answers, streamed ones as
    they are sent."""

    def __init__(self, like: Dispatcher, rehearsal: Rehearsal) -> None:
        self.__dict__.update(vars(like))
        self._rehearsal = rehearsal

    async def fetch(self, js_request: Any, *, entrypoint: str = "Default") -> Any:
        rehearsal = self._rehearsal
        if rehearsal.is_under_way():  # the Worker has called itself
            return await super().fetch(js_request, entrypoint=entrypoint)
        asked = rehearsal.begin(f"{js_request.method} {urlsplit(js_request.url).path or '/'}")
        try:
            answer = await super().fetch(js_request, entrypoint=entrypoint)
            if rehearsal.is_watching():
                for name, value in answer.header_pairs():
                    rehearsal.left(
                        value.encode("utf-8", "surrogateescape"), f"the header {name} of its answer"
                    )
                body = answer._source  # a look at it, where `body_source` would take it
                if isinstance(body, bytes):
                    rehearsal.left(body, _BODY)
                elif isinstance(body, ReadableStream) and not answer.bodyUsed:
                    answer._set_source(self._streamed(answer.body_source, asked))
                    answer._used = False
            return answer
        finally:
            rehearsal.end(asked)

    async def _streamed(self, stream: ReadableStream, asked: Asked) -> AsyncIterator[bytes]:
        before, ended = b"", False
        try:
            async for chunk in stream.iter_bytes():
                before = before[-_OVERLAP:] + chunk
                self._rehearsal.left(before, _BODY, asked)
                yield chunk
            ended = True
        finally:
            if not ended:
                await stream.abandon("The client disconnected")

    async def scheduled(self, controller: Any) -> None:
        asked = self._rehearsal.begin("the scheduled handler")
        try:
            await super().scheduled(controller)
        finally:
            self._rehearsal.end(asked)


class WatchedTransport:
    """A `Transport` that shows the rehearsal what each `fetch` sends."""

    def __init__(self, inner: Transport, rehearsal: Rehearsal) -> None:
        self._inner, self._rehearsal = inner, rehearsal

    async def send(self, outgoing: Outgoing) -> Reply:
        """Looks, then sends."""
        if not self._rehearsal.is_watching():
            return await self._inner.send(outgoing)
        parts = urlsplit(outgoing.url)
        target = f"a fetch of {parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        look = self._rehearsal.left
        look(outgoing.url.encode("utf-8", "replace"), f"the URL of {target}")
        for name, value in outgoing.headers:
            look(value.encode("utf-8", "surrogateescape"), f"the header {name} of {target}")
        body = outgoing.body
        if isinstance(body, bytes):
            look(body, f"the body of {target}")
        elif body is not None:
            body = self._watched(body, f"the body of {target}")
            outgoing = Outgoing(outgoing.method, outgoing.url, outgoing.headers, body, outgoing.length)
        return await self._inner.send(outgoing)

    async def _watched(self, body: AsyncIterator[bytes], where: str) -> AsyncIterator[bytes]:
        before = b""
        async for chunk in body:
            before = before[-_OVERLAP:] + chunk
            self._rehearsal.left(before, where)
            yield chunk

    async def close(self) -> None:
        """Closes all connections."""
        await self._inner.close()


def rehearsed_server(
    config: WorkerConfig, rehearsal: Rehearsal, log: Log, options: WorkerOptions
) -> RehearsedServer:
    """The server for a rehearsal; from now on the fetches of this process are looked at."""
    rehearsal.log = log
    rehearsal.introduce()
    network.transport = WatchedTransport(network.transport, rehearsal)
    server = RehearsedServer(config, rehearsal, log=log, options=options)
    server.rehearsal = rehearsal
    return server
