"""Promises: work starts at once, settled ones do not need the event loop, callbacks come later."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sshim.platform.exceptions import JsException, js_error
from sshim.platform.ffi import JsPromise, jsnull
from sshim.platform.promise import (
    Promise,
    adopt,
    is_thenable,
    pending,
    promising,
    rejected,
    resolved,
    run,
    start,
)


async def give(value: Any) -> Any:
    return value


def test_a_settled_promise_is_awaited_without_an_event_loop() -> None:
    step = give_later(resolved(5))
    with pytest.raises(StopIteration) as done:
        step.send(None)
    assert done.value.value == 5


async def give_later(promise: Promise) -> Any:
    return await promise


async def test_a_pending_promise_wakes_all_who_wait() -> None:
    promise = pending()
    waiting = [asyncio.ensure_future(give_later(promise)) for _ in range(3)]
    await asyncio.sleep(0)
    promise._resolve("done")
    assert await asyncio.gather(*waiting) == ["done"] * 3


async def test_only_the_first_settling_counts() -> None:
    promise = pending()
    promise._fulfil(1)
    promise._fulfil(2)
    promise._reject(js_error("Error", "late"))
    assert await promise == 1


async def test_a_waiter_that_is_cancelled_does_not_disturb_the_others() -> None:
    promise = pending()
    gone, stays = (asyncio.ensure_future(give_later(promise)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    promise._fulfil(7)
    assert await stays == 7


async def test_resolving_follows_promises_and_coroutines() -> None:
    promise = pending()
    promise._resolve(start(give(give(3))))
    assert await promise == 3


async def test_python_exceptions_pass_through_unchanged() -> None:
    error = ValueError("mine")
    with pytest.raises(ValueError, match="mine") as caught:
        await rejected(error)
    assert caught.value is error


@pytest.mark.parametrize("reason", ["text", None, jsnull, 3])
async def test_reasons_that_are_no_errors_become_exceptions(reason: Any) -> None:
    with pytest.raises(JsException):
        await rejected(reason)


async def test_then_runs_in_a_later_turn() -> None:
    seen: list[str] = []
    derived = resolved(1).then(lambda value: seen.append(f"then {value}"))
    seen.append("after")
    await derived
    assert seen == ["after", "then 1"]


async def test_then_passes_on_what_nobody_handles() -> None:
    with pytest.raises(JsException, match="no"):
        await rejected(js_error("Error", "no")).then(lambda value: 1)
    assert await resolved(2).catch(lambda reason: 1) == 2


async def test_an_exception_in_a_callback_rejects() -> None:
    def fail(value: Any) -> None:
        raise KeyError(value)

    with pytest.raises(KeyError):
        await resolved("k").then(fail)


async def test_finally_waits_for_its_callback_and_keeps_the_outcome() -> None:
    seen: list[int] = []

    async def callback() -> str:
        await asyncio.sleep(0)
        seen.append(1)
        return "ignored"

    assert await resolved(3).finally_(callback) == 3
    with pytest.raises(JsException):
        await rejected(js_error("Error", "x")).finally_(callback)
    assert seen == [1, 1]
    assert await resolved(4).finally_() == 4


async def test_a_promising_function_runs_its_first_step_at_once() -> None:
    seen: list[str] = []

    @promising
    async def work() -> str:
        seen.append("first")
        await asyncio.sleep(0)
        seen.append("second")
        return "done"

    promise = work()
    assert isinstance(promise, JsPromise) and seen == ["first"]
    assert await promise == "done" and seen == ["first", "second"]


async def test_a_function_that_never_waits_gives_a_settled_promise() -> None:
    assert run(give(1))._settled
    failed = run(raise_it(ValueError("x")))
    assert failed._settled and failed._rejected
    with pytest.raises(ValueError, match="x"):
        await failed


async def raise_it(error: Exception) -> None:
    raise error


async def test_a_resumed_coroutine_hears_of_failures_and_of_cancellation() -> None:
    inner = asyncio.get_running_loop().create_future()
    seen: list[str] = []

    async def work() -> str:
        try:
            await inner
        except ValueError:
            seen.append("failed")
        return "recovered"

    promise = run(work())
    inner.set_exception(ValueError("x"))
    assert await promise == "recovered" and seen == ["failed"]


async def test_a_cancelled_task_rejects() -> None:
    task = asyncio.ensure_future(asyncio.sleep(10))
    promise = adopt(task)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await promise


def test_what_can_be_waited_for() -> None:
    coroutine = give(1)
    assert is_thenable(coroutine) and is_thenable(pending())
    assert not is_thenable(3) and not is_thenable(give)
    coroutine.close()


async def test_new_hears_resolve_and_reject() -> None:
    assert await Promise.new(lambda resolve, reject: resolve(7)) == 7
    with pytest.raises(JsException, match="e"):
        await Promise.new(lambda resolve, reject: reject(js_error("Error", "e")))
    with pytest.raises(ZeroDivisionError):
        await Promise.new(lambda resolve, reject: 1 / 0)
    with pytest.raises(JsException, match="Promise resolver 3 is not a function"):
        Promise.new(3)


async def test_with_resolvers() -> None:
    parts = Promise.withResolvers()
    parts.resolve(5)
    assert await parts.promise == 5


async def test_all_is_rejected_by_the_first_and_any_fulfilled_by_the_first() -> None:
    slow = pending()
    with pytest.raises(JsException, match="q"):
        await Promise.all([slow, rejected(js_error("Error", "q"))])
    assert await Promise.any([slow, rejected(js_error("Error", "q")), 3]) == 3
    assert await Promise.race([slow, 4]) == 4
    assert list(await Promise.all([1, give(2), resolved(3)])) == [1, 2, 3]


async def test_the_empty_combinations() -> None:
    assert list(await Promise.all([])) == []
    assert list(await Promise.allSettled([])) == []
    with pytest.raises(JsException, match="AggregateError: All promises were rejected"):
        await Promise.any([])


async def test_all_settled_tells_each_outcome() -> None:
    error = js_error("Error", "q")
    first, second = await Promise.allSettled([resolved(1), rejected(error)])
    assert (first.status, first.value) == ("fulfilled", 1)
    assert second.status == "rejected" and second.reason is error


async def test_any_tells_all_reasons() -> None:
    with pytest.raises(JsException) as caught:
        await Promise.any([rejected(js_error("Error", "a")), rejected(js_error("Error", "b"))])
    assert [str(reason) for reason in caught.value.errors] == ["Error: a", "Error: b"]


async def test_a_resumed_coroutine_is_closed_with_its_task() -> None:
    closed: list[str] = []

    async def work() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            closed.append("closed")

    promise = run(work())
    await asyncio.sleep(0)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await promise
    assert closed == ["closed"]
