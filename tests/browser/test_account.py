"""Where used, stores, tokens and roles, provider keys, the audit log: as somebody uses them."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path

import pytest
from playwright.async_api import expect

from sshim.control import ControlPlane
from sshim.model import SecretValue, Usage, new_secret
from sshim.permissions import ROLES, allowed
from tests.browser.conftest import Browser
from tests.dashboard.conftest import STORE, some

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_where_used_shows_bindings_gateways_and_what_points_to_nothing(browser: Browser) -> None:
    site = browser.site
    page = await browser.open("usages")
    await expect(page.locator(".empty")).to_contain_text("sshim dev")
    lone = new_secret("LONE", "v", ["workers"])
    await site.fill(new_secret("KEY", "v", ["workers"]), new_secret("DEX", "v", ["dex"]), lone)

    def use(control: ControlPlane) -> None:
        control.record_usages(
            Usage("shop", env, binding, STORE, name, "/srv/ada/shop/wrangler.toml", site.clock())
            for env, binding, name in [
                (None, "A", "KEY"),
                ("staging", "A", "KEY"),
                (None, "B", "GONE"),
                (None, "C", "DEX"),
            ]
        )
        control.create_gateway("default", store_id=STORE)
        control.create_provider_key("default", "openai", value=SecretValue("sk-123456"))
        reader = control.reader(worker="shop", environment=None, strict=True)
        reader.read_now(STORE, "KEY", "workers", binding="A")
        reader.read_now(STORE, "LONE", "workers")
        reader.close()

    await site.control(use)
    await expect(page.get_by_text("2 bindings point to nothing")).to_be_visible()
    table = page.get_by_role("table", name="Bindings of Workers")
    gone = table.get_by_role("row", name="GONE")
    await expect(gone).to_contain_text("no such secret")
    await expect(gone).to_contain_text(f"sshim secret create {STORE} --name GONE --scopes workers")
    await expect(table.get_by_role("row", name="DEX")).to_contain_text("not for Workers")
    await expect(table.get_by_role("row", name="env.A").first).to_contain_text("found")
    await expect(page.get_by_role("table", name="Keys of gateways")).to_contain_text("default_openai_default")
    await browser.picture(page, "where-used")
    await page.get_by_label("Only what points to nothing").check()
    assert await table.locator("tbody tr").count() == 2
    await browser.go(page, "secrets")
    read_unbound = page.get_by_role("row", name="LONE")
    await expect(read_unbound).to_contain_text("no binding seen")
    await expect(read_unbound).to_contain_text("read just now")
    await page.get_by_role("button", name="2 bindings of KEY").click()
    uses = page.get_by_role("dialog", name="Where KEY is used")
    await expect(uses).to_contain_text("staging")
    await expect(uses).to_contain_text("just now")
    await browser.picture(page, "where-used-one")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="2 bindings of KEY")).to_be_focused()


async def test_stores_are_made_and_deleted(browser: Browser) -> None:
    browser.expected.append("status of 400")
    page = await browser.open()
    await expect(page.locator(".empty")).to_contain_text("sshim store create default_secrets_store")
    await page.get_by_role("button", name="Create the store").click()
    await expect(page.locator(".empty")).to_contain_text("This store has no secrets yet")
    (store,) = await browser.site.control(lambda control: control.list_stores())
    await browser.site.control(lambda control: control.create_secrets(store.id, some(2)))
    await browser.go(page, "stores")
    await expect(page.get_by_role("row", name="default_secrets_store")).to_contain_text(store.id)
    await browser.picture(page, "stores")
    await page.get_by_role("button", name="Create store").click()
    form = page.get_by_role("dialog", name="Create store")
    await form.get_by_label("Name").fill("second")
    await form.get_by_role("button", name="Create store").click()
    await expect(form).to_contain_text("The account has all the stores")
    await expect(form.get_by_label("Name")).to_have_value("second")
    await form.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Delete default_secrets_store").click()
    form = page.get_by_role("dialog")
    await expect(form).to_contain_text("Its 2 secrets are deleted with it")
    await form.get_by_label("Type default_secrets_store to confirm").fill("default_secrets_store")
    await form.get_by_role("button", name="Delete store").click()
    await expect(page.locator(".empty")).to_contain_text("There is no store yet")
    assert await browser.site.control(lambda control: control.list_stores()) == []


async def test_a_token_is_shown_once_and_revoked(browser: Browser) -> None:
    page = await browser.open("tokens")
    await expect(page.locator(".empty")).to_contain_text("sshim token create")
    await browser.picture(page, "tokens-empty")
    await page.get_by_role("button", name="Create token").click()
    form = page.get_by_role("dialog", name="Create token")
    await form.get_by_label("Name").fill("ci")
    await form.get_by_label("Role").select_option("deployer")
    await form.get_by_label("Expires").select_option("7")
    await form.get_by_role("button", name="Create token").click()
    shown = page.get_by_role("dialog", name="Keep this token now")
    field = shown.get_by_label("Token “ci”, Secrets Store Deployer")
    await expect(field).to_be_focused()
    token = await field.input_value()
    actor = await browser.site.control(lambda control: control.authenticate(token))
    assert actor.role == "deployer"
    await browser.picture(page, "token-once")
    await shown.get_by_role("button", name="Close").click()
    assert token not in await page.content()
    row = page.get_by_role("row", name="ci API token")
    await expect(row).to_contain_text("in 7 days")
    await page.get_by_role("button", name="Revoke ci").click()
    await page.get_by_role("dialog", name="Revoke ci?").get_by_role("button", name="Revoke").click()
    await expect(row).to_be_hidden()
    assert await browser.site.control(lambda control: control.authenticate(token)) is None


@pytest.mark.parametrize("role", ROLES)
async def test_what_a_role_may_not_do_is_off_with_the_reason(browser: Browser, role: str) -> None:
    site = browser.site
    await site.fill(*some(1))

    def prepare(control: ControlPlane) -> None:
        control.create_token(role="super-administrator", name="root")
        control.create_gateway("default", store_id=STORE)
        control.create_provider_key("default", "openai", value=SecretValue("sk-1234567890"))

    await site.control(prepare)
    before = await site.snapshot()
    writes, links = allowed(role, "write"), allowed(role, "link_gateway")
    secret = "SECRET_0000"
    buttons = {
        "secrets": [("Create secrets", writes), (f"Edit {secret}", writes), (f"Duplicate {secret}", writes),
                    (f"Delete {secret}", writes)],
        "stores": [("Create store", writes), ("Delete main", writes)],
        "tokens": [("Create token", writes), ("Revoke root", writes and links)],
        "gateways": [("Create gateway", links), ("Delete gateway default", links),
                     ("Add provider key to default", writes and links),
                     ("Rotate openai default", writes and links),
                     ("Revoke openai default", writes and links)],
    }  # fmt: skip
    page = await browser.open(role=role)
    for view, expected in buttons.items():
        await browser.go(page, view)
        for name, on in expected:
            button = page.get_by_role("button", name=name)
            if on:
                await expect(button).not_to_have_attribute("aria-disabled", "true")
                continue
            await expect(button).to_have_attribute("aria-disabled", "true")
            await expect(button).to_have_accessible_name(f"{name}. {await button.get_attribute('title')}")
            await button.focus()
            await page.keyboard.press("Enter")
            await expect(page.locator("#news")).to_contain_text(await button.get_attribute("title") or "?")
            assert await page.get_by_role("dialog").count() == 0
        if not all(on for _, on in expected):
            await expect(page.locator("#denied, #news").first).to_contain_text("our role")
    await browser.go(page, "secrets")
    await browser.picture(page, f"role-{role}")
    assert await site.snapshot() == before


async def test_provider_keys_are_added_rotated_and_revoked(browser: Browser) -> None:
    site = browser.site
    await site.fill()
    page = await browser.open("gateways")
    await expect(page.locator(".empty")).to_contain_text("sshim gateway create default")
    await page.get_by_role("button", name="Create gateway").click()
    form = page.get_by_role("dialog", name="Create gateway")
    await form.get_by_label("Gateway id").fill("Not Good")
    await form.get_by_role("button", name="Create gateway").click()
    await expect(form.get_by_text("Use lower-case letters")).to_be_visible()
    await form.get_by_label("Gateway id").fill("default")
    await form.get_by_role("button", name="Create gateway").click()
    await page.get_by_role("button", name="Add provider key to default").click()
    form = page.get_by_role("dialog", name="Add a provider key to default")
    await form.get_by_label("Provider").fill("openai")
    await form.get_by_label("Key").fill("sk-proj-0123456789abcdefghij1234\n")
    await form.get_by_role("button", name="Add key").click()
    row = page.get_by_role("row", name="openai")
    await expect(row).to_contain_text("active")
    await expect(row).to_contain_text("********1234")
    await expect(row).to_contain_text("never")
    await browser.picture(page, "provider-keys")
    await page.get_by_role("button", name="Rotate openai default").click()
    form = page.get_by_role("dialog", name="Rotate the openai key default")
    await form.get_by_label("New key").fill("sk-proj-0123456789abcdefghij9876")
    await form.get_by_role("button", name="Rotate").click()
    await expect(row).to_contain_text("********9876")

    def spend(control: ControlPlane) -> str:
        reader = control.reader(worker=None, environment=None, strict=True)
        try:
            return reader.read_now(STORE, "default_openai_default", "ai_gateway").reveal()
        finally:
            reader.close()

    assert await site.control(spend) == "sk-proj-0123456789abcdefghij9876"
    await expect(row).to_contain_text("just now")
    await expect(row).not_to_contain_text("never")
    assert "sk-proj" not in await page.content()
    await page.get_by_role("button", name="Revoke openai default").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
    await expect(page.locator(".empty")).to_contain_text("sshim gateway key set openai --gateway default")
    await page.get_by_role("button", name="Delete gateway default").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Type default to confirm").fill("default")
    await form.get_by_role("button", name="Delete gateway").click()
    await expect(page.locator(".empty")).to_contain_text("There is no AI Gateway yet")


async def test_the_audit_log_is_filtered_drawn_proven_and_kept(browser: Browser, tmp_path: Path) -> None:
    site = browser.site
    await site.fill(*some(3))

    def act(control: ControlPlane) -> None:
        reader = control.reader(worker="shop", environment="staging", strict=True)
        reader.read_now(STORE, "SECRET_0001", "workers", binding="KEY")
        reader.close()
        control.create_token(role="reporter", name="grafana")

    await site.control(act)
    await site.call("DELETE", "/client/v4/accounts/0/x", headers={"Host": f"127.0.0.1:{site.port}"})
    page = await browser.open("audit")
    await expect(page.locator("#chain")).to_contain_text("Verified up to record 6")
    table = page.get_by_role("table", name="Audit records")
    await expect(table.locator("tbody tr")).to_have_count(6)
    await expect(page.get_by_role("img", name="1 read, 5 changes, 0 refusals")).to_be_visible()
    assert await page.locator(".chart .access, .chart .change").count() == 2
    await browser.picture(page, "audit")
    await page.get_by_label("Secret, name or id").press_sequentially("_0001")
    await expect(table.locator("tbody tr")).to_have_count(2)
    await expect(page.get_by_label("Secret, name or id")).to_be_focused()
    await page.get_by_label("Action").select_option("access")
    await expect(table.locator("tbody tr")).to_have_count(1)
    await expect(table).to_contain_text("worker: shop · environment: staging")
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="Export JSON").click()
    file = await waiting.value
    await file.save_as(tmp_path / "audit.jsonl")
    (record,) = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert (record["action"]["type"], record["metadata"]["name"]) == ("access", "SECRET_0001")
    await page.get_by_label("Action").select_option("")
    await page.get_by_label("Secret, name or id").fill("")
    await expect(table.locator("tbody tr")).to_have_count(6)
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="Export CSV").click()
    await (await waiting.value).save_as(tmp_path / "audit.csv")
    assert len(list(csv.DictReader((tmp_path / "audit.csv").read_text().splitlines()))) == 6
    await page.get_by_label("Result").select_option("refused")
    await expect(page.locator(".empty")).to_contain_text("No record fits")


async def test_a_log_that_was_tampered_with_says_so(browser: Browser) -> None:
    await browser.site.fill(*some(3))
    await browser.site.control(lambda control: control.store.forget())
    with sqlite3.connect(browser.site.home / "store" / "store.db") as database:
        database.execute("UPDATE audit SET record = replace(record, 'SECRET_0001', 'SECRET_9999')")
    database.close()
    page = await browser.open("audit")  # the list of secrets, which comes first, does not mind
    await expect(page.get_by_role("alert")).to_contain_text("verified up to record 2 only")
    assert await page.get_by_role("table").count() == 0
    await browser.picture(page, "audit-broken")
