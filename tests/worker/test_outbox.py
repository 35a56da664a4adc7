"""Answers of one turn leave together, in order."""

from __future__ import annotations

import asyncio

from sshim.worker.outbox import Outbox


async def test_what_is_put_in_one_turn_is_sent_in_the_next_in_order() -> None:
    outbox, sent = Outbox(), []
    outbox.put(lambda: sent.append(1))
    outbox.put(lambda: sent.append(2))
    assert sent == []
    await asyncio.sleep(0)
    assert sent == [1, 2]
    outbox.put(lambda: sent.append(3))
    await asyncio.sleep(0)
    assert sent == [1, 2, 3]


async def test_flush_sends_at_once_and_each_once() -> None:
    outbox, sent = Outbox(), []
    outbox.put(lambda: sent.append(1))
    outbox.flush()
    assert sent == [1]
    await asyncio.sleep(0)
    assert sent == [1]


async def test_what_sending_puts_in_is_sent_too() -> None:
    outbox, sent = Outbox(), []
    outbox.put(lambda: outbox.put(lambda: sent.append("later")))
    for _ in range(3):
        await asyncio.sleep(0)
    assert sent == ["later"]


async def test_one_that_cannot_be_sent_takes_no_other_with_it() -> None:
    outbox, sent, told = Outbox(), [], []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))
    failure = OSError("gone")

    def fail() -> None:
        raise failure

    outbox.put(fail)
    outbox.put(lambda: sent.append("other"))
    await asyncio.sleep(0)
    assert sent == ["other"] and told == [failure]
