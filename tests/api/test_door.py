"""The way to the store: one call at a time, in order, and not held up by long ones."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from sshim.api.door import Door
from sshim.errors import StoreUnavailable
from tests.api.conftest import ADMINISTRATOR, Account
from tests.settling import PATIENCE


async def test_calls_run_one_at_a_time_in_their_order() -> None:
    door = Door(lambda: lambda actor: None)  # type: ignore[arg-type, return-value]
    seen: list[int] = []
    running = 0

    def call(number: int) -> Any:
        def work(control: object) -> int:
            nonlocal running
            running += 1
            assert running == 1
            time.sleep(0.001)
            seen.append(number)
            running -= 1
            return number

        return work

    found = await asyncio.gather(*(door.run(ADMINISTRATOR, call(n)) for n in range(20)))
    assert found == seen == list(range(20))
    door.close()


async def test_a_long_call_does_not_hold_up_the_others() -> None:
    door = Door(lambda: lambda actor: None)  # type: ignore[arg-type, return-value]
    entered, go = threading.Event(), threading.Event()

    def long(control: object) -> bool:
        entered.set()
        return go.wait(PATIENCE)

    slow = asyncio.ensure_future(door.run(ADMINISTRATOR, long, slow=True))
    await asyncio.to_thread(entered.wait, PATIENCE)
    assert await door.run(ADMINISTRATOR, lambda control: "quick") == "quick"
    assert not slow.done()
    go.set()
    assert await slow is True
    door.close()


async def test_a_store_that_does_not_open_is_said_to_every_caller() -> None:
    def broken() -> Any:
        raise StoreUnavailable("/nowhere", "it is not there")

    door = Door(broken)
    for slow in (False, True):
        with pytest.raises(StoreUnavailable):
            await door.run(ADMINISTRATOR, lambda control: None, slow=slow)
    door.close()


async def test_a_caller_that_goes_away_does_not_interrupt_a_change(account: Account) -> None:
    entered, go = threading.Event(), threading.Event()

    def change(control: Any) -> None:
        entered.set()
        go.wait(PATIENCE)
        control.create_store("made_anyway")

    task = asyncio.ensure_future(account.control(change))
    await asyncio.to_thread(entered.wait, PATIENCE)
    task.cancel()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [store.name for store in (await account.snapshot())[0]] == ["made_anyway"]
