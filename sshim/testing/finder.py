"""Import finders that cost nothing until a test imports a Worker.

Two are put into `sys.meta_path`. The first answers for the JavaScript platform (`js`, `pyodide`, …) and
installs it on the first such import by a Worker, a test or the SDK; a library that merely looks whether it
runs in a browser goes without. The last answers for a module that nothing else finds: it looks beside the
main module of the Worker that the importing file belongs to, so `from entry import Default` works in a test
module and in `conftest.py` alike. Loading this module imports nothing else of ours.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

CONFIG_NAMES = ("wrangler.json", "wrangler.jsonc", "wrangler.toml")
PLATFORM = frozenset({"js", "pyodide", "_pyodide_entrypoint_helper", "_cloudflare_compat_flags"})
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_SDK = frozenset({"workers", "asgi"})
_MAIN = re.compile(r"""\bmain["']?\s*[=:]\s*["']([^"'\n]+)["']""")
_above: dict[str, str | None] = {}


def config_above(folder: str) -> str | None:
    """The nearest folder at or above `folder` that holds a wrangler configuration; remembered."""
    try:
        return _above[folder]
    except KeyError:
        pass
    found: str | None = None
    if any(os.path.isfile(os.path.join(folder, name)) for name in CONFIG_NAMES):
        found = folder
    else:
        parent = os.path.dirname(folder)
        found = config_above(parent) if parent != folder else None
    _above[folder] = found
    return found


class PlatformFinder:
    """Installs the JavaScript platform when it is first imported. `anchors` are folders whose configuration
    dates it when the importing file belongs to no Worker."""

    def __init__(self, anchors: Sequence[str]) -> None:
        self._anchors = anchors
        self._busy = False

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec of a platform module, once the platform stands; None for any other name."""
        if self._busy or name.partition(".")[0] not in PLATFORM:
            return None
        wanted, folder = _wanted()
        if not wanted:
            return None
        if folder is None:
            folder = next(filter(None, map(config_above, self._anchors)), None)
        self._busy = True
        try:
            from sshim.testing.project import process

            process().stand(folder)
        finally:
            self._busy = False
        # The platform's own finder is in place now, and before all others.
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(name, path, target)) is not None:
                return spec
        return None


class SourceFinder:
    """Finds modules beside a Worker's main module."""

    def __init__(self) -> None:
        self._busy = False
        self._beside: dict[str, list[str]] = {}

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec of a module beside the main one; None when there is none of that name."""
        if self._busy or path is not None or "." in name:
            return None
        for importing in _importing():
            folder = config_above(os.path.dirname(importing))
            if folder is not None:
                return self._find(name, folder) if self._may_hold(folder, name) else None
        return None

    def _may_hold(self, folder: str, name: str) -> bool:
        """Whether the module may be there, judged without reading the configuration properly: most names
        that nothing else finds are optional imports of libraries."""
        if folder not in self._beside:
            texts = (_text(os.path.join(folder, config)) for config in CONFIG_NAMES)
            mains = [main for text in texts for main in _MAIN.findall(text)]
            self._beside[folder] = [os.path.join(folder, os.path.dirname(main)) for main in mains]
        return any(
            os.path.isfile(os.path.join(beside, f"{name}.py")) or os.path.isdir(os.path.join(beside, name))
            for beside in self._beside[folder]
        )

    def _find(self, name: str, folder: str) -> ModuleSpec | None:
        self._busy = True
        try:
            from sshim.testing.project import process

            source = process().source_folder(folder)
            return PathFinder.find_spec(name, [source]) if source else None
        finally:
            self._busy = False


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _wanted() -> tuple[bool, str | None]:
    """Whether the import in progress is to have the platform, and the folder of the Worker it is for."""
    frame: Any = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith("<"):
        frame = frame.f_back
    folder = next(filter(None, (config_above(os.path.dirname(path)) for path in _importing())), None)
    if folder is not None or frame is None:
        return folder is not None, folder
    module = str(frame.f_globals.get("__name__", ""))
    return not _is_installed(frame.f_code.co_filename) or module.partition(".")[0] in _SDK, None


def _importing() -> Iterator[str]:
    """Files whose imports are in progress, innermost first, without those of installed packages."""
    frame: Any = sys._getframe(2)
    seen = set()
    while frame is not None:
        filename = frame.f_code.co_filename
        if filename not in seen and not filename.startswith("<"):
            seen.add(filename)
            if not _is_installed(filename):
                yield os.path.abspath(filename)
        frame = frame.f_back


def _is_installed(filename: str) -> bool:
    return any(part in filename for part in _INSTALLED)


def insert(anchors: Sequence[str]) -> list[PlatformFinder | SourceFinder]:
    """Put both finders into `sys.meta_path`; give the result to `remove`."""
    first, last = PlatformFinder(anchors), SourceFinder()
    sys.meta_path.insert(0, first)
    sys.meta_path.append(last)
    return [first, last]


def remove(finders: list[PlatformFinder | SourceFinder]) -> None:
    """Take them out again."""
    ours = {id(finder) for finder in finders}
    sys.meta_path[:] = [finder for finder in sys.meta_path if id(finder) not in ours]
