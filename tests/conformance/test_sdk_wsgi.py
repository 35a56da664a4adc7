"""`workers.wsgi.fetch` with Flask and with bare applications; bodies are read and written lazily."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import workers
from flask import Flask, Response, request
from workers import wsgi

from sshim.platform.ffi import plain_object, resolved, start
from sshim.platform.request import Request as JsRequest

pytest.importorskip("greenlet")

app = Flask(__name__)
made: list[int] = []


@app.route("/json")
def as_json() -> dict[str, Any]:
    return {"path": request.path, "args": request.args.to_dict()}


@app.route("/echo", methods=["POST"])
def echo() -> bytes:
    return request.get_data()


@app.route("/secret")
def secret() -> str:
    from pyodide.ffi import run_sync

    return run_sync(request.environ["workers.env"].SECRET.get())


@app.route("/stream")
def stream() -> Response:
    def pieces() -> Iterator[str]:
        for number in range(5):
            made.append(number)
            yield f"{number}\n"

    return Response(pieces(), mimetype="text/plain")


@app.route("/cookies")
def cookies() -> Response:
    response = Response("x", status=201)
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response


@app.route("/fail")
def fail() -> str:
    raise ValueError("in the handler")


class Secret:
    """A binding whose `get` gives a promise."""

    def get(self) -> Any:
        return resolved("hidden")


async def ask(
    path: str, method: str = "GET", body: Any = None, application: Any = app, **headers: str
) -> Any:
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    js_request = JsRequest.from_server(method, f"http://localhost{path}", pairs, body)
    env = plain_object({"SECRET": Secret()})
    # As a server runs a handler: in a task in which run_sync may wait.
    return await start(wsgi.fetch(application, workers.Request(js_request), env))


async def test_a_flask_application_answers():
    response = await ask("/json?a=b")
    assert response.status == 200
    assert (await response.json()).path == "/json"
    assert (await ask("/nothing")).status == 404


async def test_a_body_is_read_as_it_comes():
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"piece "

    response = await ask("/echo", "POST", pieces(), Content_Length="18")
    assert await response.text() == "piece piece piece "
    assert await (await ask("/echo", "POST", b"whole", Content_Length="5")).text() == "whole"


async def test_a_secret_is_read_from_synchronous_code():
    assert await (await ask("/secret")).text() == "hidden"


async def test_answers_are_made_as_they_are_read():
    made.clear()
    response = await ask("/stream")
    assert len(made) <= 2
    chunks = [chunk async for chunk in response.body_source.iter_bytes()]
    assert b"".join(chunks) == b"0\n1\n2\n3\n4\n"


async def test_cookies_stay_apart_and_the_reason_is_kept():
    response = await ask("/cookies")
    assert (response.status, response.statusText) == (201, "CREATED")
    assert len(response.headers.getSetCookie()) == 2


async def test_exceptions_become_flask_s_500_or_come_out():
    assert (await ask("/fail")).status == 500

    def broken(environ: Any, start_response: Any) -> Any:
        raise ValueError("bare")

    with pytest.raises(ValueError, match="bare"):
        await ask("/", application=broken)


async def test_the_environ_is_complete():
    def show(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("X", environ["HTTP_X_Y"])])
        return [f"{environ['PATH_INFO']}|{environ['QUERY_STRING']}|{environ['SERVER_PORT']}".encode()]

    response = await ask("/a%20b?c=%20", application=show, X_Y="z")
    assert (await response.text(), response.headers.get("x")) == ("/a b|c=%20|80", "z")


async def test_an_application_is_closed_when_the_client_goes():
    closed = []

    class Pieces:
        def __iter__(self) -> Iterator[bytes]:
            while True:
                yield b"x"

        def close(self) -> None:
            closed.append(True)

    def endless(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return Pieces()

    response = await ask("/", application=endless)
    source = response.body_source
    assert await anext(source.iter_bytes()) == b"x"
    await source.abandon("The client disconnected")
    assert closed == [True]


async def test_an_entrypoint_can_be_made_of_an_application():
    js_request = JsRequest.from_server("GET", "http://localhost/json", [], None)
    entrypoint = wsgi.entrypoint(app)(None, plain_object({}))
    assert (await start(entrypoint.fetch(workers.Request(js_request)))).status == 200
