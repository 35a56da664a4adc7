"""Requests of several steps, and those in one provider's form for another."""

from __future__ import annotations

import json

import pytest

from tests.gateway.conftest import CHAT, KEY, Edge, failure_of
from tests.gateway.upstream import Upstream


class TestUniversal:
    def _steps(self, *providers: str, **more: object) -> list[dict[str, object]]:
        return [{"provider": p, "endpoint": "chat/completions", "query": CHAT, **more} for p in providers]

    async def test_the_first_step_that_works_answers(self, edge: Edge, upstream: Upstream) -> None:
        status, answer, _ = await edge.ask("", json=self._steps("openai"))
        assert (status, answer.headers["cf-aig-step"], answer.headers["cf-aig-model"]) == (200, "0", "m")
        assert json.loads(upstream.last.body) == CHAT
        assert upstream.last.header("authorization") == f"Bearer {KEY}"

    async def test_a_step_that_fails_falls_back(self, edge: Edge, upstream: Upstream) -> None:
        upstream.statuses = [500]
        status, answer, _ = await edge.ask("", json=self._steps("openai", "nobody", "openai"))
        assert (status, answer.headers["cf-aig-step"], len(upstream.arrived)) == (200, "2", 2)

    async def test_the_last_failure_is_passed_on(self, edge: Edge, upstream: Upstream) -> None:
        upstream.statuses = [500, 502]
        assert (await edge.ask("", json=self._steps("openai", "openai")))[0] == 502

    async def test_a_step_has_headers_of_its_own(self, edge: Edge, upstream: Upstream) -> None:
        steps = self._steps(
            "openai", authorization="Bearer own", headers={"x-own": "1", "cf-aig-max-attempts": 1}
        )
        await edge.ask("", json=steps)
        assert upstream.last.header("authorization") == "Bearer own"
        assert upstream.last.header("x-own") == "1"

    async def test_a_single_step_needs_no_list_and_other_methods_are_refused(
        self, edge: Edge, upstream: Upstream
    ) -> None:
        assert (await edge.ask("", json=self._steps("openai")[0]))[0] == 200
        status, _, text = await edge.ask("", method="GET")
        assert status == 405 and "takes POST" in failure_of(text)[2]
        status, _, text = await edge.ask("compat/models", json=CHAT)
        assert status == 404 and "compat/chat/completions" in failure_of(text)[2]

    async def test_a_step_may_take_another_key(self, edge: Edge, upstream: Upstream) -> None:
        edge.account.keys["edge", "openai", "team"] = "sk-second-key-987654321"
        steps = self._steps("openai", headers={"cf-aig-byok-alias": "nobody"})
        steps += self._steps("openai", headers={"cf-aig-byok-alias": "team"})
        status, answer, _ = await edge.ask("", json=steps)
        assert (status, answer.headers["cf-aig-step"], len(upstream.arrived)) == (200, "1", 1)
        assert upstream.last.header("authorization") == "Bearer sk-second-key-987654321"

    @pytest.mark.parametrize(
        "body",
        [
            "", "[", "[]", "3", "[" * 100_000,
            '[{"provider": 3, "endpoint": ""}]', '[{"provider": "openai"}]',
            '[{"provider": "openai", "endpoint": "../x"}]',
            '[{"provider": "openai", "endpoint": "a", "x": 1}]',
            '[{"provider": "openai", "endpoint": "a", "headers": {"a": "b\\r\\nc"}}]',
            '[{"provider": "openai", "endpoint": "a?x=\\u0000"}]',
            '[{"provider": "openai", "endpoint": "a", "headers": {":authority": "x"}}]',
            '[{"provider": "openai", "endpoint": "a", "authorization": {"a": 1}}]',
            '[{"provider": "openai", "endpoint": "a", "query": {"temperature": NaN}}]',
        ],
        ids=range(14),
    )  # fmt: skip
    async def test_a_body_of_another_shape_reaches_nobody(
        self, edge: Edge, upstream: Upstream, body: str
    ) -> None:
        status, _, text = await edge.ask("", data=body)
        assert status == 400 and failure_of(text)
        assert upstream.arrived == []


class TestCompatible:
    async def test_the_model_names_the_provider(self, edge: Edge, upstream: Upstream) -> None:
        status, answer, _ = await edge.ask("compat/chat/completions", json={**CHAT, "model": "openai/gpt/x"})
        assert (status, answer.headers["cf-aig-model"]) == (200, "openai/gpt/x")
        assert upstream.last.target == "/at/openai/chat/completions"
        assert json.loads(upstream.last.body)["model"] == "gpt/x"

    @pytest.mark.parametrize("slug", ["anthropic", "google-ai-studio", "elevenlabs"])
    async def test_every_provider_takes_the_key_as_openai_does(
        self, edge: Edge, upstream: Upstream, slug: str
    ) -> None:
        edge.account.keys["edge", slug, "default"] = KEY
        model = {**CHAT, "model": f"{slug}/m"}
        status, _, text = await edge.ask("compat/chat/completions", json=model)
        if slug == "elevenlabs":  # speaks, and does not chat
            assert (status, failure_of(text)[1]) == (400, 2019)
            return
        assert status == 200
        assert [pair for pair in upstream.last.headers if KEY in pair[1]] == [
            ("Authorization", f"Bearer {KEY}")
        ]

    @pytest.mark.parametrize("model", ["m", "nobody/m", "openai/", "", None, 3])
    async def test_a_model_without_a_provider_is_refused(
        self, edge: Edge, upstream: Upstream, model: object
    ) -> None:
        _, _, text = await edge.ask("compat/chat/completions", json={**CHAT, "model": model})
        assert failure_of(text)[:2] == (400, 2019)
        assert upstream.arrived == []
