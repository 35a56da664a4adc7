"""Fetcher: a binding whose fetch is answered in this process."""

from typing import Any

import pytest

from sshim.platform.exceptions import JsException
from sshim.platform.fetcher import Fetcher
from sshim.platform.request import Request
from sshim.platform.response import Response


async def test_a_fetcher_hands_its_handler_a_request_of_its_own():
    async def handle(request: Request) -> Response:
        return Response.new(f"{request.method} {request.url} {await request.text()}")

    binding = Fetcher._make(handle)
    assert binding.constructor.name == "Fetcher"
    assert str(binding) == "[object Fetcher]"
    response = await binding.fetch("http://x/a", method="POST", body="b")
    assert await response.text() == "POST http://x/a b"
    request = Request.new("http://x/", method="PUT", body="c")
    assert await (await binding.fetch(request)).text() == "PUT http://x/ c"
    assert request.bodyUsed


async def test_a_bad_url_rejects_and_other_answers_are_type_errors():
    async def handle(request: Request) -> Any:
        return "text"

    binding = Fetcher._make(handle)
    with pytest.raises(JsException, match="TypeError: Invalid URL: /x"):
        await binding.fetch("/x")
    with pytest.raises(JsException, match="TypeError: Incorrect type for Promise"):
        await binding.fetch("http://x/")
    assert not hasattr(binding, "anything")
