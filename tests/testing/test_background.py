"""Work that goes on after the answer."""

from __future__ import annotations

import pytest

from sshim.errors import ExpectationFailed
from tests.testing.conftest import CLASS, Serve

LATER = CLASS + (
    "    async def fetch(self, request):\n"
    "        async def later():\n"
    "            await asyncio.sleep(0.02)\n"
    "            seen.append(await self.env.API_KEY.get())\n"
    "            if 'fail' in request.url:\n"
    "                raise ValueError('too late')\n"
    "        self.ctx.waitUntil(later())\n"
    "        return Response('now')\n"
    "seen = []\n"
)


async def test_wait_until_work_is_done_before_the_test_ends(serve: Serve) -> None:
    async with serve(LATER, secrets={"API_KEY": "k"}) as worker:
        await worker.fetch("/")
        import entry

        assert entry.seen == []
    assert entry.seen == ["k"]
    assert worker.events[0].reads == ["API_KEY"]


async def test_an_exception_of_wait_until_work_fails_the_test(serve: Serve) -> None:
    with pytest.raises(ExpectationFailed) as caught:
        async with serve(LATER, secrets={"API_KEY": "k"}) as worker:
            await worker.fetch("/fail")
    assert caught.value.message == "work in the background failed: ValueError: too late"
    assert 'File "src/entry.py", line 9, in later' in caught.value.detail


async def test_an_exception_that_the_test_looks_at_does_not_fail_it(serve: Serve) -> None:
    async with serve(LATER, secrets={"API_KEY": "k"}) as worker:
        await worker.fetch("/fail")
        await worker.settle()
        assert [str(error) for error in worker.background_errors] == ["too late"]


async def test_work_without_end_is_cut_off_and_said(serve: Serve) -> None:
    source = CLASS + (
        "    async def fetch(self, request):\n"
        "        self.ctx.waitUntil(asyncio.Event().wait())\n"
        "        return Response('now')\n"
    )
    async with serve(source) as worker:
        await worker.fetch("/")
        with pytest.raises(ExpectationFailed, match=r"1 waitUntil task was still running after 0\.05 s"):
            await worker.settle(timeout=0.05)


def test_code_that_is_not_async_runs_coroutines(serve: Serve) -> None:
    with serve(LATER, secrets={"API_KEY": "k"}) as worker:
        response = worker.run(worker.fetch("/"))
        assert worker.run(response.text()) == "now"
        import entry
    assert entry.seen == ["k"]
