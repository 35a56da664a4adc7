"""The list of secrets, and what can be done with one, as somebody does it."""

from __future__ import annotations

import contextlib
import re

import pytest
from playwright.async_api import Error, expect

from sshim.control import ControlPlane
from sshim.model import Usage, new_secret
from tests.browser.conftest import Browser, names
from tests.dashboard.conftest import STORE, Site, some

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def value_of(site: Site, name: str) -> str:
    """A secret's value, as a Worker reads it."""

    def read(control: ControlPlane) -> str:
        reader = control.reader(worker="w", environment=None)
        try:
            return reader.read_now(STORE, name, "workers").reveal()
        finally:
            reader.close()

    return str(await site.control(read))


def use(site: Site, *bindings: tuple[str, str]) -> object:
    """Remembers that a Worker binds secrets."""
    usages = [
        Usage("shop", None, binding, STORE, name, "/w/wrangler.toml", site.clock())
        for binding, name in bindings
    ]
    return site.control(lambda control: control.record_usages(usages))


async def test_the_list_is_searched_filtered_and_sorted(browser: Browser) -> None:
    await browser.site.fill(
        new_secret("B_KEY", "v", ["workers"], "for the shop"),
        new_secret("A_KEY", "v", ["ai_gateway", "workers"]),
        new_secret("C_KEY", "v", ["dex"], "<b>bold</b>"),
    )
    page = await browser.open()
    assert await names(page) == ["A_KEY", "B_KEY", "C_KEY"]
    await expect(page.get_by_role("meter")).to_have_attribute("value", "3")
    await expect(page.get_by_text("3 of 100 secrets")).to_be_visible()
    await page.get_by_role("columnheader", name="Name").get_by_role("button").click()
    assert await names(page) == ["C_KEY", "B_KEY", "A_KEY"]
    await expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "descending")
    await page.get_by_role("columnheader", name="Created").get_by_role("button").click()
    assert await names(page) == ["B_KEY", "A_KEY", "C_KEY"]
    search = page.get_by_label("Search name or comment")
    await search.press_sequentially("SHOP")
    assert await names(page) == ["B_KEY"]
    await expect(search).to_be_focused()
    await search.fill("")
    await page.get_by_label("Scope").select_option("ai_gateway")
    assert await names(page) == ["A_KEY"]
    await search.fill("nothing of the kind")
    await page.get_by_role("button", name="Show all").click()
    assert len(await names(page)) == 3
    row = page.get_by_role("row", name="C_KEY")
    await expect(row).to_contain_text("<b>bold</b>")
    await expect(row.locator("time").first).to_contain_text(
        re.compile(r"just now\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
    )
    await browser.picture(page, "secrets")


async def test_several_secrets_are_created_at_once(browser: Browser) -> None:
    await browser.site.fill()
    page = await browser.open()
    await expect(page.locator(".empty")).to_contain_text(f"sshim secret create {STORE}")
    await browser.picture(page, "secrets-empty")
    await page.get_by_role("button", name="Create secrets").click()
    form = page.get_by_role("dialog", name="Create secrets")
    await expect(form.get_by_label("Name")).to_be_focused()
    await form.get_by_label("Name").fill("ONE")
    await form.get_by_label("Value").fill("  first ünicode\nline two")
    await form.get_by_label("Comment").fill("what it is for")
    await form.get_by_role("button", name="Add additional secret").click()
    second = form.get_by_role("group", name="Secret 2")
    await expect(second.get_by_label("Name")).to_be_focused()
    await second.get_by_label("Name").fill("TWO")
    await second.get_by_label("Value").fill("2")
    await second.get_by_label("ai_gateway").check()
    await form.get_by_role("button", name="Add additional secret").click()
    await form.get_by_role("group", name="Secret 3").get_by_role("button", name="Remove this one").click()
    await browser.picture(page, "create")
    await form.get_by_role("button", name="Create 2 secrets").click()
    await expect(form).to_be_hidden()
    await expect(page.get_by_role("rowheader", name="TWO")).to_be_visible()
    await expect(page.locator("#news")).to_contain_text("Created ONE, TWO.")
    await expect(page.get_by_role("button", name="Create secrets")).to_be_focused()
    assert await value_of(browser.site, "ONE") == "  first ünicode\nline two"
    secrets = await browser.site.control(lambda control: control.list_secrets(STORE))
    assert [(s.name, s.scopes, s.comment) for s in secrets] == [
        ("ONE", ("workers",), "what it is for"),
        ("TWO", ("ai_gateway", "workers"), ""),
    ]
    await expect(page.get_by_role("row", name="ONE")).to_contain_text("active")


async def test_a_new_secret_is_pending_and_turns_active_by_itself(browser: Browser) -> None:
    await browser.site.fill(*some(1))
    page = await browser.open()
    row = page.get_by_role("row", name="SECRET_0000")
    await expect(row).to_contain_text("active")


async def test_a_value_is_written_only(browser: Browser) -> None:
    """Neither what is stored nor what was typed ever stands in the page again."""
    await browser.site.fill(new_secret("KEY", "stored-value-77", ["workers"]))
    page = await browser.open()
    bodies: list[str] = []

    async def keep(response: object) -> None:
        if "/events" not in response.url:
            with contextlib.suppress(Error):  # of a page that has gone on meanwhile
                bodies.append(await response.text())

    page.on("response", keep)
    await page.get_by_role("button", name="Edit KEY").click()
    form = page.get_by_role("dialog", name="Edit KEY")
    value = form.get_by_label("New value")
    await expect(value).to_have_value("")
    await expect(value).to_have_css("-webkit-text-security", "disc")
    await form.get_by_role("button", name="Show while typing").click()
    await expect(value).to_have_css("-webkit-text-security", "none")
    await value.fill("typed-value-99")
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_be_hidden()
    assert await value_of(browser.site, "KEY") == "typed-value-99"
    await page.get_by_role("button", name="Edit KEY").click()
    await expect(value).to_have_value("")
    await page.get_by_role("button", name="Cancel").click()
    for view in ("usages", "audit", "secrets"):
        await browser.go(page, view)
    page.remove_listener("response", keep)
    assert len(bodies) > 5
    everything = await page.content() + "".join(bodies)
    assert "stored-value-77" not in everything and "typed-value-99" not in everything
    kept = await page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}, history.state])")
    assert "value" not in kept


