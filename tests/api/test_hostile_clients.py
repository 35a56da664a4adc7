"""`sshim serve` under clients that mean harm, seen from outside: it stays up, small and quick to answer."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import time
from pathlib import Path
from typing import Any

import pytest

from sshim.model import ACCOUNT_ID
from tests.api.load import resident
from tests.api.program import make_token, serving
from tests.api.wire import read_answer, request, send

STORES = f"/client/v4/accounts/{ACCOUNT_ID}/secrets_store/stores"
GROWTH = 50 * 1024
"""KiB that memory may grow by."""


async def hang(port: int) -> asyncio.StreamWriter | None:
    """A connection that never ends its header."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /health HTTP/1.1\r\nHost: localhost:{port}\r\nX-Slow: ".encode())
        await writer.drain()
        return writer
    except ConnectionError:
        return None


@pytest.mark.slow
async def test_five_hundred_hanging_connections_do_not_keep_others_out(tmp_path: Path) -> None:
    with serving(tmp_path, "--quiet") as program:
        before = resident(program.process.pid)
        writers = [await hang(program.port) for _ in range(500)]
        times = []
        for _ in range(100):
            started = time.monotonic()
            answer = await send(
                program.port, request("GET", "/health", {"Host": f"localhost:{program.port}"})
            )
            times.append(time.monotonic() - started)
            assert answer.status == 200
        assert sorted(times)[50] < 5.0, "a stall, whatever the machine"
        assert resident(program.process.pid) - before < GROWTH
        for writer in writers:
            if writer is not None:
                writer.close()
        assert program.end()[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("form", ["declared", "chunked"])
async def test_a_body_of_a_gigabyte_is_refused_and_not_kept(tmp_path: Path, form: str) -> None:
    with serving(tmp_path, "--quiet") as program:
        before = resident(program.process.pid)
        headers = {
            "Host": f"localhost:{program.port}",
            "Authorization": f"Bearer {make_token(tmp_path)}",
            "Content-Type": "application/json",
        }
        length = {"Content-Length": str(1 << 30)} if form == "declared" else {"Transfer-Encoding": "chunked"}
        reader, writer = await asyncio.open_connection("127.0.0.1", program.port)
        writer.write(request("POST", STORES, headers | length))
        answering = asyncio.ensure_future(read_answer(reader))
        block = b" " * 65536 if form == "declared" else b"10000\r\n" + b" " * 65536 + b"\r\n"
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 1 << 30 and not answering.done():
                writer.write(block)
                await writer.drain()
                sent += 65536
        assert sent < 1 << 26
        assert (await answering).error == (413, 1001, "request_body_too_large")
        writer.close()
        assert resident(program.process.pid) - before < GROWTH
        assert program.end()[0] == 0


async def test_no_value_and_no_credential_is_ever_said(tmp_path: Path) -> None:
    """Values wherever one can stand, by right or by mistake, searched for in all that comes back."""
    canary = "c4nary-81f0e2"
    heard = []
    with serving(tmp_path) as program:
        token = make_token(tmp_path)

        async def ask(method: str, path: str, body: Any = None, raw: bytes | None = None) -> Any:
            headers = {
                "Host": f"localhost:{program.port}",
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/json",
            }
            content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
            got = await send(program.port, request(method, path, headers, content))
            heard.append(got.body + repr(got.headers).encode())
            return got

        store = (await ask("POST", STORES, {"name": "main"})).json["result"]["id"]
        secrets = f"{STORES}/{store}/secrets"
        entry = {"name": "A", "value": canary, "scopes": ["workers"]}
        secret = (await ask("POST", secrets, [entry])).json["result"][0]["id"]
        one = f"{secrets}/{secret}"
        statuses = [
            (await ask("POST", secrets, [entry])).status,
            (await ask("POST", secrets, entry)).status,
            (await ask("POST", secrets, [{**entry, "name": "B", "value": canary * 10_000}])).status,
            (await ask("POST", secrets, [{**entry, "name": "B", "value": canary + "\0"}])).status,
            (await ask("POST", secrets, [{**entry, "name": "B", "scopes": ["worker"]}])).status,
            (await ask("POST", secrets, [{**entry, "name": "B", "value": [canary]}])).status,
            (await ask("POST", secrets, [{**entry, "name": "B", canary: canary}])).status,
            (await ask("POST", secrets, raw=f'[{{"value":"{canary}'.encode())).status,
            (await ask("PATCH", one, {"value": canary + "2", "name": "x"})).status,
            (await ask("PATCH", one, {"value": canary + "2", "comment": 1})).status,
            (await ask("GET", f"{secrets}?value={canary}&search={canary}")).status,
            (await ask("PATCH", f"{one}?value={canary}", {"value": canary + "2"})).status,
            (await ask("POST", f"{one}/duplicate", {"name": "C", "scopes": ["dex"], "value": canary})).status,
            (await ask("POST", f"{one}/duplicate", {"name": "C", "scopes": ["dex"]})).status,
        ]
        assert statuses == [400] * 10 + [200, 200, 400, 200]
        for path in (one, secrets, f"/client/v4/accounts/{ACCOUNT_ID}/audit_logs?per_page=100"):
            await ask("GET", path)
        span = "since=2020-01-01&before=2099-01-01"
        await ask("GET", f"/client/v4/accounts/{ACCOUNT_ID}/logs/audit?{span}")
        _, said = program.end()
    heard.append(said.encode())
    assert "PATCH" in said
    for form in (canary, base64.b64encode(canary.encode()).decode()[:16], canary.encode().hex(), token):
        assert not [each for each in heard if form.encode() in each], form
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert canary.encode() not in content and token.encode() not in content, path
