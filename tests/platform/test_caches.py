"""js.caches can be imported and named, and says at use that it is not emulated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sshim.platform.caches import caches
from sshim.platform.exceptions import JsException
from sshim.platform.globals import global_this


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("default.match", lambda: caches.default.match("http://x/")),
        ("default.put", lambda: caches.default.put("http://x/", None)),
        ("default.delete", lambda: caches.default.delete("http://x/", ignoreMethod=True)),
        ("open", lambda: caches.open("mine")),
    ],
)
async def test_every_use_says_that_the_cache_is_not_emulated(name: str, use: Callable[[], Any]) -> None:
    with pytest.raises(
        JsException, match=rf"NotSupportedError: caches\.{name} .* does not emulate the Cache API"
    ):
        await use()


def test_it_is_a_global_like_any_other() -> None:
    js = global_this
    assert js.caches.default.constructor.name == "Cache"
    assert js.caches.constructor.name == "CacheStorage"
    assert not hasattr(js.caches, "nothing") and not hasattr(js.caches.default, "nothing")
