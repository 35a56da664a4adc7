"""run_sync: synchronous code of a handler waits, others run meanwhile."""

from __future__ import annotations

import asyncio
import builtins
import contextvars
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from sshim.platform import suspend
from sshim.platform.promise import pending
from tests.settling import PATIENCE, turns

_variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)


@pytest.fixture(autouse=True)
def _state() -> Iterator[None]:
    kept = suspend._state.wanted, suspend._state.greenlet
    suspend._state.wanted, suspend._state.greenlet = False, None
    yield
    suspend._state.wanted, suspend._state.greenlet = kept


async def later(value: Any) -> Any:
    await turns()
    return value


def deep(awaitable: Any, depth: int = 50) -> Any:
    return deep(awaitable, depth - 1) if depth else suspend.run_sync(awaitable)


async def handler(value: Any) -> Any:
    return deep(later(value))


async def test_synchronous_code_waits_while_others_run() -> None:
    suspend.want()
    everybody = asyncio.Barrier(20)

    async def meet(number: int) -> int:
        await everybody.wait()
        return number

    async def handler(number: int) -> Any:
        return deep(meet(number))

    handlers = [asyncio.ensure_future(suspend.enter(handler(number))) for number in range(20)]
    assert await asyncio.wait_for(asyncio.gather(*handlers), PATIENCE) == list(range(20))


async def test_an_exception_of_the_awaitable_is_raised_where_it_was_waited_for() -> None:
    suspend.want()

    async def fail() -> None:
        await asyncio.sleep(0)
        raise KeyError("inner")

    async def work() -> str:
        with pytest.raises(KeyError, match="inner"):
            suspend.run_sync(fail())
        return "went on"

    assert await suspend.enter(work()) == "went on"


async def test_a_handler_that_is_cancelled_is_told_inside_run_sync() -> None:
    suspend.want()
    seen: list[str] = []
    never = pending()

    async def work() -> None:
        try:
            suspend.run_sync(never)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    task = asyncio.ensure_future(suspend.enter(work()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["cancelled"]


async def test_context_variables_belong_to_the_handler() -> None:
    suspend.want()

    async def work() -> tuple[int, int, int]:
        inherited = _variable.get()
        _variable.set(5)
        inner = suspend.run_sync(read())
        await asyncio.sleep(0)
        return inherited, inner, _variable.get()

    async def read() -> int:
        return _variable.get()

    _variable.set(1)
    assert await asyncio.ensure_future(suspend.enter(work())) == (1, 5, 5)
    assert _variable.get() == 1


async def test_the_task_inside_is_the_tasks_own() -> None:
    suspend.want()

    async def work() -> bool:
        before = asyncio.current_task()
        suspend.run_sync(asyncio.sleep(0))
        return asyncio.current_task() is before

    assert await asyncio.ensure_future(suspend.enter(work()))


async def test_a_handler_that_waits_as_usual_works_in_a_greenlet_too() -> None:
    suspend.want()

    async def work() -> str:
        assert suspend.can_run_sync()
        async with asyncio.timeout(5):
            await asyncio.sleep(0)
        return "done"

    assert await suspend.enter(work()) == "done"


async def test_nothing_changes_until_something_wants_it() -> None:
    coroutine = later(1)
    assert suspend.enter(coroutine) is coroutine
    assert await coroutine == 1


async def test_outside_of_a_handler_it_says_so_and_is_ready_for_the_next() -> None:
    with pytest.raises(RuntimeError, match="run_sync works inside a handler"):
        suspend.run_sync(later(1))
    assert suspend.is_wanted()
    assert await suspend.enter(handler(2)) == 2


async def test_without_greenlet_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_greenlet(name: str) -> ModuleType:
        raise ImportError(name)

    monkeypatch.setattr(suspend.importlib, "import_module", no_greenlet)
    suspend.want()
    assert not suspend.is_wanted()
    with pytest.raises(RuntimeError, match=r"pip install 'greenlet>=3\.1'"):
        suspend.run_sync(later(1))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(env):\n    from pyodide.ffi import run_sync\n    return run_sync(env.K.get())", True),
        ("class Default:\n    def fetch(self):\n        return [run_sync(x) for x in self.y]", True),
        ("def f():\n    def g():\n        return ffi.run_sync(1)\n    return g", True),
        ("def f():\n    return 'run_sync'", False),
        ("from os import path", False),
    ],
)
def test_a_module_that_mentions_run_sync_is_noticed(source: str, expected: bool) -> None:
    module = ModuleType("users")
    module.__dict__["__name__"] = "users"
    exec(source, module.__dict__)
    assert suspend.mentions_run_sync(module) is expected
    assert not suspend.mentions_run_sync(builtins)
