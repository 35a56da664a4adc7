"""A provider of our own: it remembers every byte that reached it, and answers as it is told to.

Paths end with what it does: `…/chat/completions` answers as OpenAI, streamed where the body says so;
`…/v1/messages` as Anthropic; `…/echo` with what it got; the others as `BEHAVIOUR` names them.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Arrived:
    """One request as it came: its target, its header lines in order, its body."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The only header of that name; fails for several."""
        found = [value for each, value in self.headers if each.lower() == name.lower()]
        assert len(found) <= 1, f"{name} came {len(found)} times"
        return found[0] if found else None


@dataclass
class Upstream:
    """The running provider. `gate` lets the second chunk of a stream go; `gone` is set when a client of a
    stream has left; `statuses` are used up one a request before anything else is answered; `uploaded` are the
    chunks of a request to `…/upload` as they come; `redirect` is status and place that `…/redirect` names."""

    port: int = 0
    arrived: list[Arrived] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    gone: threading.Event = field(default_factory=threading.Event)
    statuses: list[int] = field(default_factory=list)
    uploaded: list[bytes] = field(default_factory=list)
    redirect: tuple[int, str] | None = None
    keys: set[str] = field(default_factory=lambda: {"sk-first-key-0123456789", "sk-second-key-987654321"})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def last(self) -> Arrived:
        return self.arrived[-1]

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """What the provider does."""
        if request.raw_path.endswith("/upload"):
            async for chunk in request.content.iter_any():
                self.uploaded.append(chunk)
        body = await request.content.read()  # of any size
        headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in request.raw_headers]
        self.arrived.append(Arrived(request.method, request.raw_path, headers, body))
        if self.statuses:
            status = self.statuses.pop(0)
            return web.json_response({"error": {"message": f"told to say {status}"}}, status=status)
        path = request.raw_path.partition("?")[0]
        if path.endswith("/echo"):
            return web.json_response({"headers": headers, "body": body.decode("utf-8", "replace")})
        if path.endswith("/redirect"):
            assert self.redirect is not None
            return web.Response(status=self.redirect[0], headers={"Location": self.redirect[1]})
        if path.endswith("/stream"):
            return await self._stream(request, [b"data: one\n\n", b"data: two\n\n"])
        if path.endswith("/packed"):  # though nobody asked for it
            said = gzip.compress(json.dumps({"headers": headers}).encode())
            return web.Response(body=said, headers={"Content-Encoding": "gzip"})
        if path.endswith("/odd"):
            return web.Response(body=b"\x0b\x02", status=401, headers={"Content-Encoding": "br"})
        if path.endswith("/nothing"):
            return web.Response(status=204, headers={"x-key": request.headers["Authorization"]})
        if path.endswith("/broken"):
            return await self._break_off(request)
        if path.endswith("/endless"):
            return await self._endless(request)
        if path.endswith("/upload"):
            return web.Response(text="got it")
        if path.endswith("/silent"):
            for _ in range(12_000):
                if request.transport is None:  # whoever asked has left
                    self.gone.set()
                    break
                await asyncio.sleep(0.005)
        return await self._speak(request, path, body)

    async def _speak(self, request: web.BaseRequest, path: str, body: bytes) -> web.StreamResponse:
        given = request.headers.get("Authorization", "") or request.headers.get("x-api-key", "")
        key = given.removeprefix("Bearer ")
        if key not in self.keys:
            return web.json_response(
                {"type": "error", "error": {"type": "authentication_error", "message": f"bad key {key}"}},
                status=401,
            )
        asked: dict[str, Any] = json.loads(body)
        if path.endswith("/v1/messages"):
            return await self._anthropic(request, asked)
        return await self._openai(request, asked, key)

    async def _openai(self, request: web.BaseRequest, asked: dict[str, Any], key: str) -> web.StreamResponse:
        said = f"{asked['model']} by key {'one' if 'first' in key else 'two'}"
        if not asked.get("stream"):
            message = {"role": "assistant", "content": said}
            choice = {"index": 0, "finish_reason": "stop", "message": message}
            return web.json_response(
                {
                    "id": "c",
                    "object": "chat.completion",
                    "created": 1,
                    "model": asked["model"],
                    "choices": [choice],
                }
            )
        chunks = [
            {
                "id": "c", "object": "chat.completion.chunk", "created": 1, "model": asked["model"],
                "choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}],
            }
            for word in said.split(" ")
        ]  # fmt: skip
        lines = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks]
        return await self._stream(request, [*lines, b"data: [DONE]\n\n"])

    async def _anthropic(self, request: web.BaseRequest, asked: dict[str, Any]) -> web.StreamResponse:
        said = f"{asked['model']} says hello"
        message: dict[str, Any] = {
            "id": "m", "type": "message", "role": "assistant", "model": asked["model"], "content": [],
            "stop_reason": "end_turn", "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }  # fmt: skip
        if not asked.get("stream"):
            return web.json_response({**message, "content": [{"type": "text", "text": said}]})
        block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        events: list[dict[str, Any]] = [{"type": "message_start", "message": message}, block]
        events += [
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": f"{word} "}}
            for word in said.split(" ")
        ]
        events += [{"type": "content_block_stop", "index": 0}, {"type": "message_stop"}]
        return await self._stream(
            request, [f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in events]
        )

    async def _stream(self, request: web.BaseRequest, chunks: list[bytes]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number, chunk in enumerate(chunks):
            if number == 1:
                while not self.gate.is_set():
                    await asyncio.sleep(0.005)
            await response.write(chunk)
        await response.write_eof()
        return response

    async def _break_off(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"data: one\n\n")
        assert request.transport is not None
        request.transport.abort()
        return response

    async def _endless(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            for _ in range(12_000):
                await response.write(b"data: more\n\n")
                await asyncio.sleep(float(request.query.get("every", "0.005")))
        except ConnectionError:
            pass
        finally:
            self.gone.set()
        return response


@contextmanager
def running() -> Iterator[Upstream]:
    """A provider on a free port of this machine, in a thread of its own; its gate is open."""
    upstream = Upstream()
    upstream.gate.set()
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    ended = asyncio.Event()

    async def serve() -> None:
        http = web.Server(upstream.answer)
        server = await loop.create_server(http, "127.0.0.1", 0)
        upstream.port = server.sockets[0].getsockname()[1]
        ready.set()
        await ended.wait()
        server.close()
        await http.shutdown(0.1)

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield upstream
    finally:
        upstream.gate.set()
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
