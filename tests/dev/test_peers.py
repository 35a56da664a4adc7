"""Several Workers in one `sshim dev`, bound to each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.dev.running import CONFIG, Dev, Project, Start, all_gone

API = """import near
from workers import Response, WorkerEntrypoint

class Default(WorkerEntrypoint):
    async def fetch(self, request):
        path = request.url.partition('//')[2].partition('/')[2]
        back = self.env.BACK
        if path == 'fetch':
            answer = await back.fetch('http://any/x?y=1', method='POST', body='given', headers={'x-a': 'b'})
            said = await answer.text()
            return Response(f'{answer.status} {answer.headers["x-b"]} {said} {near.name}')
        if path == 'call':
            return Response.json(await back.add(1, [2, {'three': 3.5}], None, b'four'))
        if path == 'named':
            return Response(await self.env.NAMED.hello())
        if path == 'raise':
            try:
                await back.fail()
            except Exception as error:
                return Response(f'{type(error).__name__} {error}')
        if path == 'raise-fetch':
            try:
                await back.fetch('http://any/raise')
            except Exception as error:
                return Response(f'{type(error).__name__} {error}')
        if path == 'echo':
            return await back.fetch(request)
        if path == 'absent':
            return await self.env.ABSENT.fetch('http://any/')
        return Response(near.name)
"""
BACK = """import near
from workers import Response, WorkerEntrypoint, env

class Default(WorkerEntrypoint):
    async def fetch(self, request):
        if request.url.endswith('/raise'):
            raise ValueError('in fetch')
        if request.method == 'PUT':
            return Response(request.js_object.body)
        text = f'{request.method} {request.url} {await request.text()} {near.name} {self.env.WHO} {env.WHO}'
        headers = {'x-b': request.headers['x-a'] or '-'}
        return Response(text, status=201, headers=headers)

    def add(self, one, nested, nothing, data):
        return {'one': one, 'nested': nested, 'nothing': nothing, 'data': len(data), 'who': near.name}

    async def fail(self):
        raise KeyError('in a method')

class Named(WorkerEntrypoint):
    async def hello(self):
        return 'hello by ' + near.name
"""
SERVICES = """[vars]
WHO = "front"
[[services]]
binding = "BACK"
service = "back"
[[services]]
binding = "NAMED"
service = "back"
entrypoint = "Named"
[[services]]
binding = "ABSENT"
service = "absent"
"""


@pytest.fixture
def back(project: Project) -> Path:
    """The folder of a second Worker beside the first; both have modules of the same names."""
    project.entry.write_text(API)
    (project.folder / "src" / "near.py").write_text("name = 'front near'\n")
    project.config.write_text(CONFIG + SERVICES)
    folder = project.folder.parent / "back"
    (folder / "src").mkdir(parents=True)
    (folder / "wrangler.toml").write_text(
        CONFIG.replace('name = "w"', 'name = "back"') + '[vars]\nWHO = "back"\n'
    )
    (folder / "src" / "entry.py").write_text(BACK)
    (folder / "src" / "near.py").write_text("name = 'back near'\n")
    return folder


@pytest.fixture
def both(start: Start, back: Path) -> Dev:
    return start("-c", "wrangler.toml", "-c", "../back/wrangler.toml").ready()


def test_fetch_and_methods_reach_the_other_worker_and_its_own_modules(both: Dev) -> None:
    assert both.get("/") == (200, "front near")
    assert both.get("/fetch") == (
        200,
        "201 b POST http://any/x?y=1 given back near back back front near",
    )
    assert json.loads(both.get("/call")[1]) == {
        "one": 1, "nested": [2, {"three": 3.5}], "nothing": None, "data": 4, "who": "back near",
    }  # fmt: skip
    assert both.get("/named") == (200, "hello by back near")


def test_exceptions_come_back_and_are_logged_where_they_happened(both: Dev) -> None:
    assert both.get("/raise") == (200, "JsException Error: KeyError: 'in a method'")
    # What Pyodide makes of a fetch that was rejected.
    assert both.get("/raise-fetch") == (200, "AbortError ValueError: in fetch")
    both.until("Uncaught KeyError: 'in a method'")
    both.until('File "src/entry.py", line 18, in fail')


def test_a_large_body_goes_through_both_ways(both: Dev) -> None:
    import urllib.request

    data = b"\xa5" * (5 << 20)
    request = urllib.request.Request(both.url + "/echo", data=data, method="PUT")
    with urllib.request.urlopen(request, timeout=120) as response:
        assert response.read() == data


def test_each_worker_reloads_alone(both: Dev, back: Path) -> None:
    (back / "src" / "near.py").write_text("name = 'edited'\n")
    both.until("reloaded .*near.py")
    assert both.get("/named") == (200, "hello by edited")
    assert both.get("/") == (200, "front near")
    (both.project.folder / "src" / "near.py").write_text("name = 'too'\n")
    both.until("^reloaded", count=2)
    assert both.get("/") == (200, "too")
    assert both.get("/named") == (200, "hello by edited")


def test_a_broken_worker_beside_says_why_to_who_calls_it(start: Start, back: Path) -> None:
    (back / "src" / "entry.py").write_text("import nothing_of_that_name\n")
    dev = start("-c", "wrangler.toml", "-c", "../back/wrangler.toml").ready()
    dev.until("waiting for a change")
    assert "nothing_of_that_name" in dev.answers("nothing_of_that_name", "/named")
    assert dev.get("/") == (200, "front near")
    (back / "src" / "entry.py").write_text(BACK)
    dev.answers("hello by back near", "/named")


def test_a_worker_that_is_not_given_is_warned_of_once_and_fails_clearly_at_use(both: Dev) -> None:
    status, body = both.get("/absent")
    assert status == 500
    assert 'env.ABSENT is a service binding to the Worker "absent", which is not served here' in body
    both.until('env.ABSENT: the Worker "absent" is not served here')
    assert both.err.count("so calls to it fail") == 1
    both.until(r"env.ABSENT \(absent\) +Worker +not served$")
    both.until(r"env.BACK \(back\) +Worker +served here$")


def test_everything_ends_and_nothing_is_left(both: Dev, tmp_path: Path) -> None:
    children = both.children()
    assert len(children) == 3
    assert both.stop() == 0
    assert all_gone(children)


def test_two_workers_of_one_name_are_refused(start: Start, back: Path) -> None:
    (back / "wrangler.toml").write_text(CONFIG)
    dev = start("-c", "wrangler.toml", "-c", "../back/wrangler.toml")
    assert dev.wait() == 2
    assert "two of the Workers are named 'w'" in dev.err and "Traceback" not in dev.err


def test_a_configuration_beside_that_is_not_there_is_named(start: Start, back: Path) -> None:
    dev = start("-c", "wrangler.toml", "-c", "../gone/wrangler.toml")
    assert dev.wait() == 2
    assert "gone/wrangler.toml" in dev.err and "Traceback" not in dev.err


def test_one_process_cannot_hold_several_workers(start: Start, back: Path) -> None:
    dev = start("-c", "wrangler.toml", "-c", "../back/wrangler.toml", "--no-reload")
    assert dev.wait() == 2
    assert "several Workers need a process each" in dev.err
