"""From the address that `sshim dashboard` opens to a page that knows who looks."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Browser
from tests.dashboard.conftest import some

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_code_signs_in_leaves_the_address_and_outlives_a_reload(browser: Browser) -> None:
    await browser.site.fill(*some(1))
    page, code = await browser.page(), browser.site.code()
    await page.goto(f"{browser.site.origin}/#code={code}")
    await page.get_by_role("rowheader", name="SECRET_0000").wait_for()
    assert page.url == f"{browser.site.origin}/#/secrets"
    assert code not in await page.evaluate("sessionStorage.getItem('sshim.bearer')")
    await page.reload()
    await expect(page.get_by_role("rowheader", name="SECRET_0000")).to_be_visible()
    assert await page.evaluate("document.cookie + JSON.stringify(localStorage)") == "{}"
    assert await page.evaluate("history.length") <= 3
    other = await browser.page()
    await other.goto(browser.site.origin)
    await expect(other.get_by_role("dialog", name="Sign in")).to_be_visible()


async def test_without_a_code_the_page_asks_who_you_are(browser: Browser) -> None:
    browser.expected.append("status of 401")
    await browser.site.fill(*some(1))
    page = await browser.page()
    await page.goto(browser.site.origin)
    dialog = page.get_by_role("dialog", name="Sign in")
    await expect(dialog).to_contain_text("sshim dashboard")
    await browser.picture(page, "sign-in")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_visible()
    token = dialog.get_by_label("API token")
    await token.fill("nonsense")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("alert")).to_contain_text("not a token")
    await token.fill("sshim_" + "x" * 34)
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("alert")).to_contain_text("unknown, expired or revoked")
    await token.fill(await browser.site.token("reporter"))
    await page.keyboard.press("Enter")
    await expect(page.locator("#who")).to_contain_text("Secrets Store Reporter")
    await expect(page.get_by_role("rowheader", name="SECRET_0000")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await expect(dialog).to_be_visible()
    assert await page.evaluate("sessionStorage.getItem('sshim.bearer')") == ""


async def test_a_link_that_was_used_already_says_so(browser: Browser) -> None:
    browser.expected.append("status of 401")
    code = browser.site.code()
    browser.site.dashboard.sessions.exchange(code)
    page = await browser.page()
    await page.goto(f"{browser.site.origin}/#code={code}")
    await expect(page.get_by_role("dialog", name="Sign in")).to_contain_text("used already")


async def test_a_link_that_is_pasted_into_an_open_page_signs_in_too(browser: Browser) -> None:
    await browser.site.fill(*some(1))
    page = await browser.open("audit", role="reporter")
    code = browser.site.code()
    await page.evaluate("code => { location.hash = `#code=${code}` }", code)
    await expect(page.locator("#who")).to_contain_text("Super Administrator")
    await expect(page.get_by_role("rowheader", name="SECRET_0000")).to_be_visible()
    assert page.url == f"{browser.site.origin}/#/secrets"


async def test_a_form_survives_the_end_of_its_session_and_goes_on_with_a_new_one(browser: Browser) -> None:
    browser.expected.append("status of 401")
    await browser.site.fill()
    page = await browser.open()
    await page.get_by_role("button", name="Create secrets").click()
    form = page.get_by_role("dialog", name="Create secrets")
    await form.get_by_label("Name").fill("KEPT")
    await form.get_by_label("Value").fill("typed before")
    for bearer in list(browser.site.dashboard.sessions._sessions):
        del browser.site.dashboard.sessions._sessions[bearer]
    # the page may have noticed by itself, and ask above the form: a click of the mouse would wait for ever
    await form.get_by_role("button", name="Create secret", exact=True).evaluate("button => button.click()")
    again = page.get_by_role("dialog", name="Sign in")
    await expect(again).to_contain_text("Your session has ended")
    other = await browser.page()
    await other.goto(f"{browser.site.origin}/#code={browser.site.code()}")
    await expect(again).to_be_hidden()
    await expect(page.get_by_role("rowheader", name="KEPT")).to_be_visible()
    (secret,) = await browser.site.control(lambda control: control.list_secrets("0123456789abcdef" * 2))
    assert secret.name == "KEPT"
