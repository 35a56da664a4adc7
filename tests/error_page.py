"""Writes the table of errors in `examples/errors/README.md`: `python -m tests.error_page`.

Code, exit code, cause (the class's own docstring) and cure (the hint a bare one gives) come from `errors.py`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from sshim import errors
from sshim.errors import Problem, SshimError

PAGE = Path(__file__).parent.parent / "examples" / "errors" / "README.md"
_START, _END = "<!-- from errors.py -->\n", "<!-- end -->"
_GIVEN: dict[str, object] = {
    "problems": (Problem("message"),),
    "known": ("workers", "ai_gateway"),
    "near": (),
    "tried": (),
    "scope": "SCOPE",
    **dict.fromkeys(("size", "limit", "count", "found", "seen", "pid"), 1),
    "port": 8787,
    "number": 0,
    "status": 400,
}
"""What stands for an argument of which the name in capitals would be of the wrong kind."""


def classes(base: type[SshimError] = SshimError) -> Iterator[type[SshimError]]:
    """Every class below `base`, parents first, in the order of the file."""
    for kind in base.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield kind
            yield from classes(kind)


def cure(kind: type[SshimError]) -> str:
    """The next step that an error of this kind names by itself, else that of its class."""
    parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    needed = [each for each in parameters if each.default is inspect.Parameter.empty]
    given = {each.name: _GIVEN.get(each.name, each.name.upper()) for each in needed}
    return kind(**given).hint or kind.cure


def table() -> str:
    """The whole table, in Markdown."""
    rows = ["| code | exit | cause | cure |", "|---|---|---|---|"]
    for kind in classes():
        # what follows tells a reader of the code about the attributes
        said = re.split(r"\. |[;:] `", re.sub(r"\s+", " ", (kind.__doc__ or "").strip()))[0].rstrip(".")
        rows.append(f"| `{kind.code}` | {kind.exit_code} | {said} | {cure(kind)} |")
    return "\n".join(rows) + "\n"


def page() -> str:
    """The page as it has to be."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_START)
    return f"{before}{_START}\n{table()}\n{_END}{rest.partition(_END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
