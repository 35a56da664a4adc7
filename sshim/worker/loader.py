"""Importing the user's main module the way a Worker's is imported: by its file stem, its folder first on the
path, `python_modules/` behind what is installed.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import linecache
import site
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from sshim.errors import SourceError
from sshim.platform import hook
from sshim.worker import frames
from sshim.worker.sdk import compat_flag


class _FreshSource(importlib.machinery.SourceFileLoader):
    """Compiles the source each time. Python's cached bytecode is keyed by whole seconds and size, so two
    quick edits of the same length would run the older one."""

    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        source = self.get_data(path)
        code: CodeType = self.source_to_code(source, path)
        # Without a time of change Python never looks again: tracebacks show the lines that run, whatever the
        # file holds by then.
        lines = importlib.util.decode_source(source).splitlines(keepends=True)
        linecache.cache[path] = len(source), None, lines, path
        return code


def _fresh_finder(root: Path) -> Callable[[str], importlib.machinery.FileFinder]:
    details: list[Any] = [
        (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
        (_FreshSource, importlib.machinery.SOURCE_SUFFIXES),
    ]

    def path_hook(entry: str) -> importlib.machinery.FileFinder:
        if not Path(entry).is_dir() or not frames.is_users(entry, root):
            raise ImportError(f"not below {root}")
        return importlib.machinery.FileFinder(entry, *details)

    return path_hook


def no_main() -> SourceError:
    """What to raise for a configuration that names no main module, in wrangler's words."""
    return SourceError(
        "Missing entry-point to Worker script or to assets directory",
        hint='add main = "src/entry.py" to the wrangler configuration',
    )


def load_main(main: Path, root: Path, *, site_packages: Sequence[Path] = ()) -> ModuleType:
    """Import the main module of a Worker and return it.

    `root` is the project's folder; `site_packages` are further folders of installed packages, searched
    after this program's own. Raises `SourceError` with the place and the user's frames when the file is
    missing or its import fails.
    """
    if not main.is_file():
        raise SourceError(
            f"the main module {_shown(main, root)} does not exist",
            hint='set "main" in the wrangler configuration to the file that defines the handlers',
        )
    if main.parent != root and (main.parent / "python_modules").exists():
        raise SourceError(
            "The 'python_modules' directory cannot exist in your module root. Delete it to continue.",
            hint=f"packages belong into {root / 'python_modules'}",
        )
    name = main.stem
    prepare_path(main.parent, root, site_packages)
    sys.modules.pop(name, None)
    try:
        return importlib.import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        _explain(error, main, root)
        raise source_error(error, root) from error


def prepare_path(folder: Path, root: Path, site_packages: Sequence[Path] = ()) -> None:
    """Make modules beside the main one importable, before all others, and `python_modules` after them.

    Installed packages come with what their `.pth` files name, such as projects installed to be edited.
    `vendor` counts only before compatibility date 2025-08-11, as the platform was told it.
    """
    sys.path_hooks.insert(0, _fresh_finder(root))
    sys.path_importer_cache.clear()
    importlib.invalidate_caches()
    sys.path.insert(0, str(folder))
    # Behind everything installed: `pywrangler sync` fills python_modules with WebAssembly builds and with a
    # copy of the SDK, both of which must lose to what runs natively.
    for packages in site_packages:
        site.addsitedir(str(packages))
    vendored = [root / "python_modules"]
    if hook.is_installed() and not compat_flag("python_workers_force_new_vendor_path"):
        vendored += [folder / "vendor", root / "vendor"]
    for entry in vendored:
        if entry.is_dir() and str(entry) not in sys.path:
            sys.path.append(str(entry))


def _explain(error: BaseException, main: Path, root: Path) -> None:
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return
    top = error.name.partition(".")[0]
    if top == main.parent.name and main.parent != root:
        error.add_note(
            f"If your main module is inside the '{top}' directory then your import statement shouldn't "
            f"include a '{top}.' prefix"
        )


def source_error(error: BaseException, root: Path) -> SourceError:
    """The failed import as one sentence with the innermost place of the user's code."""
    place = frames.place_of(error, root)
    hint = None
    if isinstance(error, ModuleNotFoundError) and error.name:
        hint = f"install {error.name.partition('.')[0]} into the environment that sshim runs in"
    if notes := getattr(error, "__notes__", None):
        hint = notes[0]
    # A syntax error of the main module itself is told in full by its place.
    told = isinstance(error, SyntaxError) and not frames.user_frames(error.__traceback__, root)
    detail = "" if told and place else frames.format_exception(error, root)
    return SourceError(frames.error_line(error), place=place, detail=detail, hint=hint)


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
