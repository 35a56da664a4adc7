"""A page of another origin in a real browser, at the gateway that asks for no token and at the API: whatever
it tries, no provider is asked, nothing changes, and nothing can be read.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from sshim.gateway.account import GatewaySettings
from tests.api.conftest import STORES, Account
from tests.api.conftest import account as account
from tests.browser.conftest import chromium_or_skip, launched
from tests.gateway.conftest import ACCOUNT, KEY, Edge
from tests.gateway.upstream import Upstream

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><title>evil</title><iframe name="sink"></iframe><script>
const read = [];
async function attack(gateway, stores, token) {
  const tried = [];
  const attempt = (name, work) => tried.push(Promise.resolve().then(work).then(
    async answer => { if (answer && answer.type !== "opaque") read.push(name + ": " + await answer.text()); },
    () => {}));
  const body = '{"name": "planted"}';
  for (const url of [gateway, stores]) {
    attempt("get", () => fetch(url));
    attempt("no-cors get", () => fetch(url, {mode: "no-cors"}));
    attempt("no-cors post", () => fetch(url, {mode: "no-cors", method: "POST", body}));
    attempt("cors post", () => fetch(url, {method: "POST", body}));
    attempt("keepalive", () => fetch(url, {mode: "no-cors", method: "POST", body, keepalive: true}));
    for (const method of ["POST", "PUT", "PATCH", "DELETE"])
      attempt(method, () => fetch(url, {method, body,
        headers: {"Authorization": "Bearer " + token, "Content-Type": "application/json"}}));
    attempt("beacon", () => { navigator.sendBeacon(url, body); });
    attempt("socket", () => new Promise(done => {
      const socket = new WebSocket(url.replace("http", "ws"));
      socket.onopen = () => read.push("socket");
      socket.onclose = socket.onerror = () => done();
    }));
    for (const kind of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const form = Object.assign(document.createElement("form"),
        {action: url, method: "POST", enctype: kind, target: "sink"});
      form.append(Object.assign(document.createElement("input"), {name: '{"name": "', value: 'planted"}'}));
      document.body.append(form);
      form.submit();
    }
    for (const [tag, more] of [["img", {}], ["script", {}], ["iframe", {}], ["embed", {}],
                               ["link", {rel: "prefetch"}], ["link", {rel: "stylesheet"}]]) {
      const element = Object.assign(document.createElement(tag), more);
      element[tag === "link" ? "href" : "src"] = url;
      tried.push(new Promise(done => { element.onload = element.onerror = done; setTimeout(done, 1500); }));
      document.body.append(element);
    }
  }
  await Promise.all(tried);
  return read;
}
</script>"""


@pytest.fixture
async def evil() -> AsyncIterator[int]:
    """The port of a server whose every page is hostile."""

    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield runner.addresses[0][1]
    await runner.cleanup()


async def test_no_page_of_another_origin_gets_through(
    edge: Edge, upstream: Upstream, account: Account, evil: int
) -> None:
    chromium_or_skip()
    edge.account.gateways["open"] = GatewaySettings("open", authenticated=False)
    edge.account.keys["open", "openai", "default"] = KEY
    gateway = f"{edge.url}/v1/{ACCOUNT}/open/openai/echo"
    stores = f"http://127.0.0.1:{account.port}{STORES}"
    token = await account.token("super-administrator")
    before = await account.snapshot(audit=True)
    async with launched("--host-resolver-rules=MAP evil.example 127.0.0.1") as browser:
        for host in ("evil.example", "localhost", "127.0.0.1"):
            page = await browser.new_page()
            await page.goto(f"http://{host}:{evil}/")
            asked = f"attack({json.dumps(gateway)}, {json.dumps(stores)}, {json.dumps(token)})"
            assert await page.evaluate(asked) == [], host
            for url in (gateway, stores):
                # a name of the attacker's that now stands for this machine
                answer = await page.goto(url.replace("127.0.0.1", "evil.example"))
                assert answer is not None and answer.status == 421
            await page.close()
    assert upstream.arrived == []
    assert await account.snapshot(audit=True) == before
    assert len([line for line in edge.log.lines if "/open/openai/echo 403" in line]) >= 10, "it was tried"
