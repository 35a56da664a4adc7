"""Finding the handler and calling it, with production's words for what is missing."""

from __future__ import annotations

import pytest

from tests.worker.conftest import LEGACY_DATE, Serve

HEAD = "from workers import Response, WorkerEntrypoint\n"
CLASS = HEAD + "class Default(WorkerEntrypoint):\n"


@pytest.mark.parametrize(
    ("source", "date", "said"),
    [
        (
            "x = 1\n", LEGACY_DATE,
            'Error: Python entrypoint "entry.py" does not export a handler named "on_fetch"',
        ),
        ("x = 1\n", "2026-08-01", "There is no 'Default' class defined in the Python Worker's main module"),
        (
            "def on_fetch(request):\n    pass\n", "2026-08-01",
            "There is no 'Default' class defined in the Python Worker's main module",
        ),
        (CLASS + "    x = 1\n", "2026-08-01", "Method fetch does not exist"),
        (CLASS + "    def on_fetch(self, r):\n        pass\n", "2026-08-01", "Method fetch does not exist"),
        (CLASS + "    def fetch(self, r):\n        pass\n", LEGACY_DATE, "Method on_fetch does not exist"),
        (
            CLASS.replace("Default", "W") + "    pass\nDefault = W\n", "2026-08-01",
            "There is no 'Default' class defined in the Python Worker's main module",
        ),
        (
            CLASS + "    def fetch(self, r):\n        pass\n", "2026-08-01",
            "TypeError: Incorrect type for Promise: the Promise did not resolve to 'Response'.",
        ),
    ],
)  # fmt: skip
async def test_what_is_missing_is_told_in_productions_words(
    serve: Serve, source: str, date: str, said: str
) -> None:
    w = await serve(source, date=date)
    async with w.http.get(w.url) as response:
        assert response.status == 500
        assert (await response.text()).endswith(said)


@pytest.mark.parametrize(
    ("source", "date"),
    [
        (CLASS + "    def fetch(self, r):\n        pass\n", "2026-08-01"),
        (CLASS + "    def scheduled_(self):\n        pass\n", "2026-08-01"),
    ],
)
async def test_a_missing_scheduled_handler_is_told_of(serve: Serve, source: str, date: str) -> None:
    w = await serve(source, date=date)
    assert await w.text("/cdn-cgi/handler/scheduled") == "exception"
    assert "Handler does not export a scheduled() function" in w.log.errors[0][0]


async def test_scheduled_is_called_strictly(serve: Serve) -> None:
    w = await serve(CLASS + "    def scheduled(self, controller):\n        pass\n")
    assert await w.text("/cdn-cgi/handler/scheduled") == "exception"
    assert "Uncaught TypeError" in w.log.errors[0][0]
    assert "takes 2 positional arguments but 4 were given" in w.log.errors[0][0]


async def test_a_legacy_scheduled_handler_has_its_env_and_context(serve: Serve) -> None:
    w = await serve(
        "from js import Response\nseen = []\n"
        "async def on_scheduled(event, env, ctx):\n"
        "    ctx.waitUntil(later(env.NAME, event.cron))\n"
        "async def later(*what):\n    seen.append(what)\n"
        "def on_fetch(request):\n    return Response.new(str(seen))\n",
        date=LEGACY_DATE, config='[vars]\nNAME = "n"\n',
    )  # fmt: skip
    assert await w.text("/cdn-cgi/handler/scheduled?cron=x") == "ok"
    assert await w.text() == "[('n', 'x')]"


async def test_only_exported_classes_count(serve: Serve) -> None:
    w = await serve(
        CLASS + "    def fetch(self):\n        return Response('x')\n__all__ = ['other']\nother = 1\n"
    )
    assert "There is no 'Default' class" in await w.text()


async def test_a_class_beside_global_handlers_answers_and_the_rest_is_told_of(serve: Serve) -> None:
    w = await serve(
        CLASS + "    def on_fetch(self, request):\n        return Response('class')\n"
        "def on_fetch(request):\n    return Response('global')\n",
        date=LEGACY_DATE,
    )
    assert await w.text() == "class"
    assert w.log.warnings == [
        "on_fetch is never called, because the class Default is there too: keep one of them"
    ]


async def test_a_second_class_is_never_taken_for_the_default(serve: Serve) -> None:
    w = await serve(
        CLASS.replace("Default", "Other") + "    def fetch(self):\n        return Response('x')\n"
    )
    assert "There is no 'Default' class" in await w.text()


async def test_each_event_has_an_instance_of_its_own(serve: Serve) -> None:
    w = await serve(
        "count = 0\n" + CLASS + "    def __init__(self, ctx, env):\n        self.n = 0\n"
        "    def fetch(self, request):\n        global count\n        count += 1\n        self.n += 1\n"
        "        return Response(f'{self.n} {count} {hasattr(self, \"env\")}')\n"
    )
    assert [await w.text(), await w.text()] == ["1 1 False", "1 2 False"]
