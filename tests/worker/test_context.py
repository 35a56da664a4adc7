"""`ctx.waitUntil`: work that outlives its answer."""

import asyncio

import pytest

from sshim.worker.context import BackgroundWork, ExecutionContext, current, wait_until


async def test_work_given_to_wait_until_is_finished() -> None:
    done: list[str] = []

    async def work(name: str) -> None:
        await asyncio.sleep(0)
        done.append(name)

    background = BackgroundWork(on_error=pytest.fail)
    context = ExecutionContext(background)
    context.waitUntil(work("coroutine"))
    context.waitUntil(asyncio.create_task(work("task")))
    assert background.pending == 2
    assert await background.finish(1) == 0
    assert sorted(done) == ["coroutine", "task"]


async def test_work_that_adds_work_is_waited_for_as_well() -> None:
    done: list[int] = []
    background = BackgroundWork(on_error=pytest.fail)

    async def work(depth: int) -> None:
        await asyncio.sleep(0)
        done.append(depth)
        if depth:
            background.add(work(depth - 1))

    background.add(work(3))
    await background.finish(1)
    assert done == [3, 2, 1, 0]


async def test_a_failure_is_reported_and_changes_nothing_else() -> None:
    errors: list[BaseException] = []
    background = BackgroundWork(on_error=errors.append)

    async def fail() -> None:
        raise ValueError("no")

    background.add(fail())
    await background.finish(1)
    assert [str(error) for error in errors] == ["no"]


async def test_work_without_end_is_cancelled_after_the_timeout() -> None:
    background = BackgroundWork(on_error=pytest.fail)
    task = asyncio.ensure_future(asyncio.Event().wait())
    background.add(task)
    assert await background.finish(0.01) == 1
    assert task.cancelled()


async def test_a_plain_value_is_taken_without_a_word() -> None:
    background = BackgroundWork(on_error=pytest.fail)
    background.add(None)
    background.add("text")
    assert background.pending == 0


async def test_wait_until_of_the_sdk_finds_the_event_being_handled() -> None:
    background = BackgroundWork(on_error=pytest.fail)
    token = current.set(ExecutionContext(background))
    try:
        wait_until(asyncio.sleep(0))
    finally:
        current.reset(token)
    assert background.pending == 1
    await background.finish(1)


def test_wait_until_outside_of_an_event_says_so() -> None:
    with pytest.raises(RuntimeError, match="while a Worker handles an event"):
        wait_until(None)
