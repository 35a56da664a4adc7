"""Which installed packages of a project have compiled code that Pyodide is not known to have a build of.

The names in `pyodide_packages.txt` are those that Pyodide 0.28 and 314 bring with them. A package may have a
build of its own in the registry all the same, which cannot be told offline: the warning says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from sshim.errors import Place, Problem


def warnings(project: Path) -> list[Problem]:
    """A warning for each such package that `pyproject.toml` or `requirements.txt` asks for."""
    wanted = list(_wanted(project))
    known = set(Path(__file__).with_name("pyodide_packages.txt").read_text().split()) if wanted else set()
    return [
        Problem(
            f"{name} has compiled code, and Pyodide brings no build of it: it will not import in production "
            "unless the package itself publishes one",
            Place(path, line),
        )
        for name, path, line in wanted
        if name not in known and _is_compiled(name)
    ]


def _wanted(project: Path) -> Iterable[tuple[str, Path, int]]:
    """(normalised name, file, line) of each package asked for."""
    path = project / "requirements.txt"
    if path.is_file():
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            if name := _name(line):
                yield name, path, number
    path = project / "pyproject.toml"
    if path.is_file():
        text = path.read_text("utf-8", "replace")
        if "dependencies" not in text:
            return
        import tomllib

        try:
            content = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError):
            return  # the packager's own complaint is the better one
        stated = content.get("project")
        wanted = stated.get("dependencies") if isinstance(stated, Mapping) else None
        for requirement in wanted if isinstance(wanted, list) else ():
            if isinstance(requirement, str) and (name := _name(requirement)):
                yield name, path, text[: max(text.find(requirement), 0)].count("\n") + 1


def _name(requirement: str) -> str | None:
    """The package a requirement names, in the one spelling that registries compare by."""
    found = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", requirement)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else None


def _is_compiled(name: str) -> bool:
    """Whether the package as installed here is bound to one kind of machine."""
    from importlib import metadata  # takes 20 ms, and most projects have no such package

    try:
        wheel = metadata.distribution(name).read_text("WHEEL") or ""
    except metadata.PackageNotFoundError:
        return False
    return "Root-Is-Purelib: false" in wheel
