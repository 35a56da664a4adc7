"""What the SDK asks of the runtime around it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from sshim.platform.entrypoint import EntrypointHelper
from sshim.platform.exceptions import JsException
from sshim.platform.ffi import create_proxy, plain_object, to_js
from tests.settling import settled


@pytest.fixture
def helper() -> EntrypointHelper:
    made = EntrypointHelper()
    made.cloudflareWorkersModule.env = plain_object({"NAME": "value"})
    return made


@contextlib.contextmanager
def patched(helper: EntrypointHelper, patch: Any) -> Iterator[None]:
    yield from helper.patch_env_helper(to_js(patch))


def test_env_shows_the_bindings_and_keeps_its_identity(helper: EntrypointHelper) -> None:
    env = helper.cloudflareWorkersModule.env
    assert env.NAME == "value" and not hasattr(env, "OTHER")
    helper.cloudflareWorkersModule.env = plain_object({"OTHER": 1})
    assert helper.cloudflareWorkersModule.env is env
    assert env.OTHER == 1 and not hasattr(env, "NAME")
    assert list(env.object_keys()) == ["OTHER"]
    with pytest.raises(AttributeError, match=r"^NAME$"):
        _ = env.NAME


def test_env_may_be_any_python_object(helper: EntrypointHelper) -> None:
    class Bindings:
        SECRET = "x"

    helper.cloudflareWorkersModule.env = Bindings()
    assert helper.cloudflareWorkersModule.env.SECRET == "x"
    helper.cloudflareWorkersModule.env.EXTRA = 1
    assert helper.cloudflareWorkersModule.env.EXTRA == 1


def test_a_patch_takes_the_place_of_the_bindings(helper: EntrypointHelper) -> None:
    env = helper.cloudflareWorkersModule.env
    with patched(helper, {"PLACE": "somewhere"}):
        assert env.PLACE == "somewhere" and not hasattr(env, "NAME")
        with patched(helper, {"INNER": 1}):
            assert list(env.object_keys()) == ["INNER"]
        assert env.PLACE == "somewhere"
    assert env.NAME == "value" and not hasattr(env, "PLACE")


def test_a_patch_ends_with_an_exception_too(helper: EntrypointHelper) -> None:
    with pytest.raises(KeyError), patched(helper, {"PLACE": 1}):
        raise KeyError
    assert helper.cloudflareWorkersModule.env.NAME == "value"


async def test_a_patch_does_not_show_in_other_tasks(helper: EntrypointHelper) -> None:
    env = helper.cloudflareWorkersModule.env
    ready, go_on = asyncio.Event(), asyncio.Event()

    async def other() -> None:
        with patched(helper, {"PLACE": 1}):
            ready.set()
            await go_on.wait()

    task = asyncio.ensure_future(other())
    await ready.wait()
    assert env.NAME == "value" and not hasattr(env, "PLACE")
    go_on.set()
    await task


async def test_modules_of_javascript_are_known_by_name(helper: EntrypointHelper) -> None:
    assert await helper.doAnImport("cloudflare:workers") is helper.cloudflareWorkersModule
    assert await helper.doAnImport("cloudflare:sockets") is helper.cloudflareSocketsModule
    steps = await helper.doAnImport("python_modules/workers/workflows.js")
    assert steps.wrapWorkflowStep("step") == "step"
    with pytest.raises(JsException, match='No such module "node:fs"'):
        await helper.doAnImport("node:fs")


def test_sockets_can_be_imported_but_not_connected(helper: EntrypointHelper) -> None:
    with pytest.raises(JsException, match=r"use Python's asyncio\.open_connection"):
        helper.cloudflareSocketsModule.connect("h:1")


def test_classes_of_javascript_point_to_those_of_the_sdk(helper: EntrypointHelper) -> None:
    with pytest.raises(AttributeError, match="use the one of `workers`"):
        _ = helper.cloudflareWorkersModule.WorkerEntrypoint


async def test_wait_until_keeps_work_running(helper: EntrypointHelper) -> None:
    seen: list[str] = []

    async def work(name: str) -> None:
        await asyncio.sleep(0)
        seen.append(name)

    helper.cloudflareWorkersModule.waitUntil(work("coroutine"))
    helper.cloudflareWorkersModule.waitUntil(create_proxy(asyncio.ensure_future(work("proxied task"))))
    helper.cloudflareWorkersModule.waitUntil(3)
    await settled(lambda: len(seen) > 1)
    assert sorted(seen) == ["coroutine", "proxied task"]


def test_env_lists_its_names(helper: EntrypointHelper) -> None:
    assert dir(helper.cloudflareWorkersModule.env) == ["NAME"]
    assert not hasattr(helper.cloudflareWorkersModule, "nothing")
