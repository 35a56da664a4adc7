"""What an accessibility checker looks at first: names in Chromium's own accessibility tree, references that
lead somewhere, contrast of every visible text, and nothing wider than the screen.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page

NAMED = {
    "button", "link", "textbox", "searchbox", "combobox", "checkbox", "dialog", "img", "image", "meter",
    "table", "navigation", "heading", "columnheader", "rowheader", "group", "option",
}  # fmt: skip
"""Roles that are of no use without a name."""

_CHECKS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


async def flaws(page: Page) -> list[str]:
    """Everything that is wrong with the page as it is now, in words."""
    found: list[str] = list(await page.evaluate(_CHECKS))
    session = await page.context.new_cdp_session(page)
    tree = await session.send("Accessibility.getFullAXTree")
    await session.detach()
    for node in tree["nodes"]:
        role = node.get("role", {}).get("value")
        if not node.get("ignored") and role in NAMED and not node.get("name", {}).get("value"):
            found.append(f"a {role} without a name: {node.get('backendDOMNodeId')}")
    return found