async def test_editing_warns_whom_it_touches_and_changes_only_what_was_changed(browser: Browser) -> None:
    await browser.site.fill(new_secret("KEY", "before", ["workers"], "old"))
    await use(browser.site, ("STRIPE", "KEY"))
    page = await browser.open()
    await page.get_by_role("button", name="1 binding of KEY").wait_for()
    await page.get_by_role("button", name="Edit KEY").click()
    form = page.get_by_role("dialog", name="Edit KEY")
    await expect(form).to_contain_text("Every service that uses this secret")
    await expect(form).to_contain_text("shop: env.STRIPE")
    await browser.picture(page, "edit")
    await form.get_by_label("Comment").fill("new")
    await form.get_by_label("dex").check()
    await form.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("row", name="KEY")).to_contain_text("new")
    (secret,) = await browser.site.control(lambda control: control.list_secrets(STORE))
    assert (secret.comment, secret.scopes, secret.version) == ("new", ("dex", "workers"), 1)
    assert await value_of(browser.site, "KEY") == "before"


async def test_a_copy_has_the_value_and_a_name_of_its_own(browser: Browser) -> None:
    await browser.site.fill(new_secret("KEY", "the value", ["workers"], "old"))
    page = await browser.open()
    await page.get_by_role("button", name="Duplicate KEY").click()
    form = page.get_by_role("dialog", name="Duplicate KEY")
    await expect(form.get_by_label("Name of the copy")).to_have_value("KEY_copy")
    await expect(form.get_by_label("Comment")).to_have_value("old")
    await form.get_by_label("Name of the copy").fill("KEY")
    await form.get_by_role("button", name="Duplicate", exact=True).click()
    await expect(form.get_by_text("There is a secret named “KEY” already")).to_be_visible()
    await form.get_by_label("Name of the copy").fill("OTHER")
    await form.get_by_label("Comment").fill("mine")
    await form.get_by_role("button", name="Duplicate", exact=True).click()
    await expect(page.get_by_role("rowheader", name="OTHER")).to_be_visible()
    assert await value_of(browser.site, "OTHER") == "the value"


async def test_deleting_takes_the_name_and_says_who_loses_it(browser: Browser) -> None:
    await browser.site.fill(new_secret("KEY", "v", ["workers"]), new_secret("FREE", "v", ["workers"]))
    await use(browser.site, ("STRIPE", "KEY"))
    page = await browser.open()
    await page.get_by_role("button", name="1 binding of KEY").wait_for()
    await page.get_by_role("button", name="Delete KEY").click()
    form = page.get_by_role("dialog", name="Delete secret KEY?")
    await expect(form).to_contain_text("shop: env.STRIPE")
    go = form.get_by_role("button", name="Delete secret")
    typed = form.get_by_label("Type KEY to confirm")
    for wrong in ("", "key", "KEY "):
        await typed.fill(wrong)
        await expect(go).to_be_disabled()
        await page.keyboard.press("Enter")
    await browser.picture(page, "delete")
    await typed.fill("KEY")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("rowheader", name="KEY")).to_be_hidden()
    assert await names(page) == ["FREE"]
    await page.get_by_role("button", name="Delete FREE").click()
    await expect(page.get_by_role("dialog")).to_contain_text("No use of it was seen")


async def test_the_page_follows_what_other_processes_do(browser: Browser) -> None:
    await browser.site.fill()
    page = await browser.open()
    await page.get_by_label("Search name or comment").fill("SEC")
    await page.wait_for_timeout(500)
    await browser.site.control(lambda control: control.create_secrets(STORE, some(2)))
    await expect(page.get_by_role("rowheader", name="SECRET_0001")).to_be_visible()
    await expect(page.get_by_label("Search name or comment")).to_have_value("SEC")
    await expect(page.get_by_label("Search name or comment")).to_be_focused()


async def test_a_list_of_a_thousand_is_shown_in_parts_and_searched_whole(browser: Browser) -> None:
    site = browser.site
    await site.control(lambda control: setattr(control, "limits", control.limits._replace(secrets=2000)))
    await site.control(lambda control: control.store.state())
    door = site.door
    planes = door._planes
    assert planes is not None

    def roomy(actor: object) -> ControlPlane:
        control = planes(actor)
        control.limits = control.limits._replace(secrets=2000)
        return control

    door._planes = roomy
    await site.fill(*some(1000))
    page = await browser.open()
    await expect(page.get_by_text("1000 of 2,000 secrets")).to_be_visible()
    assert len(await names(page)) == 100
    await page.get_by_role("button", name="Show 100 more").click()
    assert len(await names(page)) == 200
    await page.get_by_label("Search name or comment").fill("secret_0999")
    assert await names(page) == ["SECRET_0999"]
    drawn = await page.evaluate(
        """async () => {
          const search = document.getElementById("search");
          const began = performance.now();
          search.value = "";
          search.dispatchEvent(new Event("input"));
          return performance.now() - began;
        }"""
    )
    assert drawn < 1000, f"a letter typed takes {drawn:.0f} ms"
