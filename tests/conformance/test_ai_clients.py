"""The official SDKs of AI providers, unmodified, through the AI Gateway of `sshim serve`, whose keys are kept
by the command line and by the `cloudflare` SDK. The provider behind it is ours, and remembers every byte.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sshim.model import ACCOUNT_ID
from tests.api.program import Program, command, environ, make_token, serving
from tests.gateway.upstream import Arrived, Upstream, running

if os.environ.get("CI") == "true":
    import anthropic
    import cloudflare
    import openai
else:
    anthropic = pytest.importorskip("anthropic", reason="the official SDK is not installed")
    cloudflare = pytest.importorskip("cloudflare", reason="the official SDK is not installed")
    openai = pytest.importorskip("openai", reason="the official SDK is not installed")

FIRST, SECOND = "sk-first-key-0123456789", "sk-second-key-987654321"
CHAT: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "héllo ☃"}]}
MESSAGE: dict[str, Any] = {**CHAT, "max_tokens": 16}


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with running() as provider:
        yield provider


@dataclass(frozen=True)
class Edge:
    """The running program, and a token that may use its gateway `default`."""

    program: Program
    url: str
    token: str

    def sshim(self, *arguments: str, value: str = "") -> str:
        """What a command prints."""
        done = subprocess.run(
            command(*arguments), input=value, capture_output=True, text=True,
            env=environ(self.program.home), cwd=self.program.home, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def openai(self, key: str | None = None, *, below: str = "openai") -> Any:
        """The SDK with the gateway's token as its key, which is the documented form."""
        return openai.OpenAI(base_url=f"{self.url}/{below}", api_key=key or self.token, max_retries=0)

    def anthropic(self, **options: Any) -> Any:
        options = options or {"auth_token": self.token}
        return anthropic.Anthropic(base_url=f"{self.url}/anthropic", max_retries=0, **options)


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Edge]:
    home = tmp_path_factory.mktemp("ai")
    flags = ["--upstream", f"openai={upstream.url}/v1", "--upstream", f"anthropic={upstream.url}"]
    with serving(home, *flags) as program:
        origin = program.ready_line.partition("gateway ")[2].partition(")")[0]
        made = Edge(program, f"{origin}/v1/{ACCOUNT_ID}/default", make_token(home, "deployer"))
        made.sshim("gateway", "key", "set", "openai", value=FIRST)
        made.sshim("gateway", "key", "set", "openai", "--alias", "team", value=SECOND)
        made.sshim("gateway", "key", "set", "anthropic", value=FIRST)
        yield made
        code, said = program.end()
    assert code == 0 and "defect" not in said
    assert FIRST not in said and SECOND not in said and made.token not in said


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


def comparable(arrived: Arrived) -> tuple[str, str, bytes, list[tuple[str, str]]]:
    """A request without what each connection says for itself. The gateway asks for no compression, so that
    it can see what passes."""
    own = ("accept-encoding", "connection", "content-length", "transfer-encoding")
    headers = sorted((name.lower(), value) for name, value in arrived.headers)
    return arrived.method, arrived.target, arrived.body, [pair for pair in headers if pair[0] not in own]


