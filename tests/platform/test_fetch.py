"""fetch against a real server on this machine: what is sent, redirects, aborting, streaming, failures."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sshim.platform.abort import AbortController, AbortSignal
from sshim.platform.exceptions import JsException
from sshim.platform.fetch import fetch, network
from sshim.platform.ffi import Uint8Array, from_json
from sshim.platform.readable import ReadableStream
from sshim.platform.request import Request
from sshim.platform.response import Response
from sshim.platform.transform import FixedLengthStream
from sshim.platform.transport import HttpTransport
from sshim.platform.url import URL
from tests.platform.site import REFUSED, seen
from tests.settling import PATIENCE, settled


async def test_nothing_is_sent_that_was_not_asked_for(site: str):
    response = await fetch(f"{site}/echo?a=b c#frag")
    assert (response.status, response.statusText, response.redirected) == (200, "OK", False)
    assert response.url == f"{site}/echo?a=b%20c"
    assert response.headers.get("content-type") == "application/json; charset=utf-8"
    got = await seen(response)
    assert (got["method"], got["path"], got["body"]) == ("GET", "/echo?a=b%20c", "")
    assert [name for name, _ in got["headers"]] == ["host"]


async def test_a_body_is_sent_with_its_length_and_type(site: str):
    got = await seen(await fetch(f"{site}/echo", from_json({"method": "POST", "body": "xyz"})))
    headers = dict(got["headers"])
    assert (got["body"], headers["content-length"]) == ("xyz", "3")
    assert headers["content-type"] == "text/plain;charset=UTF-8"
    for method in ("POST", "DELETE"):
        got = await seen(await fetch(f"{site}/echo", method=method))
        assert dict(got["headers"])["content-length"] == "0"


async def test_a_stream_is_sent_in_chunks_or_with_the_length_it_tells(site: str):
    stream = ReadableStream.from_([Uint8Array.from_bytes(b"q"), Uint8Array.from_bytes(b"r")])
    got = await seen(await fetch(f"{site}/echo", method="POST", body=stream))
    assert (got["body"], dict(got["headers"])["transfer-encoding"]) == ("qr", "chunked")
    fixed = FixedLengthStream.new(3)
    writer = fixed.writable.getWriter()
    writer.write(Uint8Array.from_bytes(b"abc"))
    writer.close()
    got = await seen(await fetch(f"{site}/echo", method="POST", body=fixed.readable))
    assert (got["body"], dict(got["headers"])["content-length"]) == ("abc", "3")


async def test_headers_of_the_connection_are_the_client_s_own(site: str):
    headers = {
        "Host": "foo.bar",
        "Content-Length": "55",
        "Connection": "x",
        "User-Agent": "me",
        "Cookie": "c=1",
    }
    got = dict((await seen(await fetch(f"{site}/echo", headers=headers)))["headers"])
    assert got == {"host": site.removeprefix("http://"), "user-agent": "me", "cookie": "c=1"}


async def test_gzip_is_undone_and_its_header_stays(site: str):
    response = await fetch(f"{site}/gzip")
    assert response.headers.get("content-encoding") == "gzip"
    assert await response.text() == "hello" * 100 + "more"


async def test_brotli_is_not_asked_for_where_nothing_undoes_it(site: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sshim.platform.transport.brotli", lambda: None)
    got = await seen(await fetch(f"{site}/echo", headers={"Accept-Encoding": "br, gzip"}))
    assert dict(got["headers"])["accept-encoding"] == "gzip"
    got = await seen(await fetch(f"{site}/echo", headers={"Accept-Encoding": "br"}))
    assert dict(got["headers"])["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("url", "text"),
    [("/x", "Invalid URL: /x"), ("ftp://x/", "Fetch API cannot load: ftp://x/")],
)
async def test_bad_urls_reject_the_promise(url: str, text: str):
    promise = fetch(url)
    with pytest.raises(JsException) as caught:
        await promise
    assert (caught.value.name, caught.value.message) == ("TypeError", text)


async def test_a_refused_connection_is_a_lost_one_and_the_cause_is_told(monkeypatch: Any):
    failures: list[Any] = []
    monkeypatch.setattr(network, "failed", lambda url, reason: failures.append((url, reason)))
    with pytest.raises(JsException) as caught:
        await fetch(REFUSED)
    assert (caught.value.name, caught.value.message) == ("Error", "Network connection lost.")
    assert failures[0][0] == REFUSED
    assert "Cannot connect" in failures[0][1]
    with pytest.raises(JsException, match="Network connection lost"):
        await fetch("http://nothing.invalid/")
    await network.close()


async def test_an_answer_that_breaks_off_fails_where_it_is_read(site: str):
    response = await fetch(f"{site}/broken")
    assert response.status == 200
    with pytest.raises(JsException, match="Error: Network connection lost"):
        await response.text()


async def test_headers_of_the_answer_cannot_be_changed_and_cookies_stay_apart(site: str):
    response = await fetch(f"{site}/several")
    assert (response.status, response.statusText) == (299, "Odd Thing")
    assert list(response.headers.getSetCookie()) == ["a=1", "b=2"]
    assert response.headers.get("x-a") == "1, 2"
    with pytest.raises(JsException, match="immutable"):
        response.headers.set("a", "b")
    copy = Response.new(response.body, response)
    copy.headers.set("a", "b")
    assert (copy.url, await copy.text()) == ("", "x")


async def test_some_answers_have_no_body(site: str):
    assert not (await fetch(f"{site}/empty")).body
    response = await fetch(f"{site}/echo", method="HEAD")
    assert not response.body
    assert await response.text() == ""


async def test_a_request_is_used_up(site: str):
    request = Request.new(f"{site}/echo", method="POST", body="x")
    assert (await seen(await fetch(request)))["body"] == "x"
    assert request.bodyUsed
    with pytest.raises(JsException, match="Cannot reconstruct a Request with a used body"):
        await fetch(request)
    assert (await fetch(URL.new(f"{site}/echo"))).status == 200


async def test_an_aborted_signal_stops_before_during_and_after_the_head(site: str):
    with pytest.raises(JsException, match="AbortError: The operation was aborted"):
        await fetch(f"{site}/echo", signal=AbortSignal.abort())
    controller = AbortController.new()
    waiting = fetch(f"{site}/slow?head", signal=controller.signal)
    await asyncio.sleep(0.05)
    controller.abort("why")
    with pytest.raises(JsException, match="why"):
        await asyncio.wait_for(_wait(waiting), PATIENCE)
    controller = AbortController.new()
    response = await fetch(f"{site}/slow", signal=controller.signal)
    reading = response.text()
    await asyncio.sleep(0.05)
    controller.abort()
    with pytest.raises(JsException, match="AbortError"):
        await asyncio.wait_for(_wait(reading), PATIENCE)


async def _wait(promise: Any) -> Any:
    return await promise


async def test_no_cache_asks_for_none_and_cf_is_ignored(site: str):
    got = await seen(await fetch(f"{site}/echo", cache="no-store", cf={"cacheTtl": 5}))
    assert [pair for pair in got["headers"] if pair[0] != "host"] == [
        ["cache-control", "no-cache"],
        ["pragma", "no-cache"],
    ]


async def test_names_in_the_url_are_not_sent(site: str):
    got = await seen(await fetch(site.replace("//", "//user:pass@") + "/echo"))
    assert [name for name, _ in got["headers"]] == ["host"]


async def test_outgoing_upgrades_are_refused_clearly(site: str):
    with pytest.raises(JsException, match="not supported by sshim"):
        await fetch(f"{site}/echo", headers={"Upgrade": "websocket"})


async def test_much_is_uploaded_as_it_is_made(site: str):
    made = 0

    async def chunks() -> AsyncIterator[Any]:
        nonlocal made
        for _ in range(320):
            made += 1
            yield Uint8Array.from_bytes(bytes(65536))

    response = await fetch(f"{site}/size", method="POST", body=ReadableStream.from_(chunks()))
    assert await response.text() == f"{320 * 65536} chunked"
    assert made == 320


async def test_what_an_upload_s_source_raises_comes_out_of_fetch(site: str):
    async def fail() -> AsyncIterator[Any]:
        yield Uint8Array.from_bytes(b"x")
        raise ValueError("my own")

    with pytest.raises(ValueError, match="my own"):
        await fetch(f"{site}/size", method="POST", body=ReadableStream.from_(fail()))


async def test_a_transport_works_in_one_event_loop_after_another():
    transport = HttpTransport()
    first = await transport._ready()
    assert await transport._ready() is first
    transport._loop = None
    second = await transport._ready()
    assert second is not first
    await first.close()
    await transport.close()


async def test_an_incoming_request_is_passed_on_as_it_comes(site: str):
    async def body() -> AsyncIterator[bytes]:
        yield b"ab"
        yield b"c"

    headers = [("host", "worker"), ("content-length", "3"), ("x-a", "1")]
    incoming = Request.from_server("POST", f"{site}/echo", headers, body())
    got = await seen(await fetch(incoming))
    assert (got["body"], dict(got["headers"])["content-length"], dict(got["headers"])["x-a"]) == (
        "abc",
        "3",
        "1",
    )
    assert incoming.bodyUsed


async def test_aborting_an_upload_stops_its_source(site: str):
    asked: list[Any] = []
    stopped: list[Any] = []

    async def pull(stream: Any) -> None:
        asked.append(stream)
        await asyncio.sleep(0.01)

    endless = ReadableStream.new(pull=pull, cancel=lambda reason: stopped.append(reason))
    controller = AbortController.new()
    sending = fetch(f"{site}/size", method="POST", body=endless, signal=controller.signal)
    await settled(lambda: asked)
    controller.abort("enough")
    with pytest.raises(JsException, match="enough"):
        await asyncio.wait_for(_wait(sending), PATIENCE)
    assert stopped == ["enough"]


async def test_an_answer_that_nobody_wants_is_given_up(site: str):
    controller = AbortController.new()
    response = await fetch(f"{site}/slow", signal=controller.signal)
    await response.body.cancel("enough")
    assert not controller.signal._listeners["abort"]
    assert [chunk async for chunk in response.body] == []
