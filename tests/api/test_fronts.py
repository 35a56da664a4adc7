"""The listeners of `sshim serve`, in this process."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from sshim.api.app import Api
from sshim.api.call import AccountSettings
from sshim.api.door import Door
from sshim.api.envelope import answer
from sshim.api.serve import Front, account_front, run, start
from sshim.errors import Corrupt, PortInUse, UsageError
from sshim.model import ACCOUNT_ID, Actor
from tests.api.conftest import Clock, Lines, planes
from tests.api.wire import request, send
from tests.ports import free_port


def api(tmp_path: Path, log: Lines) -> tuple[Api, Door]:
    door = Door(lambda: planes(tmp_path, Clock()))
    return Api(door, AccountSettings(ACCOUNT_ID)), door


async def test_both_loopback_addresses_are_served(tmp_path: Path) -> None:
    log = Lines()
    account, door = api(tmp_path, log)
    serving = await start([account_front(account, "127.0.0.1", 0)], log)
    port = int(serving.urls["api"].rpartition(":")[2])
    for host, named in (("127.0.0.1", "127.0.0.1"), ("::1", "[::1]"), ("::1", "localhost")):
        data = request("GET", "/health", {"Host": f"{named}:{port}"})
        assert (await send(port, data, host=host)).status == 200
    await serving.stop()
    door.close()


async def test_a_port_taken_on_the_other_loopback_address_is_taken(tmp_path: Path) -> None:
    log = Lines()
    account, door = api(tmp_path, log)
    with socket.socket(socket.AF_INET6) as other:
        other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        other.bind(("::1", free_port()))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortInUse):
            await start([account_front(account, "127.0.0.1", port)], log)
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))  # nothing was left open
    door.close()


async def test_fronts_are_opened_all_or_none(tmp_path: Path) -> None:
    log = Lines()
    account, door = api(tmp_path, log)

    async def never(incoming: web.BaseRequest) -> web.StreamResponse:
        raise AssertionError

    with socket.create_server(("127.0.0.1", 0)) as taken:
        fronts = [
            account_front(account, "127.0.0.1", 0),
            Front("gateway", "127.0.0.1", taken.getsockname()[1], never),
        ]
        with pytest.raises(PortInUse):
            await start(fronts, log)
    door.close()


async def test_what_stands_beside_the_api_gets_every_other_path_behind_the_same_guard(tmp_path: Path) -> None:
    log = Lines()
    account, door = api(tmp_path, log)
    closed: list[str] = []

    async def page(incoming: web.BaseRequest) -> web.StreamResponse:
        return answer(200, f"page {incoming.raw_path}")

    async def gateway(incoming: web.BaseRequest) -> web.StreamResponse:
        return answer(200, "gateway")

    async def close() -> None:
        closed.append("gateway")

    fronts = [
        account_front(account, "127.0.0.1", 0, beside=page),
        Front("gateway", "127.0.0.1", 0, gateway, closing=close),
    ]
    serving = await start(fronts, log)
    port, other = (int(serving.urls[name].rpartition(":")[2]) for name in ("api", "gateway"))
    assert port != other

    async def get(where: int, path: str, host: str = "localhost") -> Any:
        return await send(where, request("GET", path, {"Host": f"{host}:{where}"}))

    assert (await get(port, "/")).json == "page /"
    assert (await get(port, "/page.js?x")).json == "page /page.js?x"
    assert (await get(port, "/client/v4/user")).error[1] == 9106
    assert (await get(port, "/client/v4x")).json == "page /client/v4x"
    assert (await get(port, "/", host="evil.example")).status == 421
    assert (await get(other, "/")).json == "gateway"
    assert (await get(other, "/", host="evil.example")).status == 421
    assert (await send(other, request("GET", "/", {"Host": f"localhost:{port}"}))).status == 421
    await serving.stop()
    assert closed == ["gateway"]
    door.close()


async def test_a_defect_is_answered_without_a_trace_and_said_in_the_log(tmp_path: Path) -> None:
    log = Lines()

    async def broken(incoming: web.BaseRequest) -> web.StreamResponse:
        raise RuntimeError("secret canary")

    serving = await start([Front("x", "127.0.0.1", 0, broken)], log)
    port = int(serving.urls["x"].rpartition(":")[2])
    got = await send(port, request("GET", "/a?token=canary", {"Host": f"localhost:{port}"}))
    assert got.error == (500, 500, "internal error")
    assert log.errors == ["GET /a: RuntimeError, a defect of sshim"]
    await serving.stop()


async def test_a_store_that_breaks_while_serving_is_named_and_does_not_end_the_program(
    tmp_path: Path,
) -> None:
    log = Lines()

    def damaged() -> Any:
        raise Corrupt("/store", "row 1 fails its check")

    serving = await start(
        [account_front(Api(Door(damaged), AccountSettings(ACCOUNT_ID)), "127.0.0.1", 0)], log
    )
    port = int(serving.urls["api"].rpartition(":")[2])
    headers = {"Host": f"localhost:{port}", "Authorization": "Bearer " + "a" * 40}
    got = await send(port, request("GET", "/client/v4/user", headers))
    assert (got.status, got.headers["x-should-retry"]) == (500, "false")
    assert got.json["errors"][0]["message"].startswith("the store at /store is damaged: row 1")
    await serving.stop()


async def test_an_unusable_address_leaves_nothing_behind(tmp_path: Path) -> None:
    account, door = api(tmp_path, Lines())
    with pytest.raises(UsageError):
        await run(
            [account_front(account, "198.51.100.7", 0)], door, Lines(), ready=lambda serving: None, grace=0.1
        )
    with pytest.raises(RuntimeError):  # its threads have ended
        await door.run(Actor("admin"), lambda control: None)
