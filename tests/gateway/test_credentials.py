"""Who may use a gateway, and which stored key a request gets."""

from __future__ import annotations

import pytest

from sshim.errors import Corrupt
from sshim.gateway.account import GatewaySettings
from tests.gateway.conftest import CHAT, KEY, TOKEN, Edge, failure_of
from tests.gateway.upstream import Upstream


class TestWhoMayComeIn:
    async def test_a_request_without_a_token_gets_nothing(self, edge: Edge, upstream: Upstream) -> None:
        for headers in ({}, {"cf-aig-authorization": "Bearer wrong"}, {"cf-aig-authorization": ""}):
            status, _, text = await edge.ask("openai/echo", token=None, headers=headers, json=CHAT)
            assert (status, *failure_of(text)[1:]) == (401, 2009, "Unauthorized")
        assert upstream.arrived == []
        assert edge.account.refusals == [("edge", "openai", 401, 2009)] * 3

    async def test_the_log_tells_why_and_which_token_would_do(self, edge: Edge) -> None:
        for headers in ({}, {"cf-aig-authorization": "Bearer wrong"}, {"Authorization": "Bearer sshim_x"}):
            await edge.ask("openai/echo", token=None, headers=headers, json=CHAT)
        await edge.ask("openai/echo", token=None, headers={"Authorization": "Bearer sk-own"}, json=CHAT)
        said = [line for line in edge.log.lines if line.startswith("gateway")]
        cure = "(try: sshim token create --role deployer)"
        why = ["missing", "given", "given", "missing"]
        assert said == [f"gateway edge: token {each} {cure}" for each in why]

    async def test_any_request_where_the_gateway_asks_for_no_token(
        self, edge: Edge, upstream: Upstream
    ) -> None:
        edge.account.gateways["open"] = GatewaySettings("open", authenticated=False)
        status, _, _ = await edge.ask("openai/echo", gateway="open", token=None, json=CHAT)
        assert status == 200
        assert upstream.last.header("authorization") is None

    async def test_an_unknown_gateway_is_told_to_those_who_may_know(self, edge: Edge) -> None:
        _, _, text = await edge.ask("openai/echo", gateway="nowhere", json=CHAT)
        assert failure_of(text) == (400, 2001, "Please configure AI Gateway in the Cloudflare dashboard")
        _, _, text = await edge.ask("openai/echo", gateway="nowhere", token=None, json=CHAT)
        assert failure_of(text)[1] == 2009

    async def test_default_comes_with_the_first_good_token(self, edge: Edge, upstream: Upstream) -> None:
        assert (await edge.ask("openai/echo", gateway="default", token=None, json=CHAT))[0] == 401
        assert (await edge.ask("openai/echo", gateway="default", json=CHAT))[0] == 200

    async def test_another_account_is_nobody_s(self, edge: Edge) -> None:
        where = f"{edge.url}/v1/{'0' * 32}/edge/openai/echo"
        headers = {"cf-aig-authorization": f"Bearer {TOKEN}"}
        async with edge.client.post(where, headers=headers) as answer:
            assert failure_of(await answer.text())[1] == 2009
        assert (
            f"gateway edge: the path names another account than {edge.account.account_id}" in edge.log.lines
        )

    async def test_guessing_is_slowed_down_and_a_good_token_is_not(self, edge: Edge) -> None:
        codes = [
            failure_of((await edge.ask("openai/echo", token=f"guess-{n}", json=CHAT))[2])[1]
            for n in range(22)
        ]
        assert codes == [2009] * 20 + [2003] * 2
        assert len(edge.account.refusals) == 20
        assert (await edge.ask("openai/echo", json=CHAT))[0] == 200

    async def test_no_more_requests_than_the_gateway_s_own_limit(
        self, edge: Edge, upstream: Upstream
    ) -> None:
        edge.account.gateways["slow"] = GatewaySettings(
            "slow", authenticated=False, rate_limit=2, rate_interval=3600, rate_sliding=True
        )
        statuses = [
            (await edge.ask("openai/echo", gateway="slow", token=None, json=CHAT))[0] for _ in range(4)
        ]
        assert statuses == [200, 200, 429, 429] and len(upstream.arrived) == 2
        assert (await edge.ask("openai/echo", json=CHAT))[0] == 200, "each has its own"


