"""The namespace `js`."""

from __future__ import annotations

import math

import pytest

from sshim.platform import globals as namespace
from sshim.platform.exceptions import JsException
from sshim.platform.globals import MISSING, global_this, names
from sshim.platform.proxy import JsClass, JsProxy


@pytest.mark.parametrize("name", names())
def test_each_name_gives_a_javascript_value(name: str) -> None:
    value = getattr(global_this, name)
    assert value is None or isinstance(value, JsProxy | float)
    if isinstance(value, JsClass):
        assert value.name == name


def test_a_global_is_made_once() -> None:
    for name in ("JSON", "console", "crypto", "performance", "fetch", "Headers"):
        assert getattr(global_this, name) is getattr(global_this, name)


def test_no_name_is_both_there_and_missing() -> None:
    assert not set(MISSING) & set(names())


def test_global_functions_are_javascript_functions() -> None:
    assert (global_this.fetch.name, global_this.fetch.typeof) == ("fetch", "function")
    assert global_this.atob("YQ==") == "a"


def test_global_this_is_itself() -> None:
    assert global_this.globalThis is global_this.self is global_this
    assert str(global_this) == "[object ServiceWorkerGlobalScope]"
    assert "Response" in dir(global_this) and "Response" in list(global_this.object_keys())


def test_the_constants() -> None:
    assert global_this.undefined is None
    assert global_this.Infinity == math.inf and math.isnan(global_this.NaN)


def test_the_machine_is_productions() -> None:
    assert global_this.navigator.userAgent == "Cloudflare-Workers"
    assert abs(global_this.performance.now() - global_this.Date.now()) < 1000


async def test_the_scheduler_waits() -> None:
    assert await global_this.scheduler.wait(1) is None


def test_an_error_can_be_reported(capsys: pytest.CaptureFixture[str]) -> None:
    global_this.reportError(global_this.Error.new("boom"))
    assert capsys.readouterr().err == "Uncaught Error: boom\n"


def test_source_text_is_refused() -> None:
    with pytest.raises(JsException, match="EvalError: Code generation from strings disallowed"):
        namespace.refuse_eval("1 + 1")


def test_dunder_names_are_not_looked_up() -> None:
    with pytest.raises(AttributeError, match="__wrapped__"):
        _ = global_this.__wrapped__