class TestOpenAI:
    def test_what_arrives_is_what_the_sdk_sends_with_the_key_itself(
        self, edge: Edge, upstream: Upstream
    ) -> None:
        with openai.OpenAI(base_url=f"{upstream.url}/v1", api_key=FIRST, max_retries=0) as direct:
            expected = direct.chat.completions.create(**CHAT)
        wanted = comparable(upstream.last)
        with edge.openai() as client:
            got = client.chat.completions.create(**CHAT)
            assert comparable(upstream.last) == wanted
            assert got == expected and got.choices[0].message.content == "m by key one"
        omitted = {
            "Authorization": openai.Omit(),
            "cf-aig-authorization": f"Bearer {edge.token}",
            "cf-aig-metadata": '{"user": "x"}',
        }
        with edge.openai("unused") as client:
            assert client.chat.completions.create(**CHAT, extra_headers=omitted) == expected
        assert comparable(upstream.last) == wanted

    def test_a_stream_comes_chunk_by_chunk(self, edge: Edge, upstream: Upstream) -> None:
        upstream.gate.clear()
        with edge.openai() as client, client.chat.completions.create(**CHAT, stream=True) as stream:
            words = iter(stream)
            first = next(words).choices[0].delta.content
            assert not upstream.gate.is_set(), "it had to come before the provider said more"
            upstream.gate.set()
            assert [first, *(chunk.choices[0].delta.content for chunk in words)] == ["m", "by", "key", "one"]

    def test_an_alias_takes_another_key(self, edge: Edge) -> None:
        headers = {"cf-aig-byok-alias": "team"}
        with edge.openai() as client:
            got = client.chat.completions.create(**CHAT, extra_headers=headers)
            assert got.choices[0].message.content == "m by key two"
            with pytest.raises(openai.BadRequestError) as unknown:
                client.chat.completions.create(**CHAT, extra_headers={"cf-aig-byok-alias": "nobody"})
        failure = unknown.value.response.json()
        assert (failure["name"], failure["internalCode"]) == ("AiGatewayError", 2040)
        assert failure["message"].endswith("Configured aliases: 'default', 'team'")

    def test_a_missing_key_is_the_provider_s_to_refuse(self, edge: Edge, upstream: Upstream) -> None:
        edge.sshim("gateway", "create", "bare")
        url = edge.url.replace("/default", "/bare") + "/openai"
        with openai.OpenAI(base_url=url, api_key=edge.token, max_retries=0) as client:
            with pytest.raises(openai.AuthenticationError) as refused:
                client.chat.completions.create(**CHAT)
        assert refused.value.response.json()["error"]["message"] == "bad key "
        assert upstream.last.header("authorization") is None

    def test_a_placeholder_is_passed_on_as_it_is(self, edge: Edge, upstream: Upstream) -> None:
        headers = {"cf-aig-authorization": f"Bearer {edge.token}"}
        with edge.openai("placeholder") as client, pytest.raises(openai.AuthenticationError):
            client.chat.completions.create(**CHAT, extra_headers=headers)
        assert upstream.last.header("authorization") == "Bearer placeholder"

    def test_without_a_token_the_gateway_refuses(self, edge: Edge, upstream: Upstream) -> None:
        seen = len(upstream.arrived)
        with edge.openai("nobody") as client, pytest.raises(openai.AuthenticationError) as refused:
            client.chat.completions.create(**CHAT)
        assert refused.value.response.json()["internalCode"] == 2009
        assert len(upstream.arrived) == seen
        logged = json.loads(edge.sshim("audit", "list", "--json"))
        (last,) = [each for each in logged if each["resource"]["type"] == "gateway"][:1]
        assert last["action"] == {"type": "access", "result": False} and last["interface"] == "gateway"
        assert (last["resource"]["id"], last["metadata"]["code"]) == ("default", 2009)
        assert (last["actor"]["id"], last["metadata"]["role"]) == ("unknown", "none")

    def test_the_compatible_endpoint_names_the_provider_in_the_model(
        self, edge: Edge, upstream: Upstream
    ) -> None:
        with edge.openai(below="compat") as client:
            got = client.chat.completions.create(**{**CHAT, "model": "openai/gpt-x"})
            assert got.choices[0].message.content == "gpt-x by key one"
            assert json.loads(upstream.last.body) == {**CHAT, "model": "gpt-x"}
            with pytest.raises(openai.BadRequestError) as refused:
                client.chat.completions.create(**CHAT)
        assert refused.value.response.json()["internalCode"] == 2019

    def test_a_failure_of_the_provider_is_tried_again_by_the_gateway(
        self, edge: Edge, upstream: Upstream
    ) -> None:
        upstream.statuses = [503, 503]
        headers = {"cf-aig-max-attempts": "3", "cf-aig-retry-delay": "1"}
        with edge.openai() as client:
            got = client.chat.completions.create(**CHAT, extra_headers=headers)
        assert got.choices[0].message.content == "m by key one"
        tries = [comparable(each) for each in upstream.arrived[-3:]]
        assert tries == [tries[0]] * 3

    def test_a_rotation_in_mid_run_fails_no_request(self, edge: Edge) -> None:
        said: list[str] = []
        enough, rotated = threading.Event(), threading.Event()

        def run() -> None:
            with edge.openai() as client:
                for _ in range(10_000):
                    late = rotated.is_set()
                    got = client.chat.completions.create(**CHAT).choices[0].message.content
                    said.append(f"late {got}" if late else got)
                    if len(said) >= 5:
                        enough.set()
                    if late:
                        return

        thread = threading.Thread(target=run)
        thread.start()
        assert enough.wait(60)
        edge.sshim("gateway", "key", "set", "openai", value=SECOND)
        rotated.set()
        thread.join(60)
        assert said[0] == "m by key one" and said[-1] == "late m by key two", said
        edge.sshim("gateway", "key", "set", "openai", value=FIRST)

    def test_a_deleted_key_stops_at_once(self, edge: Edge, upstream: Upstream) -> None:
        edge.sshim("gateway", "key", "set", "openai", "--alias", "brief", value=FIRST)
        headers = {"cf-aig-byok-alias": "brief"}
        with edge.openai() as client:
            client.chat.completions.create(**CHAT, extra_headers=headers)
            edge.sshim("gateway", "key", "delete", "openai", "--alias", "brief")
            seen = len(upstream.arrived)
            with pytest.raises(openai.BadRequestError) as refused:
                client.chat.completions.create(**CHAT, extra_headers=headers)
        assert refused.value.response.json()["internalCode"] == 2040
        assert len(upstream.arrived) == seen


