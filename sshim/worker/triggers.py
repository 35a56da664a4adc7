"""URLs below `/cdn-cgi/` that fire an event by hand, as `wrangler dev` has them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from sshim.platform.ffi import JsObject
from sshim.worker import frames
from sshim.worker.dispatch import Dispatcher

SCHEDULED_PATHS = frozenset(
    {"/cdn-cgi/handler/scheduled", "/cdn-cgi/local/scheduled", "/cdn-cgi/mf/scheduled"}
)
TEST_SCHEDULED_PATH = "/__scheduled"
_LONGEST = 2_000
"""Characters of an error that are told."""


class ScheduledController(JsObject):
    """What a `scheduled` handler is told: `cron` (text), `scheduledTime` (ms since 1970, now unless given),
    `noRetry()`."""

    def __init__(self, cron: str, scheduled_time: int | None = None) -> None:
        self.cron = cron
        self.scheduledTime = int(time.time() * 1000) if scheduled_time is None else scheduled_time
        self.type = "scheduled"
        self.no_retry = False

    def noRetry(self) -> None:
        """The event is not to be tried again."""
        self.no_retry = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a triggered event: `ok` or `exception`, then with the first line of its `error` and the
    advice that came with it."""

    outcome: str
    no_retry: bool
    error: str = ""
    hint: str = ""

    def answer(self, *, as_json: bool) -> tuple[int, str, str]:
        """Status, content type and body of the trigger's HTTP answer."""
        status = 200 if self.outcome == "ok" else 500
        if as_json:
            more = {"error": self.error, "hint": self.hint}
            known = {name: text for name, text in more.items() if text}
            body = json.dumps({"outcome": self.outcome, "noRetry": self.no_retry} | known)
            return status, "application/json", body
        return status, "text/plain;charset=UTF-8", self.outcome


def controller_from_query(query: str) -> ScheduledController:
    """The controller for `?cron=…&time=…`: no cron is "", no time is now (both as in production's tool)."""
    fields = parse_qs(query, keep_blank_values=True)
    cron = fields.get("cron", [""])[0]
    when: int | None
    try:
        when = int(fields["time"][0])
    except (KeyError, ValueError):
        when = None
    controller: ScheduledController = ScheduledController._make(cron, when)
    return controller


def is_meant(query: str, mark: str) -> bool:
    """Whether `?worker=…` is this Worker's mark, or nobody asked for one."""
    return parse_qs(query).get("worker", [mark])[0] == mark


async def fire_scheduled(dispatcher: Dispatcher, controller: ScheduledController) -> Outcome:
    """Run the `scheduled` handler; its exceptions pass through for the caller to log."""
    await dispatcher.scheduled(controller)
    return Outcome("ok", controller.no_retry)


def failed(error: Exception, controller: ScheduledController, redact: Callable[[str], str]) -> Outcome:
    """What to tell of a handler that raised, with secret values taken out."""
    line, *_ = redact(frames.error_line(error))[:_LONGEST].splitlines() or [""]
    notes = getattr(error, "__notes__", ())
    hint = redact(str(notes[0]))[:_LONGEST] if notes else ""
    return Outcome("exception", controller.no_retry, line, hint)
