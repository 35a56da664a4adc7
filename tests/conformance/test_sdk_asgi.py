"""`asgi.fetch` and `asgi.websocket` with FastAPI and with bare applications."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asgi
import pytest
import workers
from fastapi import FastAPI, HTTPException
from fastapi import Request as ApiRequest
from fastapi import Response as ApiResponse
from fastapi.responses import StreamingResponse
from fastapi.websockets import WebSocket, WebSocketDisconnect

from sshim.platform.ffi import Uint8Array, plain_object
from sshim.platform.request import Request as JsRequest
from tests.settling import settled

events: list[str] = []


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
    events.append("startup")
    yield {"from": "lifespan"}
    events.append("shutdown")


app = FastAPI(lifespan=lifespan)


@app.get("/json")
async def as_json(request: ApiRequest) -> dict[str, Any]:
    return {"path": request.url.path, "query": dict(request.query_params), "state": request.state._state}


@app.post("/echo")
async def echo(item: dict[str, Any]) -> dict[str, Any]:
    return item


@app.get("/sync/{number}")
def sync(number: int, response: ApiResponse) -> dict[str, int]:
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return {"number": number}


@app.get("/env")
async def env(env: Any = asgi.env) -> str:
    return str(env.NAME)


@app.get("/stream")
async def stream() -> StreamingResponse:
    async def pieces() -> AsyncIterator[str]:
        for number in range(3):
            await asyncio.sleep(0)
            yield f"piece {number}\n"

    return StreamingResponse(pieces(), media_type="text/plain")


@app.get("/large")
async def large(chunks: int) -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        for number in range(chunks):
            events.append(f"made {number}")
            yield bytes(65536)

    return StreamingResponse(pieces())


@app.get("/teapot")
async def teapot() -> None:
    raise HTTPException(418, "short and stout")


@app.delete("/empty", status_code=204)
async def empty() -> None:
    return None


@app.websocket("/ws")
async def chat(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message["code"])
            if (text := message.get("text")) == "bye":
                await socket.close(3001, "as you wish")
                return
            if text is not None:
                await socket.send_text(f"got {text}")
            else:
                await socket.send_bytes(message["bytes"][::-1])
    except WebSocketDisconnect as left:
        events.append(f"left {left.code}")


@pytest.fixture(autouse=True)
def _no_events() -> None:
    events.clear()


async def ask(
    path: str, method: str = "GET", body: Any = None, application: Any = app, **headers: str
) -> Any:
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    request = JsRequest.from_server(method, f"http://localhost{path}", pairs, body)
    bindings = plain_object({"NAME": "value"})
    return await asgi.fetch(application, workers.Request(request), bindings, None)


async def test_a_request_runs_within_a_lifespan_of_its_own():
    for _ in range(2):
        response = await ask("/json?a=1&b=ü")
        data = await response.json()
        assert (data.path, data.query.to_py(), data.state.to_py()) == (
            "/json",
            {"a": "1", "b": "ü"},
            {"from": "lifespan"},
        )
    assert events == ["startup", "shutdown"] * 2


async def test_bodies_go_in_and_errors_come_out():
    async def halves() -> AsyncIterator[bytes]:
        yield b'{"a":'
        yield b"1}"

    for body in (b'{"a":1}', halves()):
        response = await ask("/echo", "POST", body, content_type="application/json")
        assert await response.text() == '{"a":1}'
    assert (await ask("/echo", "POST", b"{", content_type="application/json")).status == 422
    assert (await ask("/sync/x")).status == 422
    assert ((await ask("/teapot")).status, (await ask("/nothing")).status) == (418, 404)
    response = await ask("/empty", "DELETE")
    assert (response.status, response.body_source) == (204, None)


async def test_headers_of_an_application_stay_apart():
    response = await ask("/sync/5")
    assert await response.text() == '{"number":5}'
    assert [cookie.partition(";")[0] for cookie in response.headers.getSetCookie()] == ["a=1", "b=2"]
    assert dict(response.header_pairs())["content-length"] == "12"


async def test_bindings_come_by_env():
    assert await (await ask("/env")).json() == "value"


async def test_raw_requests_are_taken_too():
    request = JsRequest.from_server("GET", "http://localhost/json", [], None)
    assert (await asgi.fetch(app, request, None)).status == 200


async def test_a_streamed_answer_arrives_in_pieces_and_the_lifespan_ends_after_it():
    response = await ask("/stream")
    assert response.headers.get("content-type") == "text/plain; charset=utf-8"
    assert events == ["startup"]
    stream = response.body_source
    assert [chunk async for chunk in stream.iter_bytes()] == [b"piece 0\n", b"piece 1\n", b"piece 2\n"]
    await settled(lambda: len(events) > 1)
    assert events == ["startup", "shutdown"]


async def test_a_streamed_answer_waits_for_its_reader():
    response = await ask("/large?chunks=100")
    await asyncio.sleep(0.01)
    assert sum(event.startswith("made") for event in events) <= 2
    total = 0
    async for chunk in response.body_source.iter_bytes():
        total += len(chunk)
    assert total == 100 * 65536


async def test_a_client_that_goes_away_ends_the_application(caplog: pytest.LogCaptureFixture):
    response = await ask("/large?chunks=100")
    stream = response.body_source
    chunks = stream.iter_bytes()
    await anext(chunks)
    with caplog.at_level(logging.CRITICAL, "asgi"):
        await stream.abandon("The client disconnected")
        await asyncio.sleep(0.01)
    assert sum(event.startswith("made") for event in events) < 10


async def test_an_exception_before_the_start_is_raised_and_logged(caplog: pytest.LogCaptureFixture):
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        raise ValueError("in the handler")

    with pytest.raises(ValueError, match="in the handler"):
        await ask("/", application=broken)
    assert any(record.name == "asgi" for record in caplog.records)
    assert events == ["startup", "shutdown"]


async def test_the_scope_is_what_production_gives():
    seen: list[Any] = []

    async def bare(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError("no lifespan here")
        seen.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]})
        await send({"type": "http.response.body", "body": b"ok"})

    response = await ask("/a%20b?c=d", application=bare, X_Y="Z")
    assert (await response.text(), response.headers.get("x")) == ("ok", "y")
    [scope] = seen
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/a b", b"/a%20b", b"c=d")
    assert scope["headers"] == [(b"x-y", b"Z")]
    assert not {"client", "server", "root_path"} & scope.keys()


async def upgraded() -> Any:
    request = JsRequest.from_server("GET", "http://localhost/ws", [("upgrade", "websocket")], None)
    response = await asgi.websocket(app, workers.Request(request))
    assert (response.status, response.webSocket.constructor.name) == (101, "WebSocket")
    return response.webSocket


async def test_a_websocket_talks_both_ways():
    client = await upgraded()
    sent: list[Any] = []
    client.couple(lambda kind, data: sent.append((kind, data)))
    client.deliver("hello")
    client.deliver(b"\x01\x02")
    client.deliver("bye")
    await settled(lambda: len(sent) > 2)
    assert sent == [("text", "got hello"), ("bytes", b"\x02\x01"), ("close", (3001, "as you wish"))]


async def test_a_client_that_leaves_is_a_disconnect():
    client = await upgraded()
    client.accept()
    replies: list[Any] = []
    client.onmessage = lambda event: replies.append(event.data)
    client.send(Uint8Array.from_bytes(b"ab"))
    await settled(lambda: replies)
    client.close(1001, "gone")
    await settled(lambda: events)
    assert replies[0].to_bytes() == b"ba"
    assert events == ["left 1001"]


async def test_an_entrypoint_can_be_made_of_an_application():
    request = JsRequest.from_server("GET", "http://localhost/json", [], None)
    entrypoint = asgi.entrypoint(app)(None, plain_object({"NAME": "value"}))
    assert (await entrypoint.fetch(workers.Request(request))).status == 200
