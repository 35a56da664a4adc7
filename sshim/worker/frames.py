"""The user's own frames of an exception: what a Worker's author can act on, without the shim's or the
SDK's.
"""

from __future__ import annotations

import linecache
from pathlib import Path
from traceback import FrameSummary, StackSummary, TracebackException
from types import TracebackType

from sshim.errors import Place

_FOREIGN_PARTS = frozenset(
    {"site-packages", "dist-packages", "python_modules", ".venv", "venv", "node_modules", ".venv-workers"}
)


def is_users(filename: str, root: Path) -> bool:
    """Whether a frame's file belongs to the Worker itself: below `root`, and not an installed package."""
    if filename.startswith("<"):  # code without a file, such as the import system's own
        return False
    try:
        parts = Path(filename).resolve().relative_to(root).parts
    except (ValueError, OSError):
        return False
    return not _FOREIGN_PARTS.intersection(parts)


def user_frames(traceback: TracebackType | None, root: Path) -> list[FrameSummary]:
    """The frames of `traceback` that belong to the Worker below `root`, outermost first."""
    frames: list[FrameSummary] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if is_users(code.co_filename, root):
            linecache.checkcache(code.co_filename)
            frames.append(FrameSummary(code.co_filename, traceback.tb_lineno, code.co_name, lookup_line=True))
        traceback = traceback.tb_next
    return frames


def format_exception(error: BaseException, root: Path) -> str:
    """`error` as Python prints it, with the user's frames only and paths relative to `root`.

    Chained causes follow the same rule. Ends without a newline.
    """
    return "\n".join(_blocks(error, root, seen=set()))


def _blocks(error: BaseException, root: Path, seen: set[int]) -> list[str]:
    seen.add(id(error))
    blocks: list[str] = []
    cause = error.__cause__
    context = None if error.__suppress_context__ else error.__context__
    if cause is not None and id(cause) not in seen:
        blocks += _blocks(cause, root, seen)
        blocks.append("\nThe above exception was the direct cause of the following exception:\n")
    elif context is not None and id(context) not in seen and user_frames(context.__traceback__, root):
        blocks += _blocks(context, root, seen)
        blocks.append("\nDuring handling of the above exception, another exception occurred:\n")
    frames = [
        FrameSummary(_relative(f.filename, root), f.lineno, f.name, lookup_line=False, line=f.line)
        for f in user_frames(error.__traceback__, root)
    ]
    lines: list[str] = []
    if frames:
        lines.append("Traceback (most recent call last):")
        lines.append("".join(StackSummary.from_list(frames).format()).rstrip("\n"))
    described = TracebackException(type(error), error, None, compact=True)
    if isinstance(error, SyntaxError) and error.filename:
        described.filename = _relative(error.filename, root)
    lines.append("".join(described.format_exception_only()).rstrip("\n"))
    blocks.append("\n".join(lines))
    return blocks


def _relative(filename: str, root: Path) -> str:
    try:
        return str(Path(filename).resolve().relative_to(root))
    except (ValueError, OSError):
        return filename


def place_of(error: BaseException, root: Path) -> Place | None:
    """Where the user's code failed: the place a SyntaxError names, else the innermost user frame."""
    if isinstance(error, SyntaxError) and error.filename and is_users(error.filename, root):
        length = 1
        if error.end_offset and error.offset and error.end_lineno == error.lineno:
            length = max(1, error.end_offset - error.offset)
        line = error.text.rstrip("\n") if error.text else None
        return Place(Path(error.filename), error.lineno or 1, error.offset or 1, length, line)
    frames = user_frames(error.__traceback__, root)
    if not frames:
        return None
    last = frames[-1]
    line = linecache.getline(last.filename, last.lineno or 1).rstrip("\n") or None
    column = len(line) - len(line.lstrip()) + 1 if line else 1
    length = len(line.strip()) if line else 1
    return Place(Path(last.filename), last.lineno or 1, column, length, line)


def error_line(error: BaseException) -> str:
    """`Type: message` with the first line of the message, as a traceback would end."""
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg}"
    described = TracebackException(type(error), error, None, compact=True)
    return "".join(described.format_exception_only()).strip().splitlines()[0]
