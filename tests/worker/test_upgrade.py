"""WebSockets between a Worker and a client over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import aiohttp
import pytest
from aiohttp import WSMsgType

from tests.dev.running import Project
from tests.dev.running import Start as StartDev
from tests.worker.conftest import LEGACY_DATE, Serve, Served
from tests.worker.wire import PATIENCE, connect

SOCKET = """from js import WebSocketPair
from pyodide.ffi import create_proxy, to_js
from workers import Response, WorkerEntrypoint
seen = []

def on_message(server, event):
    data = event.data
    if data == 'close':
        server.close(4001, 'as asked')
    elif data == 'long':
        server.close(4001, 'x' + 'é' * 100)
    elif data == 'half':
        server.send('\\ud83d half a character')
    elif data == 'raise':
        raise ValueError('in a listener')
    elif isinstance(data, str):
        server.send(data.upper())
    else:
        server.send(data)

class Default(WorkerEntrypoint):
    async def fetch(self, request):
        if request.url.endswith('/seen'):
            return Response(str(seen))
        if request.url.endswith('/no'):
            return Response('not here', status=403)
        client, server = WebSocketPair.new().object_values()
        server.binaryType = 'arraybuffer'
        server.accept()
        server.addEventListener('message', create_proxy(lambda e: on_message(server, e)))
        server.addEventListener('close', create_proxy(lambda e: seen.append((e.code, e.reason, e.wasClean))))
        headers = {'Sec-WebSocket-Protocol': 'chat'} if request.url.endswith('/chat') else {}
        return Response(None, status=101, web_socket=client, headers=headers)
