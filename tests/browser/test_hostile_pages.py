"""A page of another site, in the same browser, while the dashboard is open: by its address, by a name that
resolves to this machine, in a frame, by forms, images, scripts and beacons.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import expect

from tests.browser.conftest import Browser, chromium_or_skip, launched
from tests.dashboard.conftest import STORE, some

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

_ATTACK = Path(__file__).with_name("hostile.js").read_text(encoding="utf-8")


@asynccontextmanager
async def attacker() -> AsyncIterator[int]:
    """A web site of somebody else; its port."""

    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(text="<!doctype html><title>evil</title>", content_type="text/html")

    server = web.Server(answer)
    runner = web.ServerRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


async def test_a_page_of_another_origin_can_neither_read_nor_change(browser: Browser) -> None:
    """Even one that has learnt a bearer; a local server on another port is another origin too."""
    site = browser.site
    await site.fill(*some(1))
    bearer, before = await site.bearer(), await site.snapshot()
    browser.expected.append("")
    async with attacker() as port:
        for host in (f"http://localhost:{port}", f"http://127.0.0.1:{port}", f"http://evil.localhost:{port}"):
            page = await browser.page()
            await page.goto(host)
            for name in ("localhost", "127.0.0.1"):
                origin = f"http://{name}:{site.port}"
                found = await page.evaluate(_ATTACK, {"origin": origin, "bearer": bearer, "store": STORE})
                assert set(found.values()) <= {"refused", "blind"}, (host, found)
            await page.close()
    assert await site.snapshot() == before
    assert site.dashboard.sessions.identity(bearer) is not None


async def test_a_name_that_was_rebound_to_this_machine_is_not_served(browser: Browser) -> None:
    """DNS rebinding: to the browser it is one origin, page and target alike."""
    chromium_or_skip()
    site = browser.site
    await site.fill(*some(1))
    bearer, before = await site.bearer(), await site.snapshot()
    origin = f"http://rebound.example:{site.port}"
    async with launched("--host-resolver-rules=MAP rebound.example 127.0.0.1") as chromium:
        page = await (await chromium.new_context()).new_page()
        answer = await page.goto(f"{origin}/#code={site.code()}")
        assert answer is not None and answer.status == 421
        assert "<script" not in await answer.text()
        found = await page.evaluate(_ATTACK, {"origin": origin, "bearer": bearer, "store": STORE})
        refused = {name: said for name, said in found.items() if not said.startswith("421")}
        assert set(refused.values()) == {"refused"}, found
    assert await site.snapshot() == before


async def test_a_form_of_another_site_changes_nothing(browser: Browser) -> None:
    site = browser.site
    await site.fill(*some(1))
    before = await site.snapshot()
    browser.expected.append("")
    stores = f"/client/v4/accounts/{site.api.settings.account_id}/secrets_store/stores"
    async with attacker() as port:
        page = await browser.page()
        for target, kind in (
            (f"{stores}/{STORE}/secrets", "text/plain"),
            ("/dashboard/session", "text/plain"),
        ):
            await page.goto(f"http://evil.localhost:{port}")
            async with page.expect_navigation():
                await page.evaluate(
                    """([action, enctype]) => {
                      const form = document.createElement("form");
                      Object.assign(form, { action, method: "post", enctype });
                      const input = document.createElement("input");
                      Object.assign(input, { name: '[{"name":"PLANTED","value":"', value: '"}]' });
                      form.append(input);
                      document.body.append(form);
                      form.submit();
                    }""",
                    [f"{site.origin}{target}", kind],
                )
            assert json.loads(await page.locator("body").inner_text())["success"] is False
    assert await site.snapshot() == before


async def test_no_other_page_can_frame_or_hold_the_dashboard(browser: Browser) -> None:
    browser.expected.append("")
    async with attacker() as port:
        page = await browser.page()
        await page.goto(f"http://localhost:{port}")
        await page.evaluate(
            "url => { const f = document.createElement('iframe'); f.src = url; document.body.append(f); }",
            browser.site.origin,
        )
        await page.wait_for_timeout(300)
        for frame in page.frames[1:]:
            assert "sshim" not in await frame.content()
        opened = await page.evaluate(
            """async url => { const w = open(url); await new Promise(go => setTimeout(go, 500));
              try { return w.closed || String(w.document?.title) } catch (e) { return e.name } }""",
            browser.site.origin,
        )
        assert opened in (True, "SecurityError")


async def test_a_link_from_elsewhere_does_not_open_the_dashboard(browser: Browser) -> None:
    """Whoever wants it opens it by hand, or by sshim dashboard."""
    browser.expected.append("")
    async with attacker() as port:
        page = await browser.page()
        await page.goto(f"http://evil.localhost:{port}")
        async with page.expect_navigation():
            await page.evaluate("url => { location.href = url }", f"{browser.site.origin}/#code=x")
        await expect(page.locator("body")).to_contain_text("are not served")
