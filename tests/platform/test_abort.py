"""AbortController and AbortSignal."""

import pytest

from sshim.platform.abort import AbortController, AbortSignal
from sshim.platform.exceptions import JsException
from tests.settling import settled


def test_abort_sets_the_reason_and_fires_once():
    controller, seen = AbortController.new(), []
    controller.signal.onabort = lambda event: seen.append("on")
    controller.signal.addEventListener("abort", lambda event: seen.append(event.target is controller.signal))
    assert (controller.signal.aborted, controller.signal.reason) == (False, None)
    controller.signal.throwIfAborted()
    controller.abort()
    controller.abort("again")
    assert seen == ["on", True]
    reason = controller.signal.reason
    assert (reason.name, reason.message) == ("AbortError", "The operation was aborted")
    assert reason.constructor.name == "DOMException"


def test_any_reason_will_do():
    controller = AbortController.new()
    controller.abort("why")
    assert controller.signal.reason == "why"
    with pytest.raises(JsException, match="why"):
        controller.signal.throwIfAborted()
    with pytest.raises(JsException, match="AbortError: The operation was aborted"):
        AbortSignal.abort().throwIfAborted()
    with pytest.raises(JsException, match="Illegal constructor"):
        AbortSignal.new()


async def test_a_timeout_aborts_by_itself():
    signal = AbortSignal.timeout(5)
    assert not signal.aborted
    await settled(lambda: signal.aborted)
    assert (signal.reason.name, signal.reason.message) == (
        "TimeoutError",
        "The operation was aborted due to timeout",
    )


def test_any_follows_the_first():
    first, second = AbortController.new(), AbortController.new()
    combined = AbortSignal.any([first.signal, second.signal])
    assert not combined.aborted
    second.abort(5)
    first.abort(6)
    assert (combined.aborted, combined.reason) == (True, 5)
    assert AbortSignal.any([AbortSignal.abort("x")]).reason == "x"
