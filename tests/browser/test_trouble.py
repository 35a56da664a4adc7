"""What goes wrong is said in its place, and nothing that was typed is lost."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from sshim.model import new_secret
from tests.browser.conftest import Browser
from tests.dashboard.conftest import STORE, serve, some, stop

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HTML = '<img src=x onerror=document.title="owned"><script>document.title="owned"</script>'


async def creating(page: Page, name: str = "NEW", value: str = "typed") -> Locator:
    """The form for a new secret, filled in."""
    await page.get_by_role("button", name="Create secrets").click()
    form = page.get_by_role("dialog", name="Create secrets")
    await form.get_by_label("Name").fill(name)
    await form.get_by_label("Value").fill(value)
    await form.get_by_label("Comment").fill("kept")
    return form


async def submit(form: Locator) -> None:
    await form.get_by_role("button", name="Create secret", exact=True).click()


async def kept(form: Locator, name: str = "NEW", value: str = "typed") -> None:
    """Everything that was typed is still there."""
    await expect(form.get_by_label("Name")).to_have_value(name)
    await expect(form.get_by_label("Value")).to_have_value(value)
    await expect(form.get_by_label("Comment")).to_have_value("kept")


async def test_what_is_missing_or_cannot_be_is_said_before_anything_is_sent(browser: Browser) -> None:
    await browser.site.fill(*some(1))
    page = await browser.open()
    form = await creating(page, "no blanks, please", "")
    await form.get_by_label("workers").uncheck()
    await submit(form)
    await expect(form.get_by_text("A name has letters, digits")).to_be_visible()
    await expect(form.get_by_text("Give a value.")).to_be_visible()
    await expect(form.get_by_text("Choose at least one scope.")).to_be_visible()
    await expect(form.get_by_label("Name")).to_be_focused()
    await expect(form.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    await browser.picture(page, "create-wrong", full=False)
    await form.get_by_label("Name").fill("SECRET_0000")
    await submit(form)
    await expect(form.get_by_text("There is a secret named “SECRET_0000” already")).to_be_visible()


async def test_a_value_that_is_too_long_in_bytes(browser: Browser) -> None:
    await browser.site.fill()
    page = await browser.open()
    long = "ü" * 32_769
    form = await creating(page, value=long)
    await expect(form.get_by_text("The value has 65,538 bytes; 65,536 are the most.")).to_be_visible()
    await submit(form)
    await kept(form, value=long)
    await form.get_by_label("Value").fill("ü" * 32_768)
    await submit(form)
    await expect(page.get_by_role("rowheader", name="NEW")).to_be_visible()


async def test_a_name_that_was_taken_meanwhile(browser: Browser) -> None:
    browser.expected.append("status of 400")
    await browser.site.fill()
    page = await browser.open()
    await page.route("**/dashboard/events", lambda route: route.abort())
    browser.expected.append("ERR_FAILED")
    form = await creating(page)
    await browser.site.control(
        lambda control: control.create_secrets(STORE, [new_secret("NEW", "v", ["workers"])])
    )
    await submit(form)
    await expect(form.get_by_text("There is a secret named “NEW” already")).to_be_visible()
    await kept(form)
    await form.get_by_label("Name").fill("NEWER")
    await submit(form)
    await expect(page.get_by_role("rowheader", name="NEWER")).to_be_visible()


async def test_a_quota_that_is_full(browser: Browser) -> None:
    browser.expected.append("status of 400")
    await browser.site.fill(*some(100))
    page = await browser.open()
    await expect(page.get_by_text("100 of 100 secrets")).to_be_visible()
    form = await creating(page)
    await submit(form)
    await expect(form.get_by_text("The quota is full: the account has 100 secrets")).to_be_visible()
    await kept(form)
    await browser.picture(page, "quota-full")


async def test_a_server_that_is_gone_and_comes_back(browser: Browser) -> None:
    browser.expected += ["ERR_CONNECTION", "status of 401", "ERR_INCOMPLETE", "ERR_EMPTY_RESPONSE"]
    await browser.site.fill()
    page = await browser.open()
    form = await creating(page)
    port = browser.site.port
    await browser.site.serving.stop(1.0)
    await submit(form)
    await expect(form.get_by_text("The program does not answer")).to_be_visible()
    await expect(page.locator("#connection")).to_contain_text("“sshim serve” does not answer")
    await kept(form)
    again = await serve(browser.site.home, port=port)
    try:
        await submit(form)  # the program is another one, so its sessions are
        dialog = page.get_by_role("dialog", name="Sign in")
        await page.wait_for_timeout(1500)  # meanwhile nothing is asked for in nobody's name
        await dialog.get_by_label("API token").fill(await again.token("super-administrator"))
        await dialog.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("rowheader", name="NEW")).to_be_visible()
        await expect(page.locator("#connection")).to_be_hidden()
    finally:
        await page.close()
        await stop(again)


async def test_a_part_that_did_not_come_is_asked_for_again(browser: Browser) -> None:
    browser.expected.append("ERR_FAILED")
    await browser.site.fill()
    page = await browser.page()
    await page.route("**/stores.js", lambda route: route.abort())
    await page.goto(f"{browser.site.origin}/#code={browser.site.code()}")
    await page.get_by_role("link", name="Stores").click()
    await expect(page.get_by_role("alert")).to_contain_text("Something went wrong in this page")
    await page.unroute("**/stores.js")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("rowheader", name="main")).to_be_visible()


async def test_a_click_that_comes_to_nothing_says_why(browser: Browser) -> None:
    browser.expected.append("ERR_FAILED")
    await browser.site.fill(*some(1))
    page = await browser.open("audit")
    await page.route("**/dashboard/audit/export*", lambda route: route.abort())
    await page.get_by_role("button", name="Export CSV").click()
    await expect(page.locator("#news")).to_contain_text("The program does not answer")


async def test_a_secret_that_somebody_else_has_deleted(browser: Browser) -> None:
    browser.expected += ["status of 404", "ERR_FAILED"]
    await browser.site.fill(*some(1))
    page = await browser.open()
    await page.get_by_role("button", name="Edit SECRET_0000").click()
    form = page.get_by_role("dialog", name="Edit SECRET_0000")
    await form.get_by_label("Comment").fill("kept")
    (secret,) = await browser.site.control(lambda control: control.list_secrets(STORE))
    await browser.site.control(lambda control: control.delete_secret(STORE, secret.id))
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_text("This secret was deleted meanwhile.")).to_be_visible()
    await expect(form.get_by_label("Comment")).to_have_value("kept")
    await form.get_by_role("button", name="Cancel").click()
    await expect(page.locator(".empty")).to_be_visible()


async def test_escape_does_not_throw_away_what_was_typed(browser: Browser) -> None:
    await browser.site.fill()
    page = await browser.open()
    form = await creating(page)
    await page.keyboard.press("Escape")
    await expect(form.get_by_text("What you typed is kept")).to_be_visible()
    await kept(form)
    await form.get_by_role("button", name="Cancel").click()
    await expect(form).to_be_hidden()


async def test_markup_in_names_and_comments_is_text(browser: Browser) -> None:
    site = browser.site
    await site.fill(new_secret("KEY", "v", ["workers"], HTML))

    def plant(control: object) -> None:
        from sshim.model import Usage

        control.create_token(role="reporter", name=HTML)
        control.record_usages([Usage(HTML, HTML, HTML, STORE, HTML, f"/w/{HTML}", site.clock())])
        reader = control.reader(worker=HTML, environment=HTML, strict=True)
        reader.read_now(STORE, "KEY", "workers", binding=HTML)
        reader.close()

    await site.control(plant)
    page = await browser.open()
    for view in ("secrets", "usages", "tokens", "audit"):
        await browser.go(page, view)
        await expect(page.locator("main")).to_contain_text("<img src=x onerror=")
        assert await page.locator("main img, main script").count() == 0
    assert "owned" not in await page.title()
    browser.expected.append("TrustedHTML")
    taking = (
        "() => { try { document.body.innerHTML = '<b>x</b>'; return 'taken' } catch (e) { return e.name } }"
    )
    assert await page.evaluate(taking) == "TypeError", "no code of the page could take text for markup"
