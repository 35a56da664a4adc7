"""The client of a test, driving Workers in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sshim.errors import ExpectationFailed, SourceError, UsageError
from sshim.testing import chunks
from tests.testing.conftest import CONFIG, STORE, Serve

HEAD = "import asyncio\nfrom workers import Response, WorkerEntrypoint, fetch\n"
CLASS = HEAD + "class Default(WorkerEntrypoint):\n"
ECHO = CLASS + (
    "    async def fetch(self, request):\n"
    "        return Response.json({'method': request.method, 'url': request.url,\n"
    "            'headers': dict(request.headers.items()), 'body': await request.text()})\n"
)


async def test_a_handler_reads_its_secret_and_the_rotated_one(serve: Serve) -> None:
    async with serve(secrets={"API_KEY": "first"}) as worker:
        response = await worker.fetch("/")
        assert (response.status, await response.text()) == (200, "Hello first")
        worker.secrets["API_KEY"] = "second"
        assert await (await worker.fetch("/")).text() == "Hello second"
        assert [event.reads for event in worker.events] == [["API_KEY"], ["API_KEY"]]


async def test_the_request_is_what_the_development_server_makes_of_it(serve: Serve) -> None:
    async with serve(ECHO) as worker:
        response = await worker.fetch("/a b?x=1", query={"q": ["é", 2], "t": True}, headers={"X-Name": "v"})
        seen = await response.json()
    assert seen["method"] == "GET"
    assert seen["url"] == "http://localhost/a%20b?x=1&q=%C3%A9&q=2&t=true"
    assert seen["headers"] == {
        "host": "localhost",
        "x-name": "v",
        "accept-encoding": "br, gzip",
        "cf-connecting-ip": "127.0.0.1",
    }


async def test_a_target_arrives_as_a_request_line_would_bring_it(serve: Serve) -> None:
    async with serve(ECHO) as worker:
        seen = await (await worker.fetch("//other.example/a#part", query={"q": 1})).json()
    assert seen["url"] == "http://localhost//other.example/a?q=1"
    assert seen["headers"]["host"] == "localhost"


@pytest.mark.parametrize("headers", [{"X": "a\r\nY: b"}, {"X\n": "a"}, {"": "a"}, {"X": "a\0b"}])
async def test_a_header_that_no_client_can_send_is_refused(serve: Serve, headers: dict[str, str]) -> None:
    async with serve(ECHO) as worker:
        with pytest.raises(UsageError, match="no client can send the header"):
            await worker.fetch("/", headers=headers)


@pytest.mark.parametrize(
    ("options", "method", "content_type", "body"),
    [
        ({"json": {"a": [1, None]}}, "POST", "application/json", '{"a":[1,null]}'),
        ({"json": None, "method": "put"}, "PUT", "application/json", "null"),
        ({"body": "té"}, "POST", "text/plain;charset=UTF-8", "té"),
        ({"body": b"raw", "headers": [("Content-Type", "image/x")]}, "POST", "image/x", "raw"),
        ({"body": b"raw"}, "POST", None, "raw"),
        (
            {"form": {"a": "1 2", "b": ["x", "y"]}},
            "POST",
            "application/x-www-form-urlencoded;charset=UTF-8",
            "a=1+2&b=x&b=y",
        ),
    ],
)
async def test_each_kind_of_body_arrives(
    serve: Serve, options: dict[str, object], method: str, content_type: str | None, body: str
) -> None:
    async with serve(ECHO) as worker:
        seen = await (await worker.fetch("/", **options)).json()
    assert (seen["method"], seen["headers"].get("content-type"), seen["body"]) == (method, content_type, body)
    assert seen["headers"]["content-length"] == str(len(body.encode()))


async def test_files_arrive_as_a_form(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("from a path")
    source = CLASS + (
        "    async def fetch(self, request):\n"
        "        form = await request.form_data()\n"
        "        seen = {'field': form['field']}\n"
        "        for name in ('a', 'b', 'c'):\n"
        "            file = form[name]\n"
        "            seen[name] = [file.name, file.content_type, await file.text()]\n"
        "        return Response.json(seen)\n"
    )
    files = {"a": b"bytes", "b": tmp_path / "notes.txt", "c": ("c.json", '{"x":1}', "application/json")}
    async with serve(source) as worker:
        seen = await (await worker.fetch("/", form={"field": "value"}, files=files)).json()
    assert seen == {
        "field": "value",
        "a": ["a", "application/octet-stream", "bytes"],
        "b": ["notes.txt", "text/plain", "from a path"],
        "c": ["c.json", "application/json", '{"x":1}'],
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"json": {}, "body": "x"}, "a request has one body, not json and body"),
        ({"body": "x", "method": "get"}, "a GET request cannot have a body"),
        ({"body": {"a": 1}}, "body= takes text, bytes or an iterable of bytes, not dict"),
        ({"body": 5}, "body= takes text, bytes or an iterable of bytes, not int"),
    ],
)
async def test_a_request_that_cannot_be_is_refused(
    serve: Serve, options: dict[str, object], said: str
) -> None:
    async with serve(ECHO) as worker:
        with pytest.raises(UsageError, match=said):
            await worker.fetch("/", **options)


async def test_bodies_stream_both_ways_at_once(serve: Serve) -> None:
    source = CLASS + ("    async def fetch(self, request):\n        return Response(request.body)\n")
    steps: list[str] = []

    async def produce() -> AsyncIterator[bytes]:
        for word in (b"one", b"two", b"three"):
            steps.append(f"sent {word.decode()}")
            yield word
            await asyncio.sleep(0.01)

    async with serve(source) as worker:
        response = await worker.fetch("/", body=produce())
        async for chunk in chunks(response):
            steps.append(f"got {chunk.decode()}")
    assert steps == ["sent one", "got one", "sent two", "got two", "sent three", "got three"]


async def test_an_exception_of_the_handler_is_the_tests_without_our_frames(serve: Serve) -> None:
    source = CLASS + "    async def fetch(self, request):\n        raise ValueError('broken')\n"
    async with serve(source) as worker:
        with pytest.raises(ValueError, match="broken") as caught:
            await worker.fetch("/")
    inner = [str(entry.path) for entry in caught.traceback][-1]
    assert inner.endswith("src/entry.py")
    files = [str(entry.path) for entry in caught.traceback if "/sshim/worker/" in str(entry.path)]
    assert files == []


async def test_a_missing_secret_fails_as_in_production_and_says_what_to_seed(serve: Serve) -> None:
    async with serve() as worker:
        with pytest.raises(Exception, match='Error: Secret "api-key" not found') as caught:
            await worker.fetch("/")
    assert type(caught.value).__name__ == "JsException"
    assert caught.value.__notes__ == [
        f'env.API_KEY: this test seeds no secret \'api-key\' in store {STORE}. Try: secrets["API_KEY"] = "…"'
    ]


@pytest.mark.parametrize(
    ("set_up", "said"),
    [
        (lambda s: s.fail("API_KEY", "quota is used up"), "Error: quota is used up"),
        (lambda s: s.fail("API_KEY", TimeoutError("slow")), "slow"),
        (lambda s: s.missing("API_KEY"), 'Error: Secret "api-key" not found'),
    ],
)
async def test_get_fails_as_the_test_says(serve: Serve, set_up: object, said: str) -> None:
    async with serve(secrets={"API_KEY": "value"}) as worker:
        set_up(worker.secrets)  # type: ignore[operator]
        with pytest.raises(Exception) as caught:
            await worker.fetch("/")
        assert str(caught.value) == said
        worker.secrets.recover("API_KEY")
        worker.secrets["API_KEY"] = "back"
        assert await (await worker.fetch("/")).text() == "Hello back"


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


async def test_a_scheduled_event_runs_its_handler(serve: Serve) -> None:
    source = CLASS + (
        "    async def scheduled(self, controller, env, ctx):\n"
        "        seen.append((controller.cron, controller.scheduledTime, env, ctx))\n"
        "        controller.noRetry()\n"
        "        if controller.cron == 'bad': raise ValueError('cron')\n"
        "seen = []\n"
    )
    async with serve(source) as worker:
        assert (await worker.scheduled("* * * * *", time=1000)).no_retry is True
        with pytest.raises(ValueError, match="cron"):
            await worker.scheduled("bad")
        import entry

        assert entry.seen[0] == ("* * * * *", 1000, None, None)
        assert worker.events[0].target == "* * * * *"


async def test_methods_are_called_directly_with_env_and_ctx(serve: Serve) -> None:
    source = CLASS + (
        "    async def total(self, numbers):\n"
        "        self.ctx.waitUntil(asyncio.sleep(0))\n"
        "        return sum(numbers), await self.env.API_KEY.get()\n"
        "    async def fetch(self, request):\n"
        "        return Response(request.url)\n"
        "class Other(WorkerEntrypoint):\n"
        "    def name(self):\n        return 'other'\n"
    )
    async with serve(source, secrets={"API_KEY": "k"}) as worker:
        assert await worker.instance().total([1, 2]) == (3, "k")
        assert worker.instance("Other").name() == "other"
        response = await worker.instance().fetch(worker.request("/direct"))
        assert await response.text() == "http://localhost/direct"
        assert worker.events[0].reads == ["API_KEY"]


SOCKET = HEAD + (
    "from js import WebSocketPair\n"
    "class Default(WorkerEntrypoint):\n"
    "    async def fetch(self, request):\n"
    "        if request.headers['upgrade'] != 'websocket':\n"
    "            return Response('no', status=426)\n"
    "        client, server = WebSocketPair.new().object_values()\n"
    "        server.accept()\n"
    "        def on_message(event):\n"
    "            if event.data == 'close':\n"
    "                server.close(4001, 'as asked')\n"
    "            elif event.data == 'fail':\n"
    "                raise ValueError('listener')\n"
    "            else:\n"
    "                server.send(event.data)\n"
    "        server.addEventListener('message', on_message)\n"
    "        server.addEventListener('close', lambda event: closed.append(event.code))\n"
    "        return Response(None, status=101, web_socket=client)\n"
    "closed = []\n"
)


async def test_a_websocket_talks_both_ways(serve: Serve) -> None:
    async with serve(SOCKET) as worker:
        async with await worker.websocket("/") as socket:
            await socket.send("text")
            assert await socket.receive() == "text"
            await socket.send(b"\0bytes")
            assert await socket.receive() == b"\0bytes"
            await socket.send_json({"a": 1})
            assert await socket.receive_json() == {"a": 1}
        await worker.settle()
        import entry

        assert entry.closed == [1000]


async def test_a_websocket_hears_that_the_worker_closes(serve: Serve) -> None:
    async with serve(SOCKET) as worker:
        socket = await worker.websocket("/")
        for message in ("one", "two", "close"):
            await socket.send(message)
        assert [message async for message in socket] == ["one", "two"]
        assert (socket.close_code, socket.close_reason) == (4001, "as asked")
        with pytest.raises(ExpectationFailed, match=r"has closed the WebSocket \(code 4001, 'as asked'\)"):
            await socket.receive()
        other = await worker.websocket("/")
        await other.send("close")
        assert await other.closed() == 4001


async def test_silence_on_a_websocket_ends_the_wait(serve: Serve) -> None:
    async with serve(SOCKET) as worker:
        async with await worker.websocket("/") as socket:
            with pytest.raises(ExpectationFailed, match=r"sent no message within 0\.05 s"):
                await socket.receive(timeout=0.05)


async def test_an_exception_of_a_listener_fails_the_test(serve: Serve) -> None:
    with pytest.raises(ExpectationFailed, match="work in the background failed: ValueError: listener"):
        async with serve(SOCKET) as worker:
            socket = await worker.websocket("/")
            await socket.send("fail")


async def test_an_answer_that_is_no_websocket_is_said(serve: Serve) -> None:
    async with serve(ECHO) as worker:
        with pytest.raises(ExpectationFailed, match="answered with status 200, not with a WebSocket"):
            await worker.websocket("/")


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


async def test_env_is_read_and_changed_for_the_events_that_follow(serve: Serve) -> None:
    source = HEAD + (
        "from workers import env\n"
        "class Default(WorkerEntrypoint):\n"
        "    async def fetch(self, request):\n"
        "        db = await self.env.DB.get('x') if hasattr(self.env, 'DB') else None\n"
        "        return Response.json([self.env.GREETING, env.GREETING, db, self.env.LIMITS.to_py()])\n"
    )

    class Fake:
        async def get(self, key: str) -> str:
            return f"fake {key}"

    config = CONFIG.replace("vars = {", "vars = { LIMITS = { rate = 5 },")
    async with serve(source, config=config) as worker:
        assert worker.env.GREETING == "Hello" and worker.env.LIMITS.rate == 5
        assert await (await worker.fetch("/")).json() == ["Hello", "Hello", None, {"rate": 5}]
        worker.env.GREETING = "Hi"
        worker.env.DB = Fake()
        worker.env.LIMITS = {"rate": [1, 2]}
        assert await (await worker.fetch("/")).json() == ["Hi", "Hi", "fake x", {"rate": [1, 2]}]
        del worker.env.DB
        assert (await (await worker.fetch("/")).json())[2] is None
        assert set(dir(worker.env)) == {"API_KEY", "GREETING", "LIMITS"}
        with pytest.raises(AttributeError):
            worker.env.NOTHING  # noqa: B018
    async with serve(source, config=config, vars={"GREETING": "Hey"}, bindings={"DB": Fake()}) as worker:
        assert await (await worker.fetch("/")).json() == ["Hey", "Hey", "fake x", {"rate": 5}]
    async with serve(source, config=config) as worker:
        assert await (await worker.fetch("/")).json() == ["Hello", "Hello", None, {"rate": 5}]


async def test_secrets_of_module_level_env_are_those_of_the_test_that_runs(serve: Serve) -> None:
    source = HEAD + (
        "from workers import env\n"
        "KEY = env.API_KEY\n"
        "class Default(WorkerEntrypoint):\n"
        "    async def fetch(self, request):\n"
        "        return Response(await KEY.get())\n"
    )
    for value in ("one", "two"):
        async with serve(source, secrets={"API_KEY": value}) as worker:
            assert await (await worker.fetch("/")).text() == value
    async with (
        serve(secrets={"API_KEY": "a"}, source=source) as first,
        serve(source, secrets={"API_KEY": "b"}) as second,
    ):
        assert await (await first.fetch("/")).text() == "a"
        assert await (await second.fetch("/")).text() == "b"


async def test_a_named_environment_has_its_own_bindings(serve: Serve) -> None:
    config = (
        CONFIG
        + '[env.stg]\nvars = { GREETING = "Staging" }\n[[env.stg.secrets_store_secrets]]\n'
        + (f'binding = "API_KEY"\nstore_id = "{STORE}"\nsecret_name = "stg-key"\n')
    )
    async with serve(config=config, env="stg", secrets={"API_KEY": "s"}) as worker:
        assert await (await worker.fetch("/")).text() == "Staging s"
        assert worker.secrets.store(STORE)["stg-key"] == "s"
    async with serve(config=config, secrets={"API_KEY": "t"}) as worker:
        assert await (await worker.fetch("/")).text() == "Hello t"


async def test_a_developers_own_values_are_read_only_when_named(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / ".dev.vars").write_text("GREETING=private\n")
    (tmp_path / "test.vars").write_text("GREETING=shared\n")
    async with serve(secrets={"API_KEY": "k"}) as worker:
        assert await (await worker.fetch("/")).text() == "Hello k"
    async with serve(secrets={"API_KEY": "k"}, env_files=[tmp_path / "test.vars"]) as worker:
        assert await (await worker.fetch("/")).text() == "shared k"


def test_code_that_is_not_async_runs_coroutines(serve: Serve) -> None:
    with serve(LATER, secrets={"API_KEY": "k"}) as worker:
        response = worker.run(worker.fetch("/"))
        assert worker.run(response.text()) == "now"
        import entry
    assert entry.seen == ["k"]


async def test_run_inside_of_a_loop_is_refused(serve: Serve) -> None:
    async with serve(ECHO) as worker:
        with pytest.raises(UsageError, match=r"worker.run\(\) is for tests that are not async"):
            worker.run(worker.fetch("/"))


async def test_a_broken_module_is_a_source_error(serve: Serve) -> None:
    with pytest.raises(SourceError, match="No module named 'not_installed'"):
        async with serve("import not_installed\n"):
            pass
    async with serve(ECHO) as worker:
        assert (await worker.fetch("/")).status == 200


@pytest.mark.parametrize(
    ("config", "said"),
    [("missing.toml", "there is no configuration"), (Path("/"), "no wrangler configuration was found in /")],
)
async def test_a_configuration_that_is_not_there_is_said(config: str | Path, said: str) -> None:
    import sshim.testing

    with pytest.raises(UsageError, match=said):
        async with sshim.testing.worker(config):
            pass


async def test_a_legacy_worker_gets_raw_objects(serve: Serve) -> None:
    source = (
        "from js import Response\n"
        "async def on_fetch(request, env, ctx):\n"
        "    return Response.new(env.GREETING)\n"
    )
    async with serve(source, config=CONFIG.replace("2026-08-01", "2025-07-01")) as worker:
        assert await (await worker.fetch("/")).text() == "Hello"


async def test_requests_at_the_same_time_know_their_own_reads(serve: Serve) -> None:
    source = CLASS + (
        "    async def fetch(self, request):\n"
        "        await asyncio.sleep(0)\n"
        "        if 'secret' in request.url:\n            await self.env.API_KEY.get()\n"
        "        return Response('x')\n"
    )
    async with serve(source, secrets={"API_KEY": "k"}) as worker:
        await asyncio.gather(*(worker.fetch(path) for path in ("/", "/secret", "/", "/secret")))
        assert [event.reads for event in worker.events] == [[], ["API_KEY"], [], ["API_KEY"]]
        assert json.dumps(worker.secrets.reads) == '["API_KEY", "API_KEY"]'


async def test_a_usual_mistake_is_explained(serve: Serve) -> None:
    async with serve(CLASS + "    async def fetch(self, request):\n        return None\n") as worker:
        with pytest.raises(TypeError, match="Incorrect type for Promise") as caught:
            await worker.fetch("/")
    assert caught.value.__notes__ == [
        "the handler returned None: does every path end in `return Response(...)`?"
    ]


async def test_a_binding_that_is_not_emulated_says_how_a_test_stands_in_for_it(serve: Serve) -> None:
    source = CLASS + "    async def fetch(self, request):\n        await self.env.KV.get('x')\n"
    config = CONFIG + '[[kv_namespaces]]\nbinding = "KV"\nid = "x"\n'
    async with serve(source, config=config) as worker:
        with pytest.raises(NotImplementedError, match=r"env\.KV is a KV namespace") as caught:
            await worker.fetch("/")
    assert caught.value.__notes__ == [
        "in a test: @pytest.mark.sshim(bindings={…}), or set it on the env fixture"
    ]


async def test_the_console_is_captured(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    source = (
        "from js import console\n"
        + CLASS
        + (
            "    async def fetch(self, request):\n"
            "        console.log('to', 1)\n        console.error('wrong')\n        print('plain')\n"
            "        return Response('x')\n"
        )
    )
    async with serve(source) as worker:
        await worker.fetch("/")
    assert capsys.readouterr() == ("to 1\nplain\n", "wrong\n")


async def test_static_assets_and_the_workers_own_service_answer_as_they_do_when_served(
    serve: Serve, tmp_path: Path
) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "page.html").write_text("<p>static</p>")
    source = CLASS + (
        "    async def fetch(self, request):\n"
        "        if 'inner' in request.url:\n            return Response('inner')\n"
        "        page = await self.env.ASSETS.fetch('http://x/page')\n"
        "        own = await self.env.SELF.fetch('http://x/inner')\n"
        "        return Response(await page.text() + await own.text())\n"
    )
    config = CONFIG + (
        '[assets]\ndirectory = "public"\nbinding = "ASSETS"\n[[services]]\nbinding = "SELF"\nservice = "w"\n'
    )
    async with serve(source, config=config) as worker:
        page = await worker.fetch("/page")
        assert (page.status, await page.text(), page.headers["content-type"]) == (
            200,
            "<p>static</p>",
            "text/html; charset=utf-8",
        )
        assert worker.events == []
        assert await (await worker.fetch("/other")).text() == "<p>static</p>inner"


async def test_two_open_workers_import_their_own_modules_also_later(
    tmp_path: Path, clean_imports: None
) -> None:
    import sshim.testing

    for name in ("one", "two"):
        folder = tmp_path / name / "src"
        folder.mkdir(parents=True)
        (folder.parent / "wrangler.toml").write_text(CONFIG)
        (folder / "late.py").write_text(f"NAME = {name!r}\n")
        (folder / "entry.py").write_text(
            CLASS
            + "    async def fetch(self, request):\n        import late\n        return Response(late.NAME)\n"
        )
    async with sshim.testing.worker(tmp_path / "one") as one, sshim.testing.worker(tmp_path / "two") as two:
        for _ in range(2):
            assert await (await one.fetch("/")).text() == "one"
            assert await (await two.fetch("/")).text() == "two"


async def test_many_reads_are_remembered_no_longer_than_they_matter(serve: Serve) -> None:
    source = CLASS + (
        "    async def fetch(self, request):\n"
        "        for _ in range(300):\n            await self.env.API_KEY.get()\n"
        "        self.env.API_KEY.get()\n"
        "        for _ in range(300):\n            await self.env.API_KEY.get()\n"
        "        return Response('x')\n"
    )
    with pytest.raises(ExpectationFailed, match=r"without await at src/entry\.py:7"):
        async with serve(source, secrets={"API_KEY": "k"}) as worker:
            await worker.fetch("/")
            assert len(worker.calls) < 100
            assert len(worker.events[0].reads) == 600
