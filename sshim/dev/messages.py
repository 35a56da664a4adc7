"""What the supervisor and a worker process say to each other."""

from __future__ import annotations

from dataclasses import dataclass

from sshim.config.settings import WorkerConfig
from sshim.dev.options import Look, Serving
from sshim.dev.secrets import ReaderFactory
from sshim.errors import Place


@dataclass(frozen=True, slots=True)
class Spec:
    """Everything a worker process needs, sent first. With `failure` it imports nothing of the user's and
    answers every request with that text, so that a browser shows why there is no Worker."""

    config: WorkerConfig
    reader: ReaderFactory
    serving: Serving
    look: Look
    failure: str | None = None


# -- to the worker process ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Start:
    """Accept connections."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Accept no more, finish what is open within `grace` seconds, then exit."""

    grace: float


@dataclass(frozen=True, slots=True)
class TerminalGranted:
    """The keyboard is this process's until it says `TerminalReturned`."""


# -- from the worker process --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loaded:
    """The user's code is imported; waiting for `Start`."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The user's code cannot be imported, or the store not be opened. The process exits."""

    message: str
    hint: str | None = None
    place: Place | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """Connections are accepted."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """`Stop` was heard and no connection is accepted any more: the process is alive and not stuck."""


@dataclass(frozen=True, slots=True)
class TerminalWanted:
    """A debugger wants the keyboard."""


@dataclass(frozen=True, slots=True)
class TerminalReturned:
    """The debugger is done with it."""
