"""Files with plaintext that the next `git commit` would take, or that git has already."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from sshim.errors import Problem

_PATTERNS = (
    ".wrangler/state", ".dev.vars", ".dev.vars.*", ".env", ".env.*",
)  # fmt: skip
_EXAMPLES = (".example", ".sample", ".template", ".dist")
_SECONDS = 2.0


def at_hand(folder: Path) -> bool:
    """Whether such files lie in the folder itself; asking git is dearer."""
    return any(next(folder.glob(pattern), None) is not None for pattern in _PATTERNS)


def warnings(environ: Mapping[str, str], cwd: Path, folder: Path, ours: Iterable[Path] = ()) -> list[Problem]:
    """A warning for each such file below `folder`; `ours` are files of the store, wherever they are. Paths
    are shown from `cwd`. Nothing is said outside of a work tree, or where git cannot be asked."""
    root = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), None)
    if root is None:
        return []
    import shutil

    git = shutil.which("git", path=environ.get("PATH", os.defpath))
    if git is None:
        return []
    inside = [each.relative_to(root).as_posix() for each in ours if each.is_relative_to(root)]
    below = "" if folder == root else f"{folder.relative_to(root).as_posix()}/"
    wanted = [f":(top,literal){each}" for each in inside]
    for pattern in _PATTERNS:
        end = "/**" if "/" in pattern else ""
        wanted.append(f":(top,glob){_literal(below)}**/{pattern}{end}")
    listed = _listed(git, root, environ, wanted)
    found: dict[str, bool] = {}
    for tracked, path in listed:
        if not path.endswith(_EXAMPLES):
            shown = _whole(path)
            found[shown] = found.get(shown, False) or tracked
    return [_warning(root, path, tracked, cwd) for path, tracked in sorted(found.items())]


def _literal(path: str) -> str:
    return "".join(f"\\{letter}" if letter in "*?[\\" else letter for letter in path)


def _listed(git: str, root: Path, environ: Mapping[str, str], wanted: list[str]) -> list[tuple[bool, str]]:
    """Whether git has it already, and the path from `root`, of each file that is not ignored."""
    import subprocess

    # A monitor that the work tree names is a program: it has no business in a check.
    command = [git, "-C", str(root), "-c", "core.fsmonitor=false", "ls-files", "-z", "-t", "--cached"]
    own = {name: text for name, text in environ.items() if not name.startswith(("GIT_", "SSHIM_"))}
    try:
        done = subprocess.run(
            [*command, "--others", "--exclude-standard", "--", *wanted],
            env=own, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return []
    lines = os.fsdecode(done.stdout).split("\0") if done.returncode == 0 else []
    return [(line[0] != "?", line[2:]) for line in lines if line]


def _whole(path: str) -> str:
    """The file, or the folder of wrangler's that it is in."""
    parts = PurePosixPath(path).parts
    return "/".join(parts[: parts.index(".wrangler") + 1]) if ".wrangler" in parts else path


def _warning(root: Path, path: str, tracked: bool, cwd: Path) -> Problem:
    shown = shlex.quote(os.path.relpath(root / path, cwd))
    ignored = shlex.quote(f"/{_literal(path)}")
    ignore = f"echo {ignored} >> {shlex.quote(os.path.relpath(root / '.gitignore', cwd))}"
    if tracked:
        return Problem(
            f"git has {shown}, which may hold secrets: rotate them",
            hint=f"git rm -r --cached --quiet {shown} && {ignore}",
        )
    return Problem(f"git would commit {shown}, which may hold secrets", hint=ignore)
