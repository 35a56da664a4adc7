"""What a handler fetches, answered by routes of the test."""

from __future__ import annotations

import asyncio

import pytest

from sshim.errors import ExpectationFailed, UsageError
from tests.testing.conftest import CLASS, Serve

OUT = CLASS + (
    "    async def fetch(self, request):\n"
    "        try:\n"
    "            key = await self.env.API_KEY.get()\n"
    "            r = await fetch(await request.text(), headers={'authorization': key})\n"
    "        except OSError as error:\n"
    "            return Response(str(error), status=502)\n"
    "        headers = {'x-from': r.headers['x-from'] or ''}\n"
    "        return Response(await r.text(), status=r.status, headers=headers)\n"
)


async def test_a_route_answers_what_the_handler_fetches(serve: Serve) -> None:
    async with serve(OUT, secrets={"API_KEY": "k"}) as worker:
        route = worker.outbound.get(
            "https://a.example/v1", json={"n": 1}, status=201, headers={"X-From": "route"}
        )
        response = await worker.fetch("/", body="https://a.example/v1?q=1")
        assert (response.status, await response.json(), response.headers["x-from"]) == (
            201,
            {"n": 1},
            "route",
        )
        assert [(call.url, call.headers["authorization"]) for call in route.calls] == [
            ("https://a.example/v1?q=1", "k")
        ]


async def test_a_route_answers_by_a_function_that_makes_a_response(serve: Serve) -> None:
    async with serve(OUT, secrets={"API_KEY": "k"}) as worker:
        from workers import Response

        worker.outbound.add(None, "https://a.example/*", lambda call: Response(f"to {call.url}", status=418))
        response = await worker.fetch("/", body="https://a.example/x")
        assert (response.status, await response.text()) == (418, "to https://a.example/x")
        worker.outbound.get("https://a.example/bad", lambda call: "text")
        with pytest.raises(UsageError, match=r"the route GET https://a\.example/bad returned str"):
            await worker.fetch("/", body="https://a.example/bad")


async def test_a_route_fails_as_the_network_does(serve: Serve) -> None:
    async with serve(OUT, secrets={"API_KEY": "k"}) as worker:
        worker.outbound.get("https://a.example/", ConnectionResetError("reset"))
        response = await worker.fetch("/", body="https://a.example/")
        assert (response.status, await response.text()) == (502, "Network connection lost.")


async def test_redirects_are_followed_from_route_to_route(serve: Serve) -> None:
    async with serve(OUT, secrets={"API_KEY": "k"}) as worker:
        worker.outbound.get("https://a.example/", status=302, headers={"location": "https://b.example/"})
        worker.outbound.get("https://b.example/", body="arrived")
        assert await (await worker.fetch("/", body="https://a.example/")).text() == "arrived"
        assert "authorization" not in worker.outbound.calls[1].headers


async def test_a_call_that_no_route_answers_fails_even_if_the_handler_catches_it(serve: Serve) -> None:
    said = "the Worker called GET https://a.example/v1, which this test does not answer"
    async with serve(OUT, secrets={"API_KEY": "k"}) as worker:
        with pytest.raises(ExpectationFailed) as caught:
            await worker.fetch("/", body="https://a.example/v1")
        assert caught.value.message == said
        worker.outbound.unmatched.clear()
    source = OUT.replace("OSError", "Exception")
    with pytest.raises(ExpectationFailed) as caught:
        async with serve(source, secrets={"API_KEY": "k"}) as worker:
            assert (await worker.fetch("/", body="https://a.example/v1")).status == 502
    assert caught.value.message == said


async def test_only_an_allowed_url_reaches_a_real_server(serve: Serve) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nreal")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, serve(OUT, secrets={"API_KEY": "k"}) as worker:
        worker.outbound.allow(url + "/*")
        assert await (await worker.fetch("/", body=url + "/x")).text() == "real"
