"""The first list of secrets, which comes with the answer that lets the page in."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Browser, names
from tests.dashboard.conftest import some

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ELEMENTS_OF_A_ROW = 24
"""What the browser has to lay out for one secret with its row, at the most."""


async def test_the_first_list_of_a_hundred_is_drawn_soon(browser: Browser) -> None:
    """Within 300 ms where nothing else runs. Here, where much may: the time of its thread that the page takes
    for it, how much it draws, the files that have to come first, and the one call that is waited for."""
    await browser.site.fill(*some(100))
    worked = []
    for _ in range(3):
        page = await browser.page()
        session = await page.context.new_cdp_session(page)
        await session.send("Performance.enable", {"timeDomain": "threadTicks"})
        await page.goto(f"{browser.site.origin}/#code={browser.site.code()}")
        await page.wait_for_function("() => performance.getEntriesByName('drawn:secrets').length")
        measured = (await session.send("Performance.getMetrics"))["metrics"]
        worked += [each["value"] for each in measured if each["name"] == "TaskDuration"]
        assert len(await names(page)) == 100
        assert await page.locator("tbody *").count() <= 100 * ELEMENTS_OF_A_ROW
        assert await before_the_list(page) == {
            "page.css", "server.js", "parts.js", "secrets.js", "page.js", "dashboard/session"
        }  # fmt: skip
        await page.close()
    assert min(worked) <= 0.3


async def before_the_list(page: Page) -> set[str]:
    """What the page had asked for when it had drawn its list, but for its icon."""
    asked = await page.evaluate(
        """() => { const [{ startTime: drawn }] = performance.getEntriesByName("drawn:secrets");
          return performance.getEntriesByType("resource").filter((each) => each.startTime < drawn)
            .map((each) => new URL(each.name).pathname.slice(1)); }"""
    )
    return set(asked) - {"icon.svg"}


async def test_a_reload_waits_for_one_call_too(browser: Browser) -> None:
    await browser.site.fill(*some(1))
    page = await browser.open()
    await page.reload()
    await expect(page.get_by_role("rowheader", name="SECRET_0000")).to_be_visible()
    calls = {name for name in await before_the_list(page) if name.startswith(("dashboard", "client"))}
    assert calls == {"dashboard/first"}