class TestKeys:
    async def test_an_alias_is_asked_for_by_name(self, edge: Edge, upstream: Upstream) -> None:
        edge.account.keys["edge", "openai", "team"] = "sk-second-key-987654321"
        await edge.ask("openai/echo", headers={"cf-aig-byok-alias": "team"}, json=CHAT)
        assert upstream.last.header("authorization") == "Bearer sk-second-key-987654321"

    async def test_an_unknown_alias_does_not_fall_back(self, edge: Edge, upstream: Upstream) -> None:
        edge.account.keys["edge", "openai", "team"] = KEY
        _, _, text = await edge.ask("openai/echo", headers={"cf-aig-byok-alias": "none"}, json=CHAT)
        said = "Provider 'openai' has no BYOK credential named 'none'. Configured aliases: 'default', 'team'"
        assert failure_of(text) == (400, 2040, said)
        assert upstream.arrived == []

    async def test_without_any_key_the_request_goes_on_without(self, edge: Edge, upstream: Upstream) -> None:
        edge.account.keys.clear()
        status, _, text = await edge.ask("openai/chat/completions", json=CHAT)
        assert status == 401 and "bad key" in text
        assert upstream.last.header("authorization") is None

    async def test_a_key_whose_secret_is_gone_stops_the_request(self, edge: Edge, upstream: Upstream) -> None:
        edge.account.keys["edge", "openai", "default"] = None
        _, _, text = await edge.ask("openai/echo", json=CHAT)
        assert failure_of(text)[2] == "Configured BYOK credentials are unavailable"
        assert upstream.arrived == []

    async def test_an_answer_that_repeats_the_key_is_masked(self, edge: Edge, upstream: Upstream) -> None:
        upstream.keys.clear()
        status, answer, text = await edge.ask("openai/chat/completions", json=CHAT)
        assert status == 401
        assert KEY not in text and "bad key ***" in text
        _, _, echoed = await edge.ask("openai/echo", json=CHAT)
        assert KEY not in echoed and "Bearer ***" in echoed
        assert KEY not in str(edge.log.lines) and KEY not in str(answer.headers)

    async def test_a_key_in_a_header_or_in_a_packed_answer_is_masked(self, edge: Edge) -> None:
        status, answer, text = await edge.ask("openai/nothing", json=CHAT)
        assert (status, text, answer.headers["x-key"]) == (204, "", "Bearer ***")
        status, answer, text = await edge.ask("openai/packed", json=CHAT)
        assert status == 200 and "content-encoding" not in answer.headers
        assert KEY not in text and "Bearer ***" in text

    async def test_a_refusal_that_cannot_be_read_is_not_passed_on(self, edge: Edge) -> None:
        _, _, text = await edge.ask("openai/odd", json=CHAT)
        assert (
            failure_of(text)[:2] == (400, 2005)
            and "an encoding that was not asked for" in failure_of(text)[2]
        )

    async def test_a_head_request_has_no_body(self, edge: Edge, upstream: Upstream) -> None:
        status, _, text = await edge.ask("openai/echo", method="HEAD")
        assert (status, text, upstream.last.method) == (200, "", "HEAD")

    async def test_a_store_that_cannot_be_used_is_said_in_the_log_and_not_to_the_client(
        self, edge: Edge, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def damaged(*asked: object) -> None:
            raise Corrupt("/srv/me/store", "row 1 fails its check")

        monkeypatch.setattr(edge.account, "key", damaged)
        _, _, text = await edge.ask("openai/echo", json=CHAT)
        assert failure_of(text) == (503, 2002, "the store of the keys cannot be used")
        assert [line for line in edge.log.lines if "/srv/me/store is damaged" in line]
        assert upstream.arrived == []
