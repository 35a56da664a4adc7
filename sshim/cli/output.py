"""The one module that speaks to people. The rules it keeps:

1. stdout carries data: a table, a record, a JSON document. Everything else is talk and goes to stderr.
2. Talk is one sentence a line, without capitals or full stop; `warning:` and `error:` mark what matters.
3. An error is one sentence, with `file:line:column`, the line and a caret if it has a place, then `Try: …`.
   Several problems of one file are all shown, in the file's order. With `--json` it is an object on stdout.
4. Colour only on a terminal (TERM=dumb is none); NO_COLOR turns it off, else FORCE_COLOR turns it on.
5. Text that is not ours (names, comments, paths, source lines) never reaches the terminal raw: control
   characters are escaped. A secret value is never printed, nor a line of a file that holds values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TextIO

from sshim.dev.display import columns, excerpt, message_lines, plain, shown_path
from sshim.errors import ConfigError, Problem, SshimError

_STYLES = {"error": "31;1", "warning": "33;1", "good": "32", "bad": "31", "strong": "1", "faint": "2"}


def wants_color(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether this stream gets colour, by rule 4."""
    if environ.get("NO_COLOR"):
        return False
    forced = environ.get("FORCE_COLOR")
    if forced:
        return forced != "0"
    return environ.get("TERM") != "dumb" and stream.isatty()


class Terminal:
    """Where output goes, and how. `cwd` shortens the paths that are shown."""

    __slots__ = ("color_err", "color_out", "cwd", "err", "out")

    def __init__(
        self, out: TextIO, err: TextIO, cwd: Path, color_out: bool = False, color_err: bool = False
    ) -> None:
        self.out, self.err, self.cwd = out, err, cwd
        self.color_out, self.color_err = color_out, color_err

    # -- data, on stdout ----------------------------------------------------------------------------------

    def data(self, line: str) -> None:
        """One line of data."""
        self.out.write(line + "\n")

    def json(self, result: object) -> None:
        """One JSON document."""
        self.out.write(json.dumps(result, indent=2) + "\n")

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Columns as wide as their longest cell, two blanks between, the last one as it is."""
        cells = [[plain(cell) for cell in row] for row in rows]
        widths = [max(map(columns, column)) for column in zip(headings, *cells, strict=True)]
        for number, row in enumerate([list(headings), *cells]):
            padded = [cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True)]
            line = "  ".join(padded).rstrip()
            self.data(self._style("strong", line, self.color_out) if number == 0 else line)

    def record(self, fields: Mapping[str, str]) -> None:
        """One object, a field a line."""
        width = max(map(len, fields))
        for name, text in fields.items():
            label = self._style("strong", name.ljust(width), self.color_out)
            self.data(f"{label}  {plain(text)}".rstrip())

    # -- talk, on stderr ----------------------------------------------------------------------------------

    def note(self, sentence: str) -> None:
        """Something worth knowing."""
        self._say(plain(sentence))

    def ask(self, question: str) -> None:
        """A question; the answer is typed on the same line."""
        self.err.write(plain(question))
        self.err.flush()

    def warn(self, sentence: str) -> None:
        """Something that works, but not as it should."""
        self.problem("warning", Problem(sentence))

    def lines(self, text: str) -> None:
        """Several lines that belong together, such as a diff; `+` and `-` lines in colour."""
        for line in text.splitlines():
            kind = "good" if line.startswith("+") else "bad" if line.startswith("-") else None
            shown = plain(line.expandtabs(4))
            self._say(self._style(kind, shown, self.color_err) if kind else shown)

    def error(self, error: SshimError) -> None:
        """The error by rule 3."""
        problems = error.problems if isinstance(error, ConfigError) else ()
        for warning in error.warnings if isinstance(error, ConfigError) else ():
            self.problem("warning", warning)
        for problem in problems or (Problem(error.message, error.place),):
            self.problem("error", problem)
        detail = getattr(error, "detail", "")
        if detail:
            self.lines(detail)
        if error.hint and error.hint not in (problem.hint for problem in problems):
            self._try(error.hint)

    def problem(self, kind: Literal["error", "warning"], problem: Problem) -> None:
        """One thing wrong: the message, the place with its line, and what to try, as far as known."""
        head, *rest = message_lines(problem.message)
        place = problem.place
        where = f"{shown_path(place.path, self.cwd)}:{place.line}:{place.column}: " if place else ""
        self._say(f"{self._style(kind, kind + ':', self.color_err)} {plain(where)}{plain(head)}")
        for line in rest:
            self._say(f"  {plain(line.replace(chr(9), '    '))}".rstrip())
        if place:
            for line in excerpt(place):
                self._say(self._style("faint", line, self.color_err))
        if problem.hint:
            self._try(problem.hint)

    def error_json(self, error: SshimError) -> None:
        """The error as the one document of a `--json` run."""
        self.json({"error": {"code": error.code, "message": error.message, "hint": error.hint}})

    def interrupted(self) -> None:
        """Ends the line on which a terminal shows `^C`."""
        if self.err.isatty():
            self._say("")

    # -- parts --------------------------------------------------------------------------------------------

    def _say(self, line: str) -> None:
        self.err.write(line + "\n")

    def _style(self, kind: str, text: str, on: bool) -> str:
        return f"\x1b[{_STYLES[kind]}m{text}\x1b[0m" if on else text

    def _try(self, hint: str) -> None:
        self._say(f"{self._style('strong', 'Try:', self.color_err)} {plain(hint)}")


def defect(error: BaseException) -> list[str]:
    """Frames of an exception nobody expected, innermost last: file, line and function, with the type of
    each cause. Messages are left out since they may quote a value."""
    lines: list[str] = []
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        lines.append(type(link).__name__)
        frame: Any = link.__traceback__
        while frame is not None:
            code = frame.tb_frame.f_code
            lines.append(f"  {code.co_filename}:{frame.tb_lineno} in {code.co_name}")
            frame = frame.tb_next
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return lines
