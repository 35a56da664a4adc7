"""The import hook that puts the JavaScript platform in place: `js`, `pyodide` and what the SDK asks for.

The modules win over `python_modules/`, over an installed pyodide-py and over its copies imported before.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from sshim.platform import suspend
from sshim.platform.compatibility import CompatibilityFlags, flags_in_force, pyodide_version
from sshim.platform.modules import BUILDERS, PACKAGES, REFUSED
from sshim.platform.runtime import runtime

_FLAGS = "_cloudflare_compat_flags"


class _PlatformLoader:
    """Loads one module of the platform."""

    def __init__(self, build: Any) -> None:
        self._build = build

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        made: ModuleType = self._build()
        return made

    def exec_module(self, module: ModuleType) -> None:
        """Nothing more: the module was complete when it was created."""


class PlatformFinder:
    """Finds the platform's modules, and refuses with a reason those that only Pyodide itself has."""

    def __init__(self) -> None:
        self.flags = CompatibilityFlags(frozenset())

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec of a module of the platform, None for others; a ModuleNotFoundError for refused ones."""
        if name == "workers.wsgi":
            # WSGI applications read request bodies, and secrets, by run_sync.
            suspend.want()
            return None
        if name in REFUSED:
            raise ModuleNotFoundError(f"No module named {name!r}: {REFUSED[name]}", name=name)
        build = (lambda: self.flags) if name == _FLAGS else BUILDERS.get(name)
        if build is None:
            return None
        loader: Any = _PlatformLoader(build)
        return ModuleSpec(name, loader, origin="sshim", is_package=name in PACKAGES)


_finder = PlatformFinder()


def install(date: str | None, flags: Sequence[str] = ()) -> None:
    """Put the platform in place for a Worker of this compatibility date (None: newest) and these flags.

    To be called before user code and the SDK are imported. Calling it again changes only the settings: code
    that has imported a name which depends on the Pyodide version, such as `jsnull`, keeps it.
    """
    in_force = flags_in_force(date, flags)
    runtime.emulate(pyodide_version(in_force))
    _finder.flags._settle(in_force)
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
    sys.meta_path.insert(0, _finder)
    _forget_foreign()
    if (pyodide := sys.modules.get("pyodide")) is not None:
        pyodide.__version__ = runtime.version  # type: ignore[attr-defined]


def is_installed() -> bool:
    """Whether the platform's modules are the ones that imports find."""
    return _finder in sys.meta_path


def _forget_foreign() -> None:
    """Drop modules of the platform's names that were imported from elsewhere, such as pyodide-py's stubs."""
    for name, module in list(sys.modules.items()):
        top = name.partition(".")[0]
        if top in ("js", "pyodide", _FLAGS, "_pyodide_entrypoint_helper"):
            loader = getattr(getattr(module, "__spec__", None), "loader", None)
            if not isinstance(loader, _PlatformLoader):
                del sys.modules[name]
