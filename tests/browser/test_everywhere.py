"""What holds for every part of the page: the keyboard alone suffices, and so do 360 pixels."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from sshim.control import ControlPlane
from sshim.model import SecretValue, Usage, new_secret
from tests.browser.conftest import Browser
from tests.dashboard.conftest import STORE, Site, some

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

VIEWS = {
    "secrets": "Secrets",
    "usages": "Where used",
    "stores": "Stores",
    "gateways": "Provider keys",
    "tokens": "Tokens and roles",
    "audit": "Audit log",
}


async def furnish(site: Site) -> None:
    """Something in every part."""
    long = new_secret(
        "A_VERY_LONG_NAME_" * 9, "v", ["ai_gateway", "containers", "dex", "workers"], "and " * 60
    )
    await site.fill(*some(3), long)

    def make(control: ControlPlane) -> None:
        control.create_token(role="reporter", name="grafana")
        control.create_gateway("default", store_id=STORE)
        control.create_provider_key("default", "openai", value=SecretValue("sk-12345678901234567890"))
        control.record_usages(
            Usage("shop", None, name, STORE, name, "/srv/ada/projects/shop/wrangler.toml", site.clock())
            for name in ("SECRET_0000", "GONE")
        )

    await site.control(make)


async def at(page: Page) -> str:
    """What has the focus, in words."""
    return str(
        await page.evaluate(
            """() => { const e = document.activeElement;
              return e.ariaLabel || e.labels?.[0]?.textContent || e.textContent.slice(0, 60); }"""
        )
    )


async def test_every_part_is_usable_at_360_pixels(browser: Browser) -> None:
    await furnish(browser.site)
    page = await browser.open(width=360)
    for view, title in VIEWS.items():
        await browser.go(page, view)
        await expect(page.get_by_role("heading", level=1)).to_have_text(title)
        await browser.picture(page, f"{view}-360", full=True)
        for button in await page.locator("main button").all():
            box = await button.bounding_box()
            assert box is None or (box["x"] >= 0 and box["x"] + box["width"] <= 360), (
                await button.inner_text()
            )
    await browser.go(page, "secrets")
    await page.get_by_role("button", name="Create secrets").click()
    form = page.get_by_role("dialog")
    box = await form.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 360
    await browser.picture(page, "create-360")


@pytest.mark.parametrize("width", [360, 1024, 1280, 1700])
async def test_head_and_content_begin_at_one_line(browser: Browser, width: int) -> None:
    await furnish(browser.site)
    page = await browser.open(width=width)
    parts = ("header b", "nav a", "main h1", "main .tools", "main .table")
    edges = [await page.locator(part).first.bounding_box() for part in parts]
    assert len({round(edge["x"]) for edge in edges if edge is not None}) == 1, edges
    assert None not in edges
    right = [await page.locator(part).bounding_box() for part in ("#who", "main .table")]
    assert len({round(box["x"] + box["width"]) for box in right if box is not None}) == 1, right


async def test_a_secret_is_created_and_deleted_by_keyboard_alone(browser: Browser) -> None:
    await browser.site.fill()
    page = await browser.open()
    await page.keyboard.press("Tab")
    assert await at(page) == "Skip to the content"
    await page.keyboard.press("Enter")
    for _ in range(12):
        await page.keyboard.press("Tab")
        if await at(page) == "Create secrets":
            break
    await page.keyboard.press("Enter")
    await page.keyboard.type("BY_KEYS")
    await page.keyboard.press("Tab")
    await page.keyboard.type("value")
    await page.keyboard.press("Tab")
    assert await at(page) == "Show while typing"
    for _ in range(6):
        await page.keyboard.press("Tab")
    assert await at(page) == "workers"
    await page.keyboard.press("Tab")
    await page.keyboard.type("comment")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("rowheader", name="BY_KEYS")).to_be_visible()
    assert await at(page) == "Create secrets"
    await expect(page.get_by_role("status").filter(has_text="Created BY_KEYS.")).to_be_visible()
    for _ in range(16):
        await page.keyboard.press("Tab")
        if await at(page) == "Delete BY_KEYS":
            break
    await page.keyboard.press("Space")
    await page.keyboard.type("BY_KEYS")
    await page.keyboard.press("Enter")
    await expect(page.locator(".empty")).to_be_visible()


async def test_the_focus_stays_in_a_dialog_and_goes_to_the_heading_of_a_new_part(browser: Browser) -> None:
    await furnish(browser.site)
    page = await browser.open()
    await page.get_by_role("button", name="Edit SECRET_0000").click()
    dialog = page.get_by_role("dialog")
    for _ in range(30):
        await page.keyboard.press("Tab")
        outside = await page.evaluate(
            "document.activeElement !== document.body && !document.activeElement.closest('dialog')"
        )
        assert not outside
    await dialog.get_by_role("button", name="Cancel").click()
    assert await at(page) == "Edit SECRET_0000"
    await page.get_by_role("link", name="Audit log").click()
    await expect(page.get_by_role("heading", name="Audit log")).to_be_focused()
    await expect(page.get_by_role("link", name="Audit log")).to_have_attribute("aria-current", "page")
    await expect(page).to_have_title("Audit log · sshim")
    await page.go_back()
    await expect(page.get_by_role("heading", name="Secrets")).to_be_focused()
