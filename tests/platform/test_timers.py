"""setTimeout and its kin on the event loop."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sshim.platform import browser_events, timers
from sshim.platform.exceptions import JsException
from sshim.platform.ffi import create_once_callable, create_proxy
from tests.settling import PATIENCE, settled


async def test_callbacks_come_later_in_order_of_time_with_their_arguments() -> None:
    seen: list[Any] = []
    timers.setTimeout(seen.append, 20, "late")
    timers.setTimeout(create_once_callable(lambda *args: seen.append(args)), 0, 1, 2)
    timers.queueMicrotask(lambda: seen.append("micro"))
    seen.append("now")
    await settled(lambda: len(seen) > 3)
    assert seen == ["now", "micro", (1, 2), "late"]


async def test_a_cleared_timer_stays_silent() -> None:
    seen: list[int] = []
    timers.clearTimeout(timers.setTimeout(lambda: seen.append(1), 1))
    for nothing in (None, 12345, "x"):
        timers.clearTimeout(nothing)
    await asyncio.sleep(0.01)
    assert seen == []


async def test_an_interval_repeats_until_it_clears_itself() -> None:
    seen: list[int] = []

    def tick() -> None:
        seen.append(1)
        if len(seen) == 3:
            timers.clearInterval(number)

    number = timers.setInterval(create_proxy(tick), 1)
    await settled(lambda: len(seen) == 3)
    await asyncio.sleep(0.01)
    assert seen == [1, 1, 1]


async def test_a_coroutine_function_is_run() -> None:
    seen: list[int] = []

    async def work() -> None:
        await asyncio.sleep(0)
        seen.append(1)

    timers.setTimeout(work, "0")
    await settled(lambda: seen)
    assert seen == [1]


@pytest.mark.parametrize("delay", [None, float("nan"), -5, "x"])
async def test_delays_that_are_none_mean_at_once(delay: Any) -> None:
    done = asyncio.get_running_loop().create_future()
    timers.setTimeout(lambda: done.set_result(1), delay)
    assert await asyncio.wait_for(done, PATIENCE) == 1


async def test_other_things_than_functions_are_refused() -> None:
    for name in ("setTimeout", "setInterval", "queueMicrotask"):
        with pytest.raises(JsException, match=f"Failed to execute '{name}' on 'ServiceWorkerGlobalScope'"):
            getattr(timers, name)(3)


async def test_the_wrappers_of_pyodide() -> None:
    seen: list[str] = []
    browser_events.set_timeout(lambda: seen.append("timeout"), 1)
    interval = browser_events.set_interval(lambda: seen.append("interval"), 1)
    browser_events.clear_timeout(browser_events.set_timeout(lambda: seen.append("never"), 1))
    await settled(lambda: {"timeout", "interval"} <= set(seen))
    browser_events.clear_interval(interval)
    assert "timeout" in seen and "interval" in seen and "never" not in seen
