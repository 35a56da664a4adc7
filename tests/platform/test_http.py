"""pyodide.http: FetchResponse over a js.Response, and its exceptions."""

import asyncio
import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sshim.platform import fetch as module
from sshim.platform.abort import AbortController
from sshim.platform.exceptions import JsException
from sshim.platform.http import AbortError, BodyUsedError, FetchResponse, HttpStatusError, pyfetch
from sshim.platform.readable import ReadableStream
from sshim.platform.request import Request
from sshim.platform.response import Response
from tests.platform.site import REFUSED


def wrap(body: Any, **options: Any) -> FetchResponse:
    return FetchResponse("http://x/a/file.zip", Response.new(body, **options))


async def test_a_response_is_shown_with_python_s_types():
    response = wrap("hé", status=404, headers={"X-Y": "z"})
    assert (response.status, response.status_text, response.ok, response.type) == (
        404,
        "Not Found",
        False,
        "default",
    )
    assert (response.url, response.redirected, response.body_used) == ("", False, False)
    assert response.headers == {"x-y": "z", "content-type": "text/plain;charset=UTF-8"}
    assert response.js_request is not None
    assert FetchResponse("", response.js_response).js_request is None
    request = Request.new("http://y/")
    assert FetchResponse(request, response.js_response).js_request is request


async def test_a_body_is_read_in_every_way():
    assert await wrap("hé").text() == "hé"
    assert await wrap("hé").string() == "hé"
    assert await wrap("hé").bytes() == "hé".encode()
    assert bytes(await wrap("hé").memoryview()) == "hé".encode()
    assert (await wrap("hé").buffer()).to_bytes() == "hé".encode()
    assert await wrap("[1.5]").json(parse_float=str) == ["1.5"]


async def test_a_body_is_read_once():
    response = wrap("x")
    copy = response.clone()
    await response.text()
    assert response.body_used
    for again in (
        response.text(),
        response.json(),
        response.bytes(),
        response.buffer(),
        response.memoryview(),
    ):
        with pytest.raises(BodyUsedError, match="Response body is already used"):
            await again
    with pytest.raises(OSError, match="already used"):
        response.clone()
    assert await copy.text() == "x"


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (404, "404 Client Error: Nope for url: http://x/"),
        (503, "503 Server Error: Nope for url: http://x/"),
        (200, "200 Invalid error code not between 400 and 599: Nope for url: http://x/"),
    ],
)
def test_status_errors_name_the_url(status: int, text: str):
    error = HttpStatusError(status, "Nope", "http://x/")
    assert str(error) == text
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.status, copy.status_text, copy.url) == (status, "Nope", "http://x/")


async def test_an_archive_is_unpacked(tmp_path: Path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "content")
    from sshim.platform.ffi import Uint8Array

    await wrap(Uint8Array.from_bytes(packed.getvalue())).unpack_archive(extract_dir=str(tmp_path))
    assert (tmp_path / "a.txt").read_text() == "content"


async def test_what_breaks_while_reading_is_an_abort_error():
    def source() -> Any:
        return ReadableStream.new(start=lambda controller: controller.error("boo"))

    with pytest.raises(AbortError, match="boo"):
        await wrap(source()).text()
    controller = AbortController.new()
    response = FetchResponse("", Response.new("x"), controller, controller.signal)
    response.abort("why")
    with pytest.raises(AbortError, match="why"):
        await response.text()
    with pytest.raises(ValueError, match="abort_controller is not set"):
        wrap("x").abort()
    assert str(AbortError(JsException._make("text"))) == "text"
    assert str(AbortError("plain")) == "plain"


async def test_cancelling_a_read_aborts():
    controller = AbortController.new()
    response = FetchResponse("", Response.new(ReadableStream.new()), controller, controller.signal)
    task = asyncio.ensure_future(response.text())
    await asyncio.sleep(0)
    task.cancel("no more")
    with pytest.raises(asyncio.CancelledError):
        await task
    assert controller.signal.reason.message == "no more"


async def test_pyfetch_turns_failures_into_os_errors(site: str):
    response = await pyfetch(f"{site}/echo", method="POST", body="x", headers={"q": "1"})
    assert (response.status, response.ok, response.url) == (200, True, f"{site}/echo")
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    again = response.clone()
    assert (await response.json())["body"] == "x"
    with pytest.raises(BodyUsedError, match="Response body is already used"):
        await response.text()
    assert isinstance(await again.bytes(), bytes)
    with pytest.raises(OSError, match="Network connection lost"):
        await pyfetch(REFUSED)
    missing = await pyfetch(f"{site}/nothing")
    with pytest.raises(HttpStatusError, match="404 Client Error: Not Found for url"):
        missing.raise_for_status()
    response.raise_for_status()


async def test_pyfetch_can_be_aborted_and_cancelled(site: str):
    response = await pyfetch(f"{site}/slow")
    response.abort("enough")
    with pytest.raises(AbortError, match="enough"):
        await response.text()
    task = asyncio.ensure_future(pyfetch(f"{site}/slow?head"))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_pyfetch_takes_another_fetcher():
    async def fetcher(request: Any, options: Any) -> Any:
        return module.Response.new(f"{request.method} {request.url} {options.signal.aborted}")

    response = await pyfetch("http://x/", fetcher=fetcher, method="PUT")
    assert await response.string() == "PUT http://x/ False"
