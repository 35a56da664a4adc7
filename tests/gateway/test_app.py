"""Requests through the gateway: what reaches the provider, what comes back, and in whose words."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from sshim.errors import Corrupt
from sshim.gateway.account import GatewaySettings
from sshim.gateway.providers import PROVIDERS
from tests.gateway.conftest import ACCOUNT, KEY, TOKEN, Edge
from tests.gateway.upstream import Upstream

CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


async def _soon(happened: Callable[[], object]) -> None:
    for _ in range(3000):
        if happened():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never happened")


def _failure(text: str) -> tuple[int, int, str]:
    body = json.loads(text)
    assert body["name"] == "AiGatewayError" and body["success"] is False and body["result"] == []
    assert body["error"] == [{"code": body["internalCode"], "message": body["message"]}]
    return body["httpCode"], body["internalCode"], body["message"]


CARRIERS = {
    **{
        slug: ("Authorization", f"Bearer {KEY}")
        for slug in (
            "openai", "mistral", "groq", "cohere", "deepseek", "perplexity-ai", "openrouter", "grok",
            "cerebras", "baseten", "fireworks", "huggingface", "replicate",
        )
    },
    "anthropic": ("x-api-key", KEY), "google-ai-studio": ("x-goog-api-key", KEY),
    "azure-openai": ("api-key", KEY), "elevenlabs": ("xi-api-key", KEY),
    "cartesia": ("X-API-Key", KEY), "ideogram": ("Api-Key", KEY),
    "deepgram": ("Authorization", f"Token {KEY}"), "fal": ("Authorization", f"Key {KEY}"),
}  # fmt: skip
"""The header that carries the key of each provider, as its documentation has it."""


def test_each_provider_has_a_documented_header() -> None:
    assert CARRIERS.keys() == PROVIDERS.keys()


class TestWhatReachesTheProvider:
    async def test_every_byte_of_the_body_and_the_query_and_the_stored_key(
        self, edge: Edge, upstream: Upstream
    ) -> None:
        sent = b'{"model": "m",  "messages":[],"\\u00e9":"\xc3\xa9"}\n'
        status, _, _ = await edge.ask("openai/chat/completions?a=%2F&b=c+d", data=sent)
        assert status == 200
        assert upstream.last.body == sent
        assert upstream.last.target == "/at/openai/chat/completions?a=%2F&b=c+d"
        assert upstream.last.header("authorization") == f"Bearer {KEY}"

    async def test_nothing_that_concerns_the_gateway_alone(self, edge: Edge, upstream: Upstream) -> None:
        ours = {
            "cf-aig-cache-ttl": "60", "cf-aig-skip-cache": "true", "cf-aig-metadata": "{}",
            "cf-skip-cache": "1",
            "cf-aig-request-timeout": "60000", "Cookie": "a=b", "X-Forwarded-For": "10.0.0.1",
            "Forwarded": "for=1", "Connection": "keep-alive, x-hop", "x-hop": "1",
            "x-stays": "yes", "anthropic-version": "2026-10-21",
        }  # fmt: skip
        await edge.ask("openai/echo", headers=ours, json=CHAT)
        came = {name.lower() for name, _ in upstream.last.headers}
        assert {"x-stays", "anthropic-version", "authorization"} <= came
        assert not came & {"cookie", "x-forwarded-for", "forwarded", "x-hop", "cf-skip-cache"}
        assert not [name for name in came if name.startswith("cf-")]
        assert TOKEN not in str(upstream.last)

    async def test_the_provider_s_own_header_and_no_other_credential(
        self, edge: Edge, upstream: Upstream
    ) -> None:
        headers = {"Authorization": f"Bearer {TOKEN}", "x-api-key": ""}
        await edge.ask("anthropic/v1/messages", token=None, headers=headers, json={**CHAT, "max_tokens": 1})
        assert upstream.last.target == "/at/anthropic/v1/messages"
        assert upstream.last.header("x-api-key") == KEY
        assert upstream.last.header("authorization") is None

    async def test_a_credential_of_the_client_as_it_is(self, edge: Edge, upstream: Upstream) -> None:
        for headers in ({"Authorization": "Bearer placeholder"}, {"x-api-key": "placeholder"}):
            status, _, text = await edge.ask("anthropic/v1/messages", headers=headers, json=CHAT)
            assert status == 401 and "placeholder" in text
            assert KEY not in str(upstream.last)

    async def test_never_a_token_of_the_account_that_may_not_use_it(
        self, edge: Edge, upstream: Upstream
    ) -> None:
        other = f"sshim_{'r' * 34}"
        edge.account.gateways["open"] = GatewaySettings("open", authenticated=False)
        for gateway, token in (("edge", TOKEN), ("edge", None), ("open", None)):
            for headers in ({"Authorization": f"Bearer {other}"}, {"x-api-key": other}):
                _, _, text = await edge.ask(
                    "anthropic/echo", gateway=gateway, token=token, headers=headers, json=CHAT
                )
                assert _failure(text)[1] == 2009
        _, _, text = await edge.ask(
            "", json=[{"provider": "openai", "endpoint": "echo", "authorization": f"Bearer {other}"}]
        )
        assert _failure(text)[1] == 2009
        assert upstream.arrived == []

    async def test_a_provider_of_the_user_s_own(self, edge: Edge, upstream: Upstream) -> None:
        await edge.ask("custom-mine/a/b/echo", json=CHAT)
        assert upstream.last.target == "/mine/a/b/echo"
        assert upstream.last.header("authorization") == f"Bearer {KEY}"

    @pytest.mark.parametrize(("slug", "line"), CARRIERS.items())
    async def test_the_key_in_the_header_of_each_provider_and_nowhere_else(
        self, edge: Edge, upstream: Upstream, slug: str, line: tuple[str, str]
    ) -> None:
        edge.account.keys["edge", slug, "default"] = KEY
        # a token of the gateway stands where the provider's SDK would put the key
        for headers in ({}, {line[0]: TOKEN}, {"Authorization": f"Bearer {TOKEN}"}):
            token = None if headers else TOKEN
            status, _, _ = await edge.ask(f"{slug}/a/echo?b=c", token=token, headers=headers, json=CHAT)
            assert status == 200
            carrying = [pair for pair in upstream.last.headers if KEY in pair[1] or TOKEN in pair[1]]
            assert carrying == [line]
            assert upstream.last.target == f"/at/{slug}/a/echo?b=c"
            assert upstream.last.body == json.dumps(CHAT).encode()

    async def test_a_body_as_it_comes(self, edge: Edge, upstream: Upstream) -> None:
        first, rest = asyncio.Event(), asyncio.Event()

        async def body() -> AsyncIterator[bytes]:
            yield b"one,"
            first.set()
            await asyncio.wait_for(rest.wait(), 30)
            yield b"two"

        asking = asyncio.ensure_future(edge.ask("openai/upload", data=body()))
        await first.wait()
        await _soon(lambda: upstream.uploaded == [b"one,"])
        rest.set()
        assert (await asking)[0] == 200
        assert b"".join(upstream.uploaded) == b"one,two"

    async def test_a_body_whose_client_waits_to_be_asked_for_it(self, edge: Edge, upstream: Upstream) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(edge.url.rpartition(":")[2]))
        head = [
            f"POST /v1/{ACCOUNT}/edge/openai/upload HTTP/1.1", f"Host: {edge.url.partition('//')[2]}",
            f"cf-aig-authorization: Bearer {TOKEN}", "Content-Length: 4", "Expect: 100-continue", "", "",
        ]  # fmt: skip
        writer.write("\r\n".join(head).encode())
        assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30) == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"body")
        assert (await asyncio.wait_for(reader.readline(), 30)).startswith(b"HTTP/1.1 200")
        writer.close()
        assert b"".join(upstream.uploaded) == b"body" and upstream.last.header("expect") is None

    async def test_a_body_of_many_megabytes(self, edge: Edge, upstream: Upstream) -> None:
        body = b"x" * 9_000_000
        for tries in ("1", "2"):  # streamed, and kept for another try
            headers = {"cf-aig-max-attempts": tries}
            status, _, _ = await edge.ask("openai/stream", headers=headers, data=io.BytesIO(body))
            assert status == 200
            assert upstream.last.body == body

    async def test_no_whole_body_of_one_that_grows_too_large(self, edge: Edge, upstream: Upstream) -> None:
        async def body() -> AsyncIterator[bytes]:
            for _ in range(17):
                yield b"x" * (4 << 20)

        status, _, text = await edge.ask("openai/echo", data=body())
        assert status == 413 and "more than 67,108,864 bytes" in _failure(text)[2]
        assert upstream.arrived == []

    async def test_nothing_of_a_body_that_is_too_large(self, edge: Edge, upstream: Upstream) -> None:
        headers = {"Content-Length": str(65 * 1024 * 1024)}
        reader, writer = await asyncio.open_connection("127.0.0.1", int(edge.url.rpartition(":")[2]))
        head = [f"POST /v1/{ACCOUNT}/edge/openai/echo HTTP/1.1", f"Host: {edge.url.partition('//')[2]}"]
        head += [f"{name}: {value}" for name, value in headers.items()]
        head += [f"cf-aig-authorization: Bearer {TOKEN}", "", ""]
        writer.write("\r\n".join(head).encode())
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), 30)
        writer.close()
        assert answer.startswith(b"HTTP/1.1 413")
        assert upstream.arrived == []


class TestWhoMayComeIn:
    async def test_a_request_without_a_token_gets_nothing(self, edge: Edge, upstream: Upstream) -> None:
        for headers in ({}, {"cf-aig-authorization": "Bearer wrong"}, {"cf-aig-authorization": ""}):
            status, _, text = await edge.ask("openai/echo", token=None, headers=headers, json=CHAT)
            assert (status, *_failure(text)[1:]) == (401, 2009, "Unauthorized")
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
        assert _failure(text) == (400, 2001, "Please configure AI Gateway in the Cloudflare dashboard")
        _, _, text = await edge.ask("openai/echo", gateway="nowhere", token=None, json=CHAT)
        assert _failure(text)[1] == 2009

    async def test_default_comes_with_the_first_good_token(self, edge: Edge, upstream: Upstream) -> None:
        assert (await edge.ask("openai/echo", gateway="default", token=None, json=CHAT))[0] == 401
        assert (await edge.ask("openai/echo", gateway="default", json=CHAT))[0] == 200

    async def test_another_account_is_nobody_s(self, edge: Edge) -> None:
        where = f"{edge.url}/v1/{'0' * 32}/edge/openai/echo"
        headers = {"cf-aig-authorization": f"Bearer {TOKEN}"}
        async with edge.client.post(where, headers=headers) as answer:
            assert _failure(await answer.text())[1] == 2009
        assert (
            f"gateway edge: the path names another account than {edge.account.account_id}" in edge.log.lines
        )

    async def test_guessing_is_slowed_down_and_a_good_token_is_not(self, edge: Edge) -> None:
        codes = [
            _failure((await edge.ask("openai/echo", token=f"guess-{n}", json=CHAT))[2])[1] for n in range(22)
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
        assert _failure(text) == (400, 2040, said)
        assert upstream.arrived == []

    async def test_without_any_key_the_request_goes_on_without(self, edge: Edge, upstream: Upstream) -> None:
        edge.account.keys.clear()
        status, _, text = await edge.ask("openai/chat/completions", json=CHAT)
        assert status == 401 and "bad key" in text
        assert upstream.last.header("authorization") is None

    async def test_a_key_whose_secret_is_gone_stops_the_request(self, edge: Edge, upstream: Upstream) -> None:
        edge.account.keys["edge", "openai", "default"] = None
        _, _, text = await edge.ask("openai/echo", json=CHAT)
        assert _failure(text)[2] == "Configured BYOK credentials are unavailable"
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
        assert _failure(text)[:2] == (400, 2005) and "an encoding that was not asked for" in _failure(text)[2]

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
        assert _failure(text) == (503, 2002, "the store of the keys cannot be used")
        assert [line for line in edge.log.lines if "/srv/me/store is damaged" in line]
        assert upstream.arrived == []


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
        await _soon(upstream.gone.is_set)

    async def test_a_client_that_leaves_before_the_answer_is_noticed(
        self, edge: Edge, upstream: Upstream
    ) -> None:
        headers = {"cf-aig-authorization": f"Bearer {TOKEN}"}
        asking = asyncio.ensure_future(
            edge.client.post(edge.path("openai/silent"), headers=headers, json=CHAT)
        )
        await _soon(lambda: upstream.arrived)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await _soon(upstream.gone.is_set)
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
        assert _failure(text)[1] == 2005
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
        assert _failure(text) == (400, 2005, said)
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
        assert name in _failure(text)[2]
        assert upstream.arrived == []


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
        assert status == 405 and "takes POST" in _failure(text)[2]
        status, _, text = await edge.ask("compat/models", json=CHAT)
        assert status == 404 and "compat/chat/completions" in _failure(text)[2]

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
        assert status == 400 and _failure(text)
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
            assert (status, _failure(text)[1]) == (400, 2019)
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
        assert _failure(text)[:2] == (400, 2019)
        assert upstream.arrived == []


async def test_a_provider_that_is_down_is_said_without_its_address(edge: Edge) -> None:
    edge.account.keys["edge", "custom-down", "default"] = KEY
    _, _, text = await edge.ask("custom-down/x", json=CHAT)
    said = "Failed to get response from provider: it cannot be connected to"
    assert _failure(text) == (400, 2005, said)
    assert [line for line in edge.log.lines if said in line]
    assert KEY not in text + str(edge.log.lines) and "127.0.0.1" not in text


async def test_a_provider_that_nobody_knows_is_said(edge: Edge) -> None:
    status, _, text = await edge.ask("nobody/x", json=CHAT)
    assert status == 404 and "nobody knows it" in _failure(text)[2]
    _, _, text = await edge.ask("aws-bedrock/x", json=CHAT)
    assert "no local gateway signs" in _failure(text)[2]


async def test_a_websocket_is_refused(edge: Edge) -> None:
    headers = {"cf-aig-authorization": f"Bearer {TOKEN}"}
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await edge.client.ws_connect(edge.path("openai/x"), headers=headers)
    assert caught.value.status == 501
