"""Tracebacks without the frames between a test and the handler it called."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TypeVar

import sshim

E = TypeVar("E", bound=BaseException)

_OURS = str(Path(sshim.__file__).parent)
_SDK = ("workers", "asgi")
"""Top-level names of the official SDK, which a user did not write either."""


def without_ours(error: E) -> E:
    """The exception with our frames and the SDK's taken out of its traceback and those of its causes.

    A traceback that holds nothing else keeps its last frame.
    """
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        if link.__traceback__ is not None:
            link.__traceback__ = _stripped(link.__traceback__)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return error


def _stripped(traceback: TracebackType) -> TracebackType:
    links: list[TracebackType] = []
    link: TracebackType | None = traceback
    while link is not None:
        links.append(link)
        link = link.tb_next
    kept = [each for each in links if not _foreign(each)] or links[-1:]
    made: TracebackType | None = None
    for each in reversed(kept):
        made = TracebackType(made, each.tb_frame, each.tb_lasti, each.tb_lineno)
    assert made is not None
    return made


def _foreign(link: TracebackType) -> bool:
    if link.tb_frame.f_code.co_filename.startswith(_OURS):
        return True
    module = link.tb_frame.f_globals.get("__name__", "")
    return str(module).partition(".")[0] in _SDK
