"""A scheduled event that is fired over HTTP."""

from __future__ import annotations

import pytest

from tests.worker.conftest import HEAD, Serve


@pytest.mark.parametrize("where", ["handler", "local", "mf"])
async def test_a_trigger_url_runs_the_scheduled_handler(serve: Serve, where: str) -> None:
    w = await serve(
        "seen = []\n" + HEAD + "    async def scheduled(self, controller, env, ctx):\n"
        "        seen.append((controller.cron, controller.scheduledTime, env, ctx))\n"
        "    def fetch(self, request):\n        return Response(repr(seen))\n"
    )
    assert await w.text(f"/cdn-cgi/{where}/scheduled?cron=*+*+*+*+*&time=1000") == "ok"
    assert await w.text() == "[('* * * * *', 1000, None, None)]"
    assert [r[1] for r in w.log.requests] == ["/"]


async def test_a_failing_scheduled_handler_answers_exception(serve: Serve) -> None:
    w = await serve(
        HEAD + "    async def scheduled(self, controller, env, ctx):\n"
        "        controller.noRetry()\n        raise ValueError('cron')\n"
    )
    async with w.http.get(w.url + "/cdn-cgi/handler/scheduled?format=json") as response:
        assert response.status == 500
        assert await response.json() == {"outcome": "exception", "noRetry": True, "error": "ValueError: cron"}


@pytest.mark.parametrize(
    ("handler", "why"),
    [
        ("def other(self): pass", "pyodide.ffi.JsException: Error: Handler does not export a scheduled()"),
        ("async def scheduled(self, c): pass", "TypeError: Default.scheduled() takes 2 positional arguments"),
        ("async def scheduled(self, c, e, x, *, n): pass", "TypeError: Default.scheduled() missing 1"),
    ],
)
async def test_a_trigger_tells_what_a_scheduled_handler_takes(serve: Serve, handler: str, why: str) -> None:
    w = await serve(HEAD + f"    {handler}\n")
    async with w.http.get(w.url + "/cdn-cgi/handler/scheduled?format=json") as response:
        told = await response.json()
    assert told["error"].startswith(why) and "takes controller, env, ctx" in told["hint"]


async def test_a_trigger_for_another_worker_is_not_fired(serve: Serve) -> None:
    w = await serve(HEAD + "    async def scheduled(self, c, e, x):\n        print('fired')\n")
    mark = w.server.config.mark
    for asked, status in ((mark, 200), ("", 200), ("0" * 16, 421)):
        async with w.http.get(f"{w.url}/cdn-cgi/handler/scheduled?worker={asked}") as response:
            assert response.status == status


async def test_what_a_trigger_tells_of_an_error_is_one_line_without_values(serve: Serve) -> None:
    w = await serve(
        HEAD + "    async def scheduled(self, c, e, x):\n        raise TypeError('an s3cret\\nmore')\n",
        options={"redact": lambda text: text.replace("s3cret", "***")},
    )
    async with w.http.get(w.url + "/cdn-cgi/handler/scheduled?format=json") as response:
        told = await response.json()
    assert (told["error"], told.get("hint")) == ("TypeError: an ***", None)


async def test_a_trigger_from_a_foreign_page_is_refused(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    w = await serve(
        HEAD + "    def scheduled(self, c, e, x):\n        print('fired')\n", options={"test_scheduled": True}
    )
    for path in ("/cdn-cgi/handler/scheduled", "/__scheduled"):
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            async with w.http.get(w.url + path, headers=headers) as response:
                assert (response.status, await response.text()) == (403, "Invalid Host header")
        async with w.http.get(w.url + path, headers={"Host": "evil.example"}) as response:
            assert response.status == 403
        assert capsys.readouterr().out == ""
        async with w.http.get(w.url + path, headers={"Sec-Fetch-Site": "none"}) as response:
            assert response.status == 200
        assert capsys.readouterr().out == "fired\n"
