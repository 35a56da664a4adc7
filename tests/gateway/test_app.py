"""Requests through the gateway: what reaches the provider, what comes back, and in whose words."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from sshim.gateway.account import GatewaySettings
from sshim.gateway.providers import PROVIDERS
from tests.gateway.conftest import ACCOUNT, CHAT, KEY, TOKEN, Edge, failure_of
from tests.gateway.upstream import Upstream
from tests.settling import settled

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
                assert failure_of(text)[1] == 2009
        _, _, text = await edge.ask(
            "", json=[{"provider": "openai", "endpoint": "echo", "authorization": f"Bearer {other}"}]
        )
        assert failure_of(text)[1] == 2009
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
        await settled(lambda: upstream.uploaded == [b"one,"])
        assert upstream.uploaded == [b"one,"]
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
        assert status == 413 and "more than 67,108,864 bytes" in failure_of(text)[2]
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


async def test_a_provider_that_is_down_is_said_without_its_address(edge: Edge) -> None:
    edge.account.keys["edge", "custom-down", "default"] = KEY
    _, _, text = await edge.ask("custom-down/x", json=CHAT)
    said = "Failed to get response from provider: it cannot be connected to"
    assert failure_of(text) == (400, 2005, said)
    assert [line for line in edge.log.lines if said in line]
    assert KEY not in text + str(edge.log.lines) and "127.0.0.1" not in text


async def test_a_provider_that_nobody_knows_is_said(edge: Edge) -> None:
    status, _, text = await edge.ask("nobody/x", json=CHAT)
    assert status == 404 and "nobody knows it" in failure_of(text)[2]
    _, _, text = await edge.ask("aws-bedrock/x", json=CHAT)
    assert "no local gateway signs" in failure_of(text)[2]


async def test_a_websocket_is_refused(edge: Edge) -> None:
    headers = {"cf-aig-authorization": f"Bearer {TOKEN}"}
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await edge.client.ws_connect(edge.path("openai/x"), headers=headers)
    assert caught.value.status == 501
