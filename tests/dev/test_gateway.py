"""`sshim dev --gateway`: a Worker's requests to production's AI Gateway are answered here, unchanged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dev.running import CONFIG, Dev, Project, Start, entry
from tests.gateway.upstream import Upstream, running

STORE = "0123456789abcdef0123456789abcdef"
KEY, SECOND = "sk-first-key-0123456789", "sk-second-key-987654321"
WORKER = """
token = await self.env.AIG_TOKEN.get()
answer = await fetch(
    "https://gateway.ai.cloudflare.com/v1/aaaabbbbccccddddaaaabbbbccccdddd/default/openai" + where(request),
    method="POST",
    headers={"cf-aig-authorization": f"Bearer {token}", "content-type": "application/json"},
    body='{"model": "m", "stream": %s}' % ("true" if "stream" in request.url else "false"),
)
if "stream" in request.url:
    return Response(answer.js_object.body, headers={"content-type": "text/event-stream"})
return Response(await answer.text(), status=answer.status)
"""
BEFORE = """from workers import fetch

def where(request):
    return "/echo" if "echo" in request.url else "/chat/completions"
"""


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with running() as provider:
        yield provider


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A Worker whose only secret is a token of the gateway, and a provider's key that it never sees."""
    made = Project(tmp_path)
    made.config.write_text(
        f'{CONFIG}secrets_store_secrets = [{{ binding = "AIG_TOKEN", store_id = "{STORE}", '
        'secret_name = "aig-token" }]\n'
    )
    made.entry.write_text(entry(WORKER, BEFORE))
    token = json.loads(made.sshim("token", "create", "--role", "deployer", "--json"))["token"]
    made.sshim("secret", "create", STORE, "--name", "aig-token", "--scopes", "workers", value=token)
    made.sshim("gateway", "key", "set", "openai", value=KEY)
    return made


def answer(dev: Dev, path: str = "/") -> str:
    """What the provider said through Worker and gateway."""
    status, text = dev.get(path)
    assert status == 200, text
    return str(json.loads(text)["choices"][0]["message"]["content"])


@pytest.mark.parametrize("flags", [[], ["--no-reload"]])
def test_a_worker_is_answered_with_the_key_that_is_stored_here(
    project: Project, upstream: Upstream, start: Start, flags: list[str]
) -> None:
    dev = start("--gateway", "--upstream", f"openai={upstream.url}/v1", *flags)
    dev.ready()
    assert answer(dev) == "m by key one"
    assert upstream.last.target == "/v1/chat/completions"
    assert upstream.last.header("authorization") == f"Bearer {KEY}"
    status, echoed = dev.get("/echo")
    assert status == 200 and KEY not in echoed and "***" in echoed
    project.sshim("gateway", "key", "set", "openai", value=SECOND)
    assert answer(dev) == "m by key two"
    project.sshim("gateway", "key", "delete", "openai")
    status, text = dev.get("/")
    assert status == 401 and "bad key" in text, "no key goes along, which is the provider's to refuse"
    assert KEY not in dev.out + dev.err and SECOND not in dev.out + dev.err


def test_streams_pass_through_and_a_reload_goes_on(
    project: Project, upstream: Upstream, start: Start
) -> None:
    dev = start("--gateway", "--upstream", f"openai={upstream.url}/v1")
    dev.ready()
    status, text = dev.get("/stream")
    assert status == 200 and text.count("data: ") == 5 and text.endswith("data: [DONE]\n\n")
    project.entry.write_text(entry(WORKER.replace("status=answer.status", "status=201"), BEFORE))
    dev.until("reloaded")
    assert dev.get("/")[0] == 201


def test_a_role_that_may_not_link_secrets_gets_no_key(
    project: Project, upstream: Upstream, start: Start
) -> None:
    flags = ["--gateway", "--upstream", f"openai={upstream.url}/v1"]
    project.config.write_text(CONFIG)
    token = json.loads(project.sshim("token", "create", "--role", "deployer", "--json"))["token"]
    project.entry.write_text(entry(WORKER.replace("await self.env.AIG_TOKEN.get()", repr(token)), BEFORE))
    dev = start(*flags, "--as", "admin")
    dev.ready()
    status, text = dev.get("/")
    assert status == 403 and json.loads(text)["name"] == "AiGatewayError"
    assert "Secrets Store Admin" in text and upstream.arrived == []


def test_what_is_for_the_gateway_alone_needs_the_flag(start: Start) -> None:
    dev = start("--upstream", "openai=http://127.0.0.1:1")
    assert dev.wait() == 2
    assert "--upstream and --providers are for the AI Gateway" in dev.err and "--gateway" in dev.err


def test_other_requests_of_the_worker_go_where_they_went(
    project: Project, upstream: Upstream, start: Start
) -> None:
    project.entry.write_text(
        entry(
            f'answer = await fetch("{upstream.url}/echo")\nreturn Response(await answer.text())',
            "from workers import fetch\n",
        )
    )
    dev = start("--gateway")
    dev.ready()
    assert dev.get("/")[0] == 200 and upstream.last.target == "/echo"
