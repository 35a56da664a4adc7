"""Everything `sshim dev` says. The rules it keeps:

1. The log of the Worker and the state of the server go to stdout; warnings and errors go to stderr. With
   `--log-format json` all of it is one JSON object a line on stdout.
2. A line is written whole, with one write, since supervisor and worker process share the terminal.
3. An error is one sentence, with `file:line:column`, the line and a caret if it has a place, then `Try: …`.
4. Whatever is shown goes through `redact` first. Text that is not ours is escaped, except what the handler
   itself prints.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from sshim.dev.display import excerpt, message_lines, plain, shown_path
from sshim.dev.options import Look
from sshim.errors import ConfigError, Place, Problem, SshimError

_STYLES = {
    "error": "31;1",
    "warning": "33;1",
    "good": "32",
    "bad": "31",
    "fair": "33",
    "strong": "1",
    "faint": "2",
}
_RANK = {"none": 0, "error": 1, "warn": 2, "info": 3, "log": 4, "debug": 5}


class Sink(Protocol):
    """Where text goes; `write` gets whole lines, `flush` makes them visible."""

    def write(self, text: str, /) -> object: ...
    def flush(self) -> object: ...


class Terminal:
    """The program's voice. It is also the `Log` of the Worker."""

    def __init__(
        self,
        out: Sink,
        err: Sink,
        look: Look,
        *,
        redact: Callable[[str], str] = str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._out, self._err, self.look = out, err, look
        self._redact, self._clock = redact, clock
        self._level = _RANK[look.level]
        self._json = look.format == "json"

    # -- the server's state ------------------------------------------------------------------------------

    def ready(self, url: str, ms: float) -> None:
        """The Worker answers for the first time."""
        if self._level:
            text = f"Ready on {url} ({ms:.0f} ms)"
            self._put("info", text, event="ready", url=url, ms=round(ms), always=True)

    def reloaded(self, what: str, ms: float) -> None:
        """A change is what the next request meets."""
        text = f"reloaded {plain(what)} ({ms:.0f} ms)"
        self._put("info", text, event="reloaded", what=what, ms=round(ms))

    def table(self, title: str, rows: Sequence[Sequence[str]], *, states: Iterable[str] = ()) -> None:
        """Rows of cells under a title, the first row being headings; the last cell of a row is coloured by
        `states` ("good", "fair", "bad" or ""), one each for the rows after the headings."""
        if self._level < _RANK["info"]:
            return
        cells = [[plain(cell) for cell in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        styles = ["strong", *states]
        lines = [title]
        for row, style in zip(cells, styles, strict=True):
            padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
            *front, last = padded
            if style == "strong":
                lines.append("  " + self._style(style, "  ".join(padded).rstrip()))
            else:
                lines.append("  " + "  ".join([*front, self._style(style, last.rstrip())]).rstrip())
        if self._json:
            names = [heading.lower() for heading in cells[0]]
            bindings = [dict(zip(names, row, strict=True)) for row in rows[1:]]
            self._put("info", title, event="bindings", bindings=bindings)
        else:
            self._write(self._out, "\n".join(lines) + "\n")

    def failure(self, error: SshimError) -> None:
        """An error by rule 3, several problems of one file all shown."""
        problems: tuple[Problem, ...] = (Problem(error.message, error.place),)
        if isinstance(error, ConfigError):
            problems = error.problems
            for warning in error.warnings:
                self.problem("warning", warning)
        for problem in problems[:-1]:
            self.problem("error", problem)
        last = problems[-1]
        detail = getattr(error, "detail", "")
        # The hint of the error as a whole, unless it is that of one of its problems.
        whole = error.hint if error.hint not in (problem.hint for problem in problems) else None
        self.problem("error", Problem(last.message, last.place, last.hint or whole), detail=detail)

    def problem(self, kind: str, problem: Problem, *, detail: str = "") -> None:
        """One `error` or `warning`, with its place, detail and hint as far as they are known."""
        level = "error" if kind == "error" else "warn"
        if self._json:
            more: dict[str, Any] = {"detail": detail} if detail else {}
            if problem.place:
                place = problem.place
                more |= {"file": str(place.path), "line": place.line, "column": place.column}
            if problem.hint:
                more["hint"] = problem.hint
            self._put(level, problem.message, event=kind, **more)
            return
        head, *rest = message_lines(problem.message)
        where = f"{self.shown(problem.place)}: " if problem.place else ""
        lines = [f"{self._style_err(kind, kind + ':')} {plain(where)}{plain(head)}"]
        lines += [f"  {plain(line.replace(chr(9), '    '))}".rstrip() for line in rest]
        if problem.place:
            lines += [self._style_err("faint", line) for line in excerpt(problem.place)]
        lines += ["  " + self._style_err("faint", plain(line)) for line in detail.splitlines()]
        if problem.hint:
            lines.append(f"{self._style_err('strong', 'Try:')} {plain(problem.hint)}")
        self._put(level, "\n".join(lines))

    def shown(self, place: Place) -> str:
        """`file:line:column`, the file as seen from the working folder."""
        return f"{shown_path(place.path, self.look.cwd)}:{place.line}:{place.column}"

    def clear(self) -> None:
        """An empty screen, with what has scrolled away forgotten."""
        if not self._json:
            self._write(self._out, "\x1b[2J\x1b[3J\x1b[H")

    # -- the Worker's log --------------------------------------------------------------------------------

    def request(self, method: str, path: str, status: int, reason: str, ms: float) -> None:
        """One answered request. Left for the sink to show with the next ones."""
        if self._level < _RANK["info"]:
            return
        if self._json:
            line = self._json_line(
                "info", f"{method} {path} {status}", event="request", method=method, path=path, status=status,
                reason=reason, ms=round(ms, 1),
            )  # fmt: skip
        else:
            style = "good" if status < 300 else "faint" if status < 400 else "fair" if status < 500 else "bad"
            if not (method + path + reason).isprintable():
                method, path, reason = plain(method), plain(path), plain(reason)
            said = f"{status} {reason}" if reason else str(status)
            line = f"{method} {path} {self._style(style, said)} ({ms:.0f}ms)\n"
        self._out.write(self._redact(line))

    def console(self, level: str, text: str) -> None:
        """A line that the handler printed or logged, as it is."""
        rank = _RANK.get(level, 4)
        if self._level < rank:
            return
        if self._json:
            self._write(self._out, self._json_line(level, text, event="console"))
        elif rank <= _RANK["warn"]:
            self._write(self._err, self._style_err("error" if rank == 1 else "fair", text) + "\n")
        else:
            self._write(self._out, text + "\n")

    def printed_to_stderr(self, text: str) -> None:
        """A line that the handler, or Python's logging, wrote to its stderr."""
        if self._json:
            self.console("error", text)
        elif self._level:
            self._write(self._err, text + "\n")

    def error(self, text: str, *, detail: str = "") -> None:
        """Something failed; `detail` holds the user's own frames."""
        self.problem("error", Problem(text), detail=detail)

    def warning(self, text: str) -> None:
        """Something the user should know, once."""
        self.problem("warning", Problem(text))

    def info(self, text: str) -> None:
        """Something worth a line."""
        shown = text if self._json else "\n".join(map(plain, text.splitlines()))
        self._put("info", shown, event="info")

    # -- parts -------------------------------------------------------------------------------------------

    def _put(self, level: str, text: str, *, always: bool = False, **fields: Any) -> None:
        if self._level < _RANK[level] and not always:
            return
        if self._json:
            self._write(self._out, self._json_line(level, text, **fields))
        else:
            self._write(self._out if level == "info" else self._err, text + "\n")

    def _json_line(self, level: str, text: str, **fields: Any) -> str:
        record = {"time": round(self._clock(), 3), "level": level, "message": text, **fields}
        return json.dumps(record, ensure_ascii=False) + "\n"

    def _write(self, sink: Sink, text: str) -> None:
        # A pipe whose reader has left must not stop the Worker.
        try:
            sink.write(self._redact(text))
            sink.flush()
        except BrokenPipeError:
            pass

    def _style(self, kind: str, text: str) -> str:
        return f"\x1b[{_STYLES[kind]}m{text}\x1b[0m" if self.look.color_out and kind else text

    def _style_err(self, kind: str, text: str) -> str:
        return f"\x1b[{_STYLES[kind]}m{text}\x1b[0m" if self.look.color_err and kind else text
