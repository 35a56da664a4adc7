"""Events and their targets."""

import asyncio
from typing import Any

import pytest

from sshim.platform.abort import AbortController
from sshim.platform.events import CloseEvent, ErrorEvent, Event, EventTarget, MessageEvent
from sshim.platform.exceptions import JsException
from sshim.platform.ffi import plain_object
from tests.settling import settled


def test_events_carry_their_options():
    event = Event.new("x", cancelable=True)
    event.preventDefault()
    assert (event.type, event.defaultPrevented, event.bubbles, event.cancelable) == ("x", True, False, True)
    assert not event.target
    assert MessageEvent.new("message", {"data": 5}).data == 5
    close = CloseEvent.new("close", plain_object({"code": 3, "reason": "q"}))
    assert (close.code, close.reason, close.wasClean) == (3, "q", False)
    assert ErrorEvent.new("error", message="m").message == "m"
    with pytest.raises(JsException, match="TypeError"):
        Event.new()


def test_a_listener_is_added_once_and_once_means_once():
    target, seen = EventTarget.new(), []

    def listener(event: Any) -> None:
        seen.append(event.type)

    target.addEventListener("a", listener)
    target.addEventListener("a", listener)
    target.addEventListener("a", lambda event: seen.append("once"), {"once": True})
    for _ in range(2):
        assert target.dispatchEvent(Event.new("a"))
    target.removeEventListener("a", listener)
    target.dispatchEvent(Event.new("a"))
    assert seen == ["a", "once", "a"]


def test_methods_are_known_again_though_they_are_made_afresh():
    class Counter:
        count = 0

        def hear(self, event: Any) -> None:
            self.count += 1

    target, counter = EventTarget.new(), Counter()
    target.addEventListener("a", counter.hear)
    target.addEventListener("a", counter.hear)
    target.dispatchEvent(Event.new("a"))
    assert counter.count == 1
    target.removeEventListener("a", counter.hear)
    target.dispatchEvent(Event.new("a"))
    assert counter.count == 1


def test_an_object_with_handle_event_and_an_on_attribute_both_listen():
    target, seen = EventTarget.new(), []
    target.onx = lambda event: seen.append(event.target is target)
    target.addEventListener("x", plain_object({"handleEvent": lambda event: seen.append("object")}))
    target.dispatchEvent(Event.new("x"))
    assert seen == [True, "object"]


def test_propagation_can_be_stopped_and_exceptions_reach_the_dispatcher():
    target, seen = EventTarget.new(), []
    target.addEventListener("x", lambda event: event.stopImmediatePropagation())
    target.addEventListener("x", lambda event: seen.append("second"))
    target.dispatchEvent(Event.new("x"))
    assert seen == []

    def fail(event: Any) -> None:
        raise ValueError("l")

    target.addEventListener("y", fail)
    target.addEventListener("y", lambda event: seen.append("second"))
    with pytest.raises(ValueError, match="l"):
        target.dispatchEvent(Event.new("y"))
    assert seen == []


def test_a_signal_takes_the_listener_off():
    target, seen, controller = EventTarget.new(), [], AbortController.new()
    target.addEventListener("x", lambda event: seen.append(1), signal=controller.signal)
    target.dispatchEvent(Event.new("x"))
    controller.abort()
    target.dispatchEvent(Event.new("x"))
    target.addEventListener("x", lambda event: seen.append(2), signal=controller.signal)
    target.dispatchEvent(Event.new("x"))
    assert seen == [1]


async def test_coroutine_listeners_run_and_their_failures_are_reported():
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context))
    target, seen = EventTarget.new(), []

    async def listener(event: Any) -> None:
        await asyncio.sleep(0)
        seen.append(event.type)
        raise ValueError("late")

    target.addEventListener("x", listener)
    target.dispatchEvent(Event.new("x"))
    await settled(lambda: reported)
    assert seen == ["x"]
    assert [str(context["exception"]) for context in reported] == ["late"]
