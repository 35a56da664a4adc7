"""What is known of a failed event's cause beyond its exception."""

from __future__ import annotations

from sshim.errors import SecretNotFound, SshimError
from sshim.testing.event import current_event
from sshim.testing.frames import without_ours
from sshim.testing.log import TestLog

_STAND_IN = "in a test: @pytest.mark.sshim(bindings={…}), or set it on the env fixture"


class Diagnosis:
    """Hears why a secret could not be read, and hints about handlers: both go to the log at once, and stay
    with the event, for the exception that may follow."""

    def __init__(self, log: TestLog) -> None:
        self._log = log

    def unread(self, error: SshimError, binding: str) -> None:
        """A secret could not be read."""
        said = f"env.{binding}: {error.message}"
        if isinstance(error, SecretNotFound) and error.hint:
            meant = f" (did you mean {error.near[0]!r}?)" if error.near else ""
            said = f"env.{binding}: this test seeds no secret {error.name!r} in store {error.store_id}{meant}"
        self._log.error(said)
        _note(said + (f". Try: {error.hint}" if error.hint else ""))

    def hint(self, text: str) -> None:
        """The dispatcher has seen a usual mistake."""
        self._log.warning(text)
        _note(text)


def _note(text: str) -> None:
    event = current_event.get()
    if event is not None:
        event.notes.append(text)


def explained(error: Exception, notes: list[str]) -> None:
    """Add to the handler's exception what is known of its cause, and take our frames out of it."""
    if isinstance(error, NotImplementedError) and "--bind" in str(error):
        notes = [*notes, _STAND_IN]
    for note in notes:
        error.add_note(note)
    without_ours(error)
