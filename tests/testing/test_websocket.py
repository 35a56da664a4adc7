"""A WebSocket between a test and a Worker."""

from __future__ import annotations

import pytest

from sshim.errors import ExpectationFailed
from tests.testing.conftest import ECHO, HEAD, Serve

SOCKET = HEAD + (
    "from js import WebSocketPair\n"
    "class Default(WorkerEntrypoint):\n"
    "    async def fetch(self, request):\n"
    "        if request.headers['upgrade'] != 'websocket':\n"
    "            return Response('no', status=426)\n"
    "        client, server = WebSocketPair.new().object_values()\n"
    "        server.accept()\n"
    "        def on_message(event):\n"
    "            if event.data == 'close':\n"
    "                server.close(4001, 'as asked')\n"
    "            elif event.data == 'fail':\n"
    "                raise ValueError('listener')\n"
    "            else:\n"
    "                server.send(event.data)\n"
    "        server.addEventListener('message', on_message)\n"
    "        server.addEventListener('close', lambda event: closed.append(event.code))\n"
    "        return Response(None, status=101, web_socket=client)\n"
    "closed = []\n"
)


async def test_a_websocket_talks_both_ways(serve: Serve) -> None:
    async with serve(SOCKET) as worker:
        async with await worker.websocket("/") as socket:
            await socket.send("text")
            assert await socket.receive() == "text"
            await socket.send(b"\0bytes")
            assert await socket.receive() == b"\0bytes"
            await socket.send_json({"a": 1})
            assert await socket.receive_json() == {"a": 1}
        await worker.settle()
        import entry

        assert entry.closed == [1000]


async def test_a_websocket_hears_that_the_worker_closes(serve: Serve) -> None:
    async with serve(SOCKET) as worker:
        socket = await worker.websocket("/")
        for message in ("one", "two", "close"):
            await socket.send(message)
        assert [message async for message in socket] == ["one", "two"]
        assert (socket.close_code, socket.close_reason) == (4001, "as asked")
        with pytest.raises(ExpectationFailed, match=r"has closed the WebSocket \(code 4001, 'as asked'\)"):
            await socket.receive()
        other = await worker.websocket("/")
        await other.send("close")
        assert await other.closed() == 4001


async def test_silence_on_a_websocket_ends_the_wait(serve: Serve) -> None:
    async with serve(SOCKET) as worker:
        async with await worker.websocket("/") as socket:
            with pytest.raises(ExpectationFailed, match=r"sent no message within 0\.05 s"):
                await socket.receive(timeout=0.05)


async def test_an_exception_of_a_listener_fails_the_test(serve: Serve) -> None:
    with pytest.raises(ExpectationFailed, match="work in the background failed: ValueError: listener"):
        async with serve(SOCKET) as worker:
            socket = await worker.websocket("/")
            await socket.send("fail")


async def test_an_answer_that_is_no_websocket_is_said(serve: Serve) -> None:
    async with serve(ECHO) as worker:
        with pytest.raises(ExpectationFailed, match="answered with status 200, not with a WebSocket"):
            await worker.websocket("/")
