"""The program `sshim serve` from its start to its end."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from sshim.control import ControlPlane
from sshim.model import ACCOUNT_ID, Actor
from sshim.store.open import open_store, store_options
from tests.api.program import command, environ, make_token, serving


def ask(url: str, token: str, method: str = "GET", body: Any = None) -> Any:
    """The result of one call."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(asked, timeout=60) as got:
        return json.load(got)["result"]


def sshim(home: Path, *arguments: str, value: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        input=value,
        capture_output=True,
        text=True,
        env=environ(home),
        cwd=home,
        timeout=120,
    )


def test_the_first_start_needs_nothing_but_a_token(tmp_path: Path) -> None:
    with serving(tmp_path) as program:
        assert program.account_id == ACCOUNT_ID
        assert program.ready_line.startswith(f"Ready on {program.url} (account {ACCOUNT_ID}")
        assert program.ready_line.rstrip().endswith(" ms)")
        assert ask(f"{program.url}/accounts", make_token(tmp_path))[0]["id"] == ACCOUNT_ID
        code, said = program.end()
    assert code == 0
    assert "created the encrypted store" in said and "GET /client/v4/accounts 200 OK" in said
    assert "no client has a token yet: sshim token create" in said
    with serving(tmp_path) as program:
        _, said = program.end()
    assert "no client has a token yet" not in said
    assert (tmp_path / "store" / "store.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_code_zero(tmp_path: Path, how: signal.Signals) -> None:
    with serving(tmp_path) as program:
        code, said = program.end(how)
    assert code == 0
    assert "Traceback" not in said and "error" not in said


def test_a_port_that_is_taken_ends_it_with_code_one(tmp_path: Path) -> None:
    with serving(tmp_path) as program:
        second = sshim(tmp_path, "serve", "--port", str(program.port), "--gateway-port", "0")
    assert second.returncode == 1 and second.stdout == ""
    assert second.stderr.startswith(f"error: Address already in use (127.0.0.1:{program.port})")
    assert f"Try: --port {program.port + 1}" in second.stderr


def test_a_gateway_port_that_is_taken_is_said_with_its_own_flag(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        second = sshim(tmp_path, "serve", "--port", "0", "--gateway-port", str(port))
    assert second.returncode == 1 and second.stdout == ""
    assert f"(127.0.0.1:{port})" in second.stderr and f"Try: --gateway-port {port + 1}" in second.stderr


def test_changes_by_the_api_and_by_the_command_line_are_seen_by_the_other_at_once(tmp_path: Path) -> None:
    with serving(tmp_path) as program:
        token = make_token(tmp_path)
        stores = f"{program.url}/accounts/{ACCOUNT_ID}/secrets_store/stores"
        store = ask(stores, token, "POST", {"name": "main"})["id"]
        created = sshim(
            tmp_path, "secret", "create", store, "--name", "BY_CLI", "--scopes", "workers", value="one"
        )
        assert created.returncode == 0, created.stderr
        (secret,) = ask(f"{stores}/{store}/secrets", token)
        assert secret["name"] == "BY_CLI"
        assert ask(f"{stores}/{store}/secrets/{secret['id']}", token, "PATCH", {"comment": "by the API"})
        listed = sshim(tmp_path, "secret", "list", store, "--json")
        assert json.loads(listed.stdout)[0]["comment"] == "by the API"


async def test_a_worker_reads_what_the_api_of_another_process_wrote(tmp_path: Path) -> None:
    """What a running `sshim dev` does at its next `get()`."""
    with serving(tmp_path) as program:
        token = make_token(tmp_path)
        stores = f"{program.url}/accounts/{ACCOUNT_ID}/secrets_store/stores"
        store = (await asyncio.to_thread(ask, stores, token, "POST", {"name": "main"}))["id"]
        entry = {"name": "KEY", "value": "one", "scopes": ["workers"]}
        (secret,) = await asyncio.to_thread(ask, f"{stores}/{store}/secrets", token, "POST", [entry])
        control = ControlPlane(
            open_store(store_options(environ(tmp_path))), actor=Actor("super-administrator")
        )
        reader = control.reader(worker="w", environment=None)
        assert (await reader.read(store, "KEY", "workers")).reveal() == "one"
        one = f"{stores}/{store}/secrets/{secret['id']}"
        await asyncio.to_thread(ask, one, token, "PATCH", {"value": "two"})
        assert (await reader.read(store, "KEY", "workers")).reveal() == "two"
        reader.close()
        control.close()


def test_its_limits_are_settings(tmp_path: Path) -> None:
    flags = ["--max-stores", "2", "--max-secrets", "1", "--max-value-bytes", "8", "--quiet"]
    with serving(tmp_path, *flags) as program:
        token = make_token(tmp_path)
        base = f"{program.url}/accounts/{ACCOUNT_ID}/secrets_store"
        store = ask(f"{base}/stores", token, "POST", {"name": "one"})["id"]
        ask(f"{base}/stores", token, "POST", {"name": "two"})
        secrets = f"{base}/stores/{store}/secrets"
        with pytest.raises(urllib.error.HTTPError) as long:
            ask(secrets, token, "POST", [{"name": "A", "value": "123456789", "scopes": ["workers"]}])
        with long.value:
            assert json.load(long.value)["errors"][0]["message"] == "secret_value_too_long"
        (made,) = ask(secrets, token, "POST", [{"name": "A", "value": "12345678", "scopes": ["workers"]}])
        with pytest.raises(urllib.error.HTTPError) as changed:
            ask(f"{secrets}/{made['id']}", token, "PATCH", {"value": "123456789"})
        changed.value.close()
        assert changed.value.code == 400
        assert ask(f"{base}/quota", token) == {"secrets": {"quota": 1, "usage": 1}}
        _, said = program.end()
    assert "GET /" not in said


def test_an_address_that_others_can_reach_is_warned_about(tmp_path: Path) -> None:
    with serving(tmp_path, "--ip", "0.0.0.0") as program:
        _, said = program.end()
    assert "other machines can reach 0.0.0.0" in said


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--ip", "198.51.100.7"], "198.51.100.7 is not an address of this machine"),
        (["--port", "65536"], "65536"),
        (["--max-value-bytes", "65537"], "65537"),
    ],
)
def test_flags_that_cannot_be_used_end_it_with_code_two(tmp_path: Path, flags: list[str], said: str) -> None:
    ended = sshim(tmp_path, "serve", "--port", "0", "--gateway-port", "0", *flags)
    assert ended.returncode == 2 and said in ended.stderr and "Traceback" not in ended.stderr


def test_a_damaged_store_is_said_at_the_start(tmp_path: Path) -> None:
    with serving(tmp_path) as program:
        program.end()
    path = tmp_path / "store" / "store.db"
    path.write_bytes(path.read_bytes()[:-4096] + b"\0" * 4096)
    ended = sshim(tmp_path, "serve", "--port", "0", "--gateway-port", "0")
    assert ended.returncode == 1 and "damaged" in ended.stderr and "Try: " in ended.stderr