"""


@pytest.fixture
async def w(serve: Serve) -> Served:
    return await serve(SOCKET)


async def seen(w: Served, expected: str) -> None:
    """Wait until the Worker has seen these closes."""
    async with asyncio.timeout(PATIENCE):
        while await w.text("/seen") != expected:
            await asyncio.sleep(0.01)


async def test_text_and_bytes_are_echoed_in_order(w: Served) -> None:
    async with w.http.ws_connect(w.url + "/ws") as ws:
        for n in range(50):
            await ws.send_str(f"text é {n}")
            await ws.send_bytes(bytes([n, 0, 255]))
        for n in range(50):
            assert await ws.receive_str(timeout=PATIENCE) == f"TEXT É {n}"
            assert await ws.receive_bytes(timeout=PATIENCE) == bytes([n, 0, 255])


async def test_the_upgrade_is_logged_at_once_and_once(w: Served) -> None:
    async with w.http.ws_connect(w.url + "/ws?token=hidden") as ws:
        assert w.log.requests == [("GET", "/ws", 101, "Switching Protocols")]
        await ws.close()
    await seen(w, "[(1000, '', True)]")
    assert [r for r in w.log.requests if r[1] == "/ws"] == [("GET", "/ws", 101, "Switching Protocols")]


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
async def test_the_clients_close_reaches_the_worker_with_code_and_reason(w: Served, code: int) -> None:
    async with w.http.ws_connect(w.url) as ws:
        await ws.close(code=code, message=b"bye")
        assert ws.close_code == code
    await seen(w, f"[({code}, 'bye', True)]")


async def test_a_close_without_a_code_is_1005(w: Served) -> None:
    wire = await connect(w.url)
    wire.send(
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    status, headers = await wire.head()
    assert (status, headers["sec-websocket-accept"]) == (101, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    wire.send(b"\x88\x80\x00\x00\x00\x00")
    assert (await wire.rest())[:1] == b"\x88"
    await wire.close()
    await seen(w, "[(1005, '', True)]")


async def test_the_workers_close_reaches_the_client_with_code_and_reason(w: Served) -> None:
    async with w.http.ws_connect(w.url) as ws:
        await ws.send_str("close")
        message = await ws.receive(timeout=PATIENCE)
        assert (message.type, message.data, message.extra) == (WSMsgType.CLOSE, 4001, "as asked")


async def test_a_close_reason_is_cut_to_what_a_frame_carries(w: Served) -> None:
    async with w.http.ws_connect(w.url + "/ws") as ws:
        await ws.send_str("long")
        message = await ws.receive(timeout=PATIENCE)
        assert (message.type, message.data, message.extra) == (WSMsgType.CLOSE, 4001, "x" + "é" * 61)


async def test_text_that_is_no_unicode_is_sent_as_javascript_sends_it(w: Served) -> None:
    async with w.http.ws_connect(w.url + "/ws") as ws:
        await ws.send_str("half")
        await ws.send_str("next")
        assert await ws.receive_str(timeout=PATIENCE) == "\ufffd half a character"
        assert await ws.receive_str(timeout=PATIENCE) == "NEXT"


async def test_a_client_that_is_gone_is_an_unclean_close(w: Served) -> None:
    wire = await connect(w.url)
    wire.send(
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert (await wire.head())[0] == 101
    wire.abort()
    await seen(w, "[(1006, '', False)]")
    assert w.log.errors == []


async def test_a_big_message_goes_through_and_a_bigger_one_is_refused(w: Served) -> None:
    big = b"\xa5" * (8 << 20)
    async with w.http.ws_connect(w.url, max_msg_size=0) as ws:
        await ws.send_bytes(big)
        assert await ws.receive_bytes(timeout=PATIENCE) == big
    async with w.http.ws_connect(w.url, max_msg_size=0) as ws:
        try:
            await ws.send_bytes(b"x" * (33 << 20))
            message = await ws.receive(timeout=PATIENCE)
        except ConnectionError:
            return
        assert message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR)
        assert message.type is not WSMsgType.CLOSE or message.data == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


async def test_a_handler_that_refuses_answers_as_it_likes(w: Served) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await w.http.ws_connect(w.url + "/no")
    assert caught.value.status == 403


async def test_a_protocol_chosen_by_the_worker_reaches_the_client(w: Served) -> None:
    async with w.http.ws_connect(w.url + "/chat", protocols=["chat"]) as ws:
        assert ws.protocol == "chat"


async def test_a_101_to_an_ordinary_request_is_a_426(w: Served) -> None:
    async with w.http.get(w.url + "/ws") as response:
        assert response.status == 426


async def test_an_upgrade_that_is_no_good_is_a_400(w: Served) -> None:
    wire = await connect(w.url)
    wire.send(
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 12\r\nSec-WebSocket-Key: short\r\n\r\n"
    )
    assert (await wire.answer())[0] == 400
    await wire.close()
    assert [text for text, _ in w.log.errors] == []


async def test_an_exception_of_a_listener_breaks_only_its_own_connection(w: Served) -> None:
    async with w.http.ws_connect(w.url) as other, w.http.ws_connect(w.url) as ws:
        await ws.send_str("raise")
        assert (await ws.receive(timeout=PATIENCE)).type in (WSMsgType.CLOSE, WSMsgType.CLOSED)
        await other.send_str("fine")
        assert await other.receive_str(timeout=PATIENCE) == "FINE"
    assert [text for text, _ in w.log.errors] == ["Uncaught ValueError: in a listener"]


async def test_open_connections_are_closed_when_the_worker_stops(w: Served) -> None:
    async with w.http.ws_connect(w.url) as ws:
        await w.server.stop(1)
        message = await ws.receive(timeout=PATIENCE)
        assert (message.type, message.data) == (WSMsgType.CLOSE, aiohttp.WSCloseCode.GOING_AWAY)
    assert w.log.warnings == []


async def test_old_dates_answer_a_close_by_hand(serve: Serve) -> None:
    w = await serve(
        "from js import Response, WebSocketPair\nfrom pyodide.ffi import create_proxy\n"
        "async def on_fetch(request):\n"
        "    client, server = WebSocketPair.new().object_values()\n    server.accept()\n"
        "    server.addEventListener('message', create_proxy(lambda e: server.send(e.data)))\n"
        "    return Response.new(None, status=101, webSocket=client)\n",
        date=LEGACY_DATE,
    )
    async with w.http.ws_connect(w.url) as ws:
        await ws.send_str("old")
        assert await ws.receive_str(timeout=PATIENCE) == "old"
        await ws.close()
        assert ws.close_code == 1000


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("reload"))


@pytest.fixture
def start(project: Project) -> Iterator[StartDev]:
    from tests.dev.running import Dev

    running: list[Dev] = []

    def start(*arguments: str) -> Dev:
        running.append(Dev(project, *arguments))
        return running[-1]

    yield start
    for dev in running:
        dev.clean_up()


async def test_a_reload_closes_open_connections_and_serves_new_ones(
    project: Project, start: StartDev
) -> None:
    project.entry.write_text(SOCKET)
    dev = start().ready()
    async with aiohttp.ClientSession() as http:
        async with http.ws_connect(dev.url) as old:
            await old.send_str("a")
            assert await old.receive_str(timeout=PATIENCE) == "A"
            project.entry.write_text(SOCKET.replace("data.upper()", "data * 2"))
            message = await old.receive(timeout=PATIENCE)
            assert (message.type, message.data) == (WSMsgType.CLOSE, aiohttp.WSCloseCode.GOING_AWAY)
        await asyncio.to_thread(dev.until, "reloaded")
        async with http.ws_connect(dev.url) as new:
            await new.send_str("a")
            assert await new.receive_str(timeout=PATIENCE) == "aa"
    assert "still open" not in dev.out + dev.err
