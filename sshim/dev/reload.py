"""Watching the files that a Worker is made of: the Python sources of the project, its configuration and its
`.dev.vars` or `.env`.

Folders are watched one by one, so that a `.venv` or `node_modules` costs nothing. What counts is a file's
state on disk, compared with the last one seen: a change made while the watch is being set up is found too,
and whatever else an editor writes beside the file is not.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from sshim.config.settings import WorkerConfig

DEBOUNCE_MS = 100
STEP_MS = 15
MAX_FOLDERS = 2_000
POLL_SECONDS = 0.3
HALF_SAVED_SECONDS = 0.04

IGNORED = frozenset(
    {
        "__pycache__",
        "__pypackages__",
        "build",
        "dist",
        "node_modules",
        "python_modules",
        "site-packages",
        "venv",
        "virtualenv",
    }
)
"""Folders never looked into, besides those whose name begins with a dot and any that holds a `pyvenv.cfg`."""

Mark = tuple[int, int, int]
"""What tells two states of a file apart: inode, size in bytes, time of change in nanoseconds."""


def folders(root: Path, *, limit: int = MAX_FOLDERS) -> list[Path]:
    """`root` and the folders below it whose sources count, nearest first, `limit` at the most."""
    found = [root]
    for folder in found:
        try:
            with os.scandir(folder) as entries:
                found += sorted(folder / entry.name for entry in entries if _is_source_folder(entry))
        except OSError:
            continue
        if len(found) >= limit:
            break
    return found[:limit]


def _is_source_folder(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    if name.startswith(".") or name in IGNORED or name.endswith(".egg-info"):
        return False
    return entry.is_dir(follow_symlinks=False) and not os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))


def is_source(name: str) -> bool:
    """Whether a file of this name is a Python source. Editors put their own copies under dotted names."""
    return name.endswith(".py") and not name.startswith(".")


class Snapshot:
    """The state on disk of every file that counts, as last seen."""

    def __init__(self) -> None:
        self._marks: dict[Path, Mark | None] = {}

    def rescan(self, watched: Iterable[Path], files: Iterable[Path]) -> list[Path]:
        """Look at everything; the files that are new, gone or different since they were last looked at."""
        found = {path for folder in watched for path in _sources(folder)}
        return self.look({*found, *files, *(path for path, mark in self._marks.items() if mark)})

    def look(self, paths: Iterable[Path]) -> list[Path]:
        """Look at these files; which of them have changed."""
        changed = []
        for path in sorted(paths):
            mark = _mark(path)
            if mark != self._marks.get(path):
                changed.append(path)
            self._marks[path] = mark
        return changed

    def is_whole(self, path: Path) -> bool:
        """False for a file that is gone or empty: perhaps an editor is about to put the new one there."""
        mark = self._marks.get(path)
        return mark is not None and mark[1] > 0


def _sources(folder: Path) -> list[Path]:
    try:
        return [folder / name for name in os.listdir(folder) if is_source(name)]
    except OSError:
        return []


def _mark(path: Path) -> Mark | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


class Watcher:
    """Calls `wake`, from a thread of its own, when `changed` has something to tell. What changes from the
    moment this is made counts."""

    def __init__(self, config: WorkerConfig, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._stopped = threading.Event()
        self._again = threading.Event()
        self._lock = threading.Lock()
        self._changed: dict[Path, None] = {}
        self._set(config)
        self._snapshot = Snapshot()
        self._snapshot.rescan(self._folders(), self._files)
        self._thread = threading.Thread(target=self._run, name="sshim-watch", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join(0.2)

    def follow(self, config: WorkerConfig) -> None:
        """Watch what another configuration needs."""
        self._set(config)
        self._again.set()

    def changed(self) -> list[Path]:
        """Files changed since the last call, in the order seen."""
        with self._lock:
            paths, self._changed = list(self._changed), {}
        return paths

    def is_set(self) -> bool:
        """Asked by the native watcher at every step: whether to return."""
        return self._stopped.is_set() or self._again.is_set()

    # -- the thread --------------------------------------------------------------------------------------

    def _set(self, config: WorkerConfig) -> None:
        roots = [config.project_root]
        if config.main is not None and not config.main.is_relative_to(config.project_root):
            roots.append(config.main.parent)
        self._roots, self._files = tuple(roots), tuple(config.watched_files)

    def _folders(self) -> list[Path]:
        return list(dict.fromkeys(folder for root in self._roots for folder in folders(root)))

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._again.clear()
            watched = self._folders()
            try:
                self._follow_events(watched)
            except Exception:
                # No native watch to be had: too many in use on this machine, or a file system without any.
                self._poll(watched)

    def _follow_events(self, watched: list[Path]) -> None:
        """Tell of changes until what is to be watched is no longer the same."""
        from watchfiles._rust_notify import RustNotify

        # A file may be a link: its own folder and the one it leads to both tell of a change.
        beside = {path.parent for file in self._files for path in (file, file.resolve())}
        paths = [str(path) for path in dict.fromkeys((*watched, *beside)) if path.is_dir()]
        with RustNotify(paths, False, False, 0, False, True) as notify:
            self._tell(self._snapshot.rescan(watched, self._files))
            if self._folders() != watched:
                # One came or went while the watch was being set up, so no event will tell of it.
                return
            while isinstance(batch := notify.watch(DEBOUNCE_MS, STEP_MS, 0, self), set):
                touched = {Path(path) for _, path in batch}
                sources = {path for path in touched if is_source(path.name) and path.parent in watched}
                self._tell(self._snapshot.look({*sources, *self._files}))
                if any(path in watched or path.is_dir() for path in touched):
                    return

    def _poll(self, watched: list[Path]) -> None:
        while not self.is_set() and self._folders() == watched:
            self._tell(self._snapshot.rescan(watched, self._files))
            self._stopped.wait(POLL_SECONDS)

    def _tell(self, changed: list[Path]) -> None:
        if not changed:
            return
        if not all(map(self._snapshot.is_whole, changed)):
            self._stopped.wait(HALF_SAVED_SECONDS)
            self._snapshot.look(changed)
        with self._lock:
            self._changed |= dict.fromkeys(changed)
        self._wake()
