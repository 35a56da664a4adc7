"""Debian's Chromium over a dashboard that runs in this process: one browser for all tests, a fresh account
and a fresh profile for each. Any word on the console that a test did not expect fails it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser.accessibility import flaws
from tests.dashboard.conftest import Site, serve, stop
from tests.ports import free_port

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium
    from playwright.async_api import BrowserContext, Page

PROGRAM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
]
PATIENCE_MS = 60_000
"""Milliseconds that a page may take, on however busy a machine, to show what a test waits for."""

OUTPUT = Path(__file__).resolve().parents[2] / ".ci-output" / "dashboard"
"""Where screenshots are kept for people to look at, in CI."""


def chromium_or_skip() -> None:
    """Skips the test without Chromium; fails it in CI."""
    if not Path(PROGRAM).exists():
        reason = "needs Chromium: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@asynccontextmanager
async def launched(*flags: str) -> AsyncIterator[Chromium]:
    """A Chromium of its own, with more flags."""
    from playwright.async_api import async_playwright, expect

    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=PROGRAM, args=[*FLAGS, *flags], timeout=2 * PATIENCE_MS
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Chromium]:
    """The browser of all tests."""
    chromium_or_skip()
    async with launched() as browser:
        yield browser


@dataclass
class Browser:
    """A fresh profile over one account. `console` is what pages said; `expected` patterns are fine."""

    site: Site
    context: BrowserContext
    pictures: Path
    console: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    async def page(self, *, width: int = 1280, height: int = 800) -> Page:
        """A page whose console is listened to."""
        page = await self.context.new_page()
        await page.set_viewport_size({"width": width, "height": height})
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.console.append(f"uncaught: {error}"))
        return page

    async def open(
        self, view: str = "secrets", *, role: str = "super-administrator", width: int = 1280
    ) -> Page:
        """The dashboard, signed in as `sshim dashboard` does, showing one of its parts."""
        page = await self.page(width=width)
        await page.goto(f"{self.site.origin}/#code={self.site.code(role)}")
        await page.locator("main h1").wait_for()
        await self.go(page, view)
        return page

    async def go(self, page: Page, view: str) -> None:
        """Another part, drawn."""
        await page.evaluate("view => { location.hash = `#/${view}` }", view)
        await page.wait_for_function("view => performance.getEntriesByName(`drawn:${view}`).length", arg=view)

    async def picture(self, page: Page, name: str, *, full: bool = False) -> None:
        """A screenshot in both colour schemes, and no flaw of names or contrast in either."""
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await page.screenshot(path=self.pictures / f"{name}-{scheme}.png", full_page=full)
            assert await flaws(page) == [], f"{name}, {scheme}"

    def words(self) -> list[str]:
        """What was said on consoles that nobody expected."""
        return [said for said in self.console if not any(re.search(each, said) for each in self.expected)]


@pytest_asyncio.fixture(loop_scope="session")
async def site(chromium: Chromium, tmp_path: Path) -> AsyncIterator[Site]:
    """The account, empty."""
    running = await serve(tmp_path, port=free_port())  # for those who serve there again
    yield running
    await stop(running)


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium: Chromium, site: Site, tmp_path: Path) -> AsyncIterator[Browser]:
    """A fresh profile."""
    pictures = OUTPUT if os.environ.get("CI") else tmp_path / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    context = await chromium.new_context(accept_downloads=True, timezone_id="UTC", locale="en-GB")
    made = Browser(site, context, pictures)
    yield made
    await context.close()
    assert made.words() == []


async def names(page: Page) -> list[str]:
    """The secrets that are shown, in their order."""
    return await page.locator("tbody th code").all_text_contents()
