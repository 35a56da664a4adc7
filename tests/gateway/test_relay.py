"""Answers on their way back to the client, and how long the gateway waits for them."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from tests.gateway.conftest import CHAT, TOKEN, Edge, failure_of
from tests.gateway.upstream import Upstream
from tests.settling import settled


class TestAnswers:
    async def test_the_first_chunk_does_not_wait_for_the_second(self, edge: Edge, upstream: Upstream) -> None:
        upstream.gate.clear()
        headers = {"cf-aig-authorization": f"Bearer {TOKEN}"}
        async with edge.client.post(edge.path("openai/stream"), headers=headers, json=CHAT) as answer:
            first = await asyncio.wait_for(answer.content.readany(), 30)
            assert first == b"data: one\n\n"
            assert answer.headers["content-type"] == "text/event-stream"
            assert "content-length" not in answer.headers
            upstream.gate.set()
            assert await answer.content.read() == b"data: two\n\n"

    async def test_the_provider_s_connection_ends_with_the_client_s(
        self, edge: Edge, upstream: Upstream
    ) -> None:
        headers = {"cf-aig-authorization": f"Bearer {TOKEN}"}
        answer = await edge.client.post(edge.path("openai/endless"), headers=headers, json=CHAT)
        await answer.content.readany()
        assert not upstream.gone.is_set()
        answer.close()
        await settled(upstream.gone.is_set)
        assert upstream.gone.is_set()

    async def test_a_client_that_leaves_before_the_answer_is_noticed(
        self, edge: Edge, upstream: Upstream
    ) -> None:
        headers = {"cf-aig-authorization": f"Bearer {TOKEN}"}
        asking = asyncio.ensure_future(
            edge.client.post(edge.path("openai/silent"), headers=headers, json=CHAT)
        )
        await settled(lambda: upstream.arrived)
        assert upstream.arrived
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await settled(upstream.gone.is_set)
        assert upstream.gone.is_set()
        assert (await edge.ask("openai/echo", json=CHAT))[0] == 200

    async def test_an_answer_that_breaks_off_does_not_look_whole(self, edge: Edge) -> None:
        headers = {"cf-aig-authorization": f"Bearer {TOKEN}"}
        with pytest.raises(aiohttp.ClientError):
            async with edge.client.post(edge.path("openai/broken"), headers=headers, json=CHAT) as answer:
                assert answer.status == 200
                await answer.content.read()
        assert (await edge.ask("openai/echo", json=CHAT))[0] == 200

    async def test_what_the_gateway_tells_of_itself(self, edge: Edge, upstream: Upstream) -> None:
        _, answer, _ = await edge.ask("openai/echo", headers={"cf-aig-event-id": "mine"}, json=CHAT)
        assert answer.headers["cf-aig-cache-status"] == "MISS"
        assert len(answer.headers["cf-aig-log-id"]) == 32
        assert answer.headers["cf-aig-event-id"] == "mine"
        _, refused, _ = await edge.ask("openai/echo", token=None)
        assert len(refused.headers["cf-aig-log-id"]) == 32


class TestPatience:
    async def test_a_failed_request_is_tried_again_with_its_body(
        self, edge: Edge, upstream: Upstream
    ) -> None:
        upstream.statuses = [503, 429]
        headers = {"cf-aig-max-attempts": "3", "cf-aig-retry-delay": "1", "cf-aig-backoff": "exponential"}
        status, _, _ = await edge.ask("openai/echo", headers=headers, json=CHAT)
        assert status == 200
        assert [each.body for each in upstream.arrived] == [json.dumps(CHAT).encode()] * 3

    async def test_a_provider_that_is_down_is_tried_again_too(self, edge: Edge) -> None:
        headers = {"cf-aig-max-attempts": "3", "cf-aig-retry-delay": "1"}
        _, _, text = await edge.ask("custom-down/x", headers=headers, json=CHAT)
        assert failure_of(text)[1] == 2005
        assert len([line for line in edge.log.lines if "it cannot be connected to" in line]) == 3

    async def test_the_last_answer_is_passed_on(self, edge: Edge, upstream: Upstream) -> None:
        upstream.statuses = [503, 503, 503]
        status, _, text = await edge.ask("openai/echo", headers={"cf-aig-max-attempts": "2"}, json=CHAT)
        assert (status, json.loads(text)["error"]["message"]) == (503, "told to say 503")
        assert len(upstream.arrived) == 2

    async def test_a_mistake_of_the_client_is_not_tried_again(self, edge: Edge, upstream: Upstream) -> None:
        upstream.statuses = [400]
        status, _, _ = await edge.ask("openai/echo", headers={"cf-aig-max-attempts": "5"}, json=CHAT)
        assert (status, len(upstream.arrived)) == (400, 1)

    async def test_no_answer_in_time_is_a_failure_of_the_gateway(self, edge: Edge) -> None:
        _, _, text = await edge.ask("openai/silent", headers={"cf-aig-request-timeout": "50"}, json=CHAT)
        said = "Failed to get response from provider: it took too long to answer"
        assert failure_of(text) == (400, 2005, said)
        assert [line for line in edge.log.lines if "took too long" in line]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("cf-aig-max-attempts", "6"), ("cf-aig-max-attempts", "0"), ("cf-aig-max-attempts", "x"),
            ("cf-aig-retry-delay", "-1"), ("cf-aig-request-timeout", "1e9"), ("cf-aig-backoff", "none"),
        ],
    )  # fmt: skip
    async def test_a_wrong_number_is_said(
        self, edge: Edge, upstream: Upstream, name: str, value: str
    ) -> None:
        _, _, text = await edge.ask("openai/echo", headers={name: value}, json=CHAT)
        assert name in failure_of(text)[2]
        assert upstream.arrived == []
