"""`sshim check --remote` against the API as `sshim serve` gives it, and against what is no API."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from sshim.cli.remote_account import RemoteAccount, remote_account
from sshim.errors import SshimError, UsageError
from tests.api.program import Program, make_token, serving
from tests.cli.conftest import STORE, Sshim

CONFIG = f"""
name = "w"
secrets_store_secrets = [
  {{ binding = "THERE", store_id = "{STORE}", secret_name = "there" }},
  {{ binding = "SCOPED", store_id = "{STORE}", secret_name = "scoped" }},
  {{ binding = "LACKING", store_id = "{STORE}", secret_name = "lacking" }},
]
"""
ACCOUNT = "1" * 32


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Program]:
    home = tmp_path / "production"
    home.mkdir()
    with serving(home) as program:
        yield program


def test_what_the_account_lacks_is_told_with_wranglers_command(
    api: Program, sshim: Sshim, folder: Path, environ: dict[str, str]
) -> None:
    (folder / "wrangler.toml").write_text(CONFIG)
    there = {"SSHIM_HOME": str(api.home / "store"), "XDG_DATA_HOME": str(api.home / "data")}
    there["XDG_STATE_HOME"] = str(api.home / "state")
    for name in ("there", "scoped", "lacking"):
        sshim("secret", "create", STORE, "--name", name, "--scopes", "workers", stdin="x")
    for name, scopes in (("there", "ai_gateway,workers"), ("scoped", "ai_gateway")):
        made = sshim("secret", "create", STORE, "--name", name, "--scopes", scopes, stdin="x", **there)
        assert made.code == 0
    asked = {"CLOUDFLARE_API_BASE_URL": api.url, "CLOUDFLARE_ACCOUNT_ID": api.account_id}
    token = make_token(api.home, "reporter")
    ended = sshim("check", "--remote", "--json", **asked, CLOUDFLARE_API_TOKEN=token)
    assert ended.code == 1 and token not in ended.out + ended.err
    assert [(each["binding"], each["state"]) for each in ended.json["bindings"]] == [
        ("THERE", "found"), ("SCOPED", "out_of_scope"), ("LACKING", "missing"),
    ]  # fmt: skip
    _, scoped, lacking = ended.json["bindings"]
    assert scoped["fix"].startswith(f"npx wrangler secrets-store secret update {STORE} --secret-id ")
    assert scoped["fix"].endswith(" --scopes ai_gateway,workers --remote")
    assert lacking["fix"] == (
        f"npx wrangler secrets-store secret create {STORE} --name lacking --scopes workers --remote"
    )
    assert (
        "'there' has the scopes workers here and ai_gateway, workers in the account"
        in ended.json["warnings"][0]
    )
    local = sshim("check", "--json")
    assert local.code == 0 and {each["state"] for each in local.json["bindings"]} == {"found"}
    refused = sshim("check", "--remote", **asked, CLOUDFLARE_API_TOKEN="x" * 40)
    assert refused.code == 4 and "refuses the token: Authentication error" in refused.err
    assert sshim("check", "--remote", **asked).code == 2


class Answers(BaseHTTPRequestHandler):
    """Answers each path with what `replies` has for it."""

    replies: ClassVar[dict[str, tuple[int, dict[str, str], Any]]] = {}
    asked: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Authorization"]))
        status, headers, body = self.replies.get(self.path.partition("?")[0], (404, {}, "none"))
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Answers.replies, Answers.asked = {}, []
    listening = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    thread.join()
    listening.server_close()


def envelope(*items: dict[str, Any], **info: int) -> tuple[int, dict[str, str], Any]:
    return 200, {}, {"success": True, "errors": [], "result": list(items), "result_info": info}


PATH = f"/accounts/{ACCOUNT}/secrets_store/stores"


def ask(url: str, **environ: str) -> RemoteAccount:
    return remote_account({"CLOUDFLARE_API_TOKEN": "t0ken", "CLOUDFLARE_API_BASE_URL": url, **environ}, None)


def test_the_only_account_of_the_token_is_taken_and_every_page_read(server: str) -> None:
    Answers.replies = {
        "/accounts": envelope({"id": ACCOUNT}, total_pages=1),
        PATH: envelope({"id": "s"}, total_pages=1),
        f"{PATH}/s/secrets": envelope({"id": "1", "name": "n", "scopes": ["workers"]}, total_pages=3),
    }
    (found,) = ask(server).listing().items()
    assert found[0] == "s" and [each.name for each in found[1]] == ["n", "n", "n"]
    assert {given for _, given in Answers.asked} == {"Bearer t0ken"}


def test_several_accounts_have_to_be_chosen_from(server: str) -> None:
    Answers.replies = {"/accounts": envelope({"id": "1"}, {"id": "2"}, total_pages=1)}
    with pytest.raises(UsageError, match="the token sees 2"):
        ask(server)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ((302, {"Location": "http://127.0.0.1:1/"}, {}), "is not the API"),
        ((200, {}, b"<html>"), "is not the API"),
        ((200, {}, {"success": True, "result": {"id": 1}}), "is not the API"),
        ((200, {}, {"success": True, "result": [1]}), "is not the API"),
        ((200, {}, b"[" * 100_000), "is not the API"),
        ((500, {}, b""), "is not the API"),
        ((403, {}, {"errors": [{"code": 10000, "message": "no\x1b[31m"}]}), "refuses the token"),
        ((404, {}, {"errors": [{"code": 7003, "message": "m"}]}), "answers 404: m"),
    ],
)  # fmt: skip
def test_what_is_no_api_is_one_message_without_the_token(server: str, reply: Any, said: str) -> None:
    Answers.replies = {PATH: reply}
    with pytest.raises(SshimError, match=said) as caught:
        ask(server, CLOUDFLARE_ACCOUNT_ID=ACCOUNT).listing()
    assert "t0ken" not in f"{caught.value.message} {caught.value.hint}" and caught.value.hint
    assert "t0ken" not in repr(ask(server, CLOUDFLARE_ACCOUNT_ID=ACCOUNT))


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(SshimError, match=r"http://127\.0\.0\.1:1 cannot be asked: Connection refused"):
        ask("http://127.0.0.1:1")


@pytest.mark.parametrize(
    "environ",
    [{"CLOUDFLARE_API_TOKEN": ""}, {"CLOUDFLARE_API_TOKEN": "a\nb"}, {"CLOUDFLARE_API_TOKEN": "é"},
     {"CLOUDFLARE_API_BASE_URL": "http://example.com"}, {"CLOUDFLARE_API_BASE_URL": "file:///etc/passwd"},
     {"CLOUDFLARE_ACCOUNT_ID": "../x"}],
)  # fmt: skip
def test_settings_of_no_use_are_told_before_anything_is_sent(environ: dict[str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        ask("http://127.0.0.1:1", **{"CLOUDFLARE_ACCOUNT_ID": ACCOUNT, **environ})
    assert "a\nb" not in caught.value.message