class TestAnthropic:
    def test_what_arrives_is_what_the_sdk_sends_with_the_key_itself(
        self, edge: Edge, upstream: Upstream
    ) -> None:
        with anthropic.Anthropic(base_url=upstream.url, api_key="k", max_retries=0) as direct:
            omitted = {"Authorization": anthropic.Omit(), "x-api-key": FIRST}
            expected = direct.messages.create(**MESSAGE, extra_headers=omitted)
        wanted = comparable(upstream.last)
        omitted = {"Authorization": anthropic.Omit(), "cf-aig-authorization": f"Bearer {edge.token}"}
        for options in (
            {"auth_token": edge.token},
            {"api_key": edge.token},
            {"auth_token": None, "default_headers": {"Authorization": f"Bearer {edge.token}"}},
            {"api_key": "unused", "default_headers": omitted},
        ):
            with edge.anthropic(**options) as client:
                assert client.messages.create(**MESSAGE) == expected
            assert comparable(upstream.last) == wanted
        assert upstream.last.header("anthropic-version")

    def test_a_stream_comes_event_by_event(self, edge: Edge, upstream: Upstream) -> None:
        upstream.gate.clear()
        with edge.anthropic() as client, client.messages.create(**MESSAGE, stream=True) as stream:
            events = iter(stream)
            assert next(events).type == "message_start" and not upstream.gate.is_set()
            upstream.gate.set()
            words = [event.delta.text for event in events if event.type == "content_block_delta"]
        assert "".join(words) == "m says hello "

    def test_a_placeholder_is_passed_on_as_it_is(self, edge: Edge, upstream: Upstream) -> None:
        headers = {"cf-aig-authorization": f"Bearer {edge.token}"}
        client = edge.anthropic(api_key="placeholder", default_headers=headers)
        with client, pytest.raises(anthropic.AuthenticationError):
            client.messages.create(**MESSAGE)
        assert "placeholder" in str(upstream.last.headers) and FIRST not in str(upstream.last)


class TestCloudflare:
    """The account's own SDK, for gateways and their keys."""

    def test_gateways_and_their_keys(self, edge: Edge) -> None:
        made_by = {"account_id": ACCOUNT_ID}
        settings: dict[str, Any] = {
            "cache_invalidate_on_update": False, "cache_ttl": 0, "collect_logs": True,
            "rate_limiting_interval": 0, "rate_limiting_limit": 0,
        }  # fmt: skip
        token, url = make_token(edge.program.home), edge.program.url
        with cloudflare.Cloudflare(api_token=token, base_url=url, max_retries=0) as client:
            gateways = client.ai_gateway
            made = gateways.create(**made_by, id="by-sdk", authentication=False, **settings)
            assert (made.id, made.authentication, made.is_default) == ("by-sdk", False, False)
            assert "by-sdk" in [each.id for each in gateways.list(**made_by, per_page=1)]
            changed = gateways.update("by-sdk", **made_by, authentication=True, **settings)
            assert changed.authentication is True and changed.created_at == made.created_at
            got = gateways.get("by-sdk", **made_by)
            assert got.to_dict() == gateways.delete("by-sdk", **made_by).to_dict()
            with pytest.raises(cloudflare.NotFoundError):
                gateways.get("by-sdk", **made_by)
            with pytest.raises(cloudflare.BadRequestError) as refused:
                gateways.create(**made_by, id="By SDK", **settings)
            assert refused.value.body["errors"][0]["path"] == ["body", "id"]

            kept = gateways.provider_configs
            config = kept.create(
                "default", **made_by, provider_slug="groq", alias="sdk", default_config=False, secret=SECOND
            )
            assert (config.secret_preview, config.alias) == ("********4321", "sdk")
            listed = {(each.provider_slug, each.alias) for each in kept.list("default", **made_by)}
            assert {("groq", "sdk"), ("openai", "default"), ("anthropic", "default")} <= listed
            assert gateways.urls.get("openai", **made_by, gateway_id="default") == f"{edge.url}/openai"
        with edge.openai() as client:
            client.chat.completions.create(**CHAT)
        shown = json.loads(edge.sshim("gateway", "key", "list", "--json"))
        (openai_key,) = (
            key for key in shown if (key["provider_slug"], key["alias"]) == ("openai", "default")
        )
        assert openai_key["status"] == "active" and openai_key["last_used_at"]
        assert FIRST not in json.dumps(shown)
