"""Redirects that fetch follows, and those that it does not."""

from typing import Any

import pytest

from sshim.platform.exceptions import JsException
from sshim.platform.fetch import fetch
from sshim.platform.ffi import Uint8Array
from sshim.platform.readable import ReadableStream
from tests.platform.site import seen


@pytest.mark.parametrize(
    ("status", "method", "becomes"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (302, "PUT", "PUT"),
        (303, "PUT", "GET"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
    ],
)
async def test_redirects_are_followed_with_the_method_they_call_for(
    site: str, status: int, method: str, becomes: str
):
    response = await fetch(f"{site}/moved/{status}", method=method, body="x", headers={"Authorization": "z"})
    assert (response.status, response.url, response.redirected) == (200, f"{site}/echo?x=1", True)
    got = await seen(response)
    assert (got["method"], got["body"]) == (becomes, "" if becomes == "GET" else "x")
    assert dict(got["headers"])["authorization"] == "z"


async def test_a_redirect_elsewhere_loses_the_authorization(site: str):
    target = site.replace("127.0.0.1", "localhost") + "/echo"
    response = await fetch(f"{site}/moved/302?to={target}", headers={"Authorization": "s", "Cookie": "c"})
    headers = dict((await seen(response))["headers"])
    assert "authorization" not in headers
    assert headers["cookie"] == "c"


@pytest.mark.parametrize(
    ("path", "options"),
    [("/moved/302", {"redirect": "manual"}), ("/moved/300", {}), ("/moved/302?to=", {})],
    ids=["manual", "not a redirect", "no location"],
)
async def test_some_answers_are_given_as_they_are(site: str, path: str, options: dict[str, Any]):
    response = await fetch(f"{site}{path}", **options)
    assert (response.status // 100, response.redirected, await response.text()) == (3, False, "moved")


async def test_twenty_redirects_are_followed_and_no_more(site: str):
    assert (await fetch(f"{site}/count/20")).url == f"{site}/echo"
    with pytest.raises(JsException) as caught:
        await fetch(f"{site}/count/21")
    assert caught.value.name == "TypeError"
    urls = ", ".join(f"{site}/count/{left}" for left in range(21, 0, -1))
    assert caught.value.message == f"Too many redirects.{urls}"


async def test_redirects_that_cannot_be_followed_say_why(site: str):
    for target in ("http://", "ftp://x/", "file:///etc/passwd"):
        with pytest.raises(JsException, match="TypeError: Invalid Location header; unable to follow"):
            await fetch(f"{site}/moved/302?to={target}")
    with pytest.raises(JsException, match="TypeError: A request with a one-time-use body"):
        await fetch(
            f"{site}/moved/307", method="POST", body=ReadableStream.from_([Uint8Array.from_bytes(b"x")])
        )
