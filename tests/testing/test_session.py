"""What fails a test at its end: reads that nobody awaited, and whatever strictness finds."""

from __future__ import annotations

import pytest

from sshim.errors import ExpectationFailed
from tests.testing.conftest import CLASS, ECHO, Serve


@pytest.mark.parametrize(
    "use",
    ["return Response(f'Bearer {key}')", "return Response(key)", "key + 'x'; return Response('never')"],
)
async def test_a_get_without_await_is_named_with_its_place(serve: Serve, use: str) -> None:
    source = CLASS + (
        f"    async def fetch(self, request):\n        key = self.env.API_KEY.get()\n        {use}\n"
    )
    with pytest.raises(ExpectationFailed) as caught:
        async with serve(source, secrets={"API_KEY": "k"}) as worker:
            await worker.fetch("/")
    assert caught.value.message == (
        "env.API_KEY.get() was called without await at src/entry.py:5: write `await env.API_KEY.get()`"
    )


async def test_a_get_that_a_task_awaits_later_is_fine(serve: Serve) -> None:
    source = CLASS + (
        "    async def fetch(self, request):\n"
        "        first, second = await asyncio.gather(self.env.API_KEY.get(), self.env.API_KEY.get())\n"
        "        self.ctx.waitUntil(asyncio.create_task(self.env.API_KEY.get()))\n"
        "        return Response(first + second)\n"
    )
    async with serve(source, secrets={"API_KEY": "k"}, strict=True) as worker:
        assert await (await worker.fetch("/")).text() == "kk"


async def test_strict_fails_on_an_unseeded_read_that_the_handler_caught(serve: Serve) -> None:
    source = CLASS + (
        "    async def fetch(self, request):\n"
        "        try:\n            await self.env.API_KEY.get()\n"
        "        except Exception:\n            return Response('no key', status=503)\n"
    )
    async with serve(source) as worker:
        assert (await worker.fetch("/")).status == 503
    with pytest.raises(
        ExpectationFailed, match=r"env\.API_KEY was read, but this test seeds no secret 'api-key'"
    ):
        async with serve(source, strict=True) as worker:
            await worker.fetch("/")


async def test_strict_fails_on_seeds_and_routes_without_use(serve: Serve) -> None:
    with pytest.raises(ExpectationFailed) as caught:
        async with serve(ECHO, secrets={"API_KEY": "k"}, strict=True) as worker:
            worker.outbound.get("https://a.example/")
            await worker.fetch("/")
    assert caught.value.message == (
        "the value seeded for API_KEY was never read; the route GET https://a.example/ was never called"
    )
