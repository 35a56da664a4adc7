"""Which site-packages a Worker's handlers import from, when sshim is not installed beside them.

Handlers import from the virtual environment sshim runs in. When that one is isolated (pipx, uvx, a system
package) the project's own is looked for: VIRTUAL_ENV, then `.venv` in the project's folder and above, up to
the repository's root. One made for the same minor version of Python is usable; its packages go *behind*
sshim's own, so that sshim's dependencies and the SDK are never replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProjectPackages:
    """Folders to hand to `site.addsitedir`, which appends them; or a sentence about why there are none."""

    paths: tuple[Path, ...] = ()
    warning: str | None = None


def project_packages(
    project_root: Path, *, prefix: Path, version: tuple[int, int], virtual_env: str | None
) -> ProjectPackages:
    """The packages of the project's virtual environment, for a program running with `prefix` (`sys.prefix`)
    on Python `version`; `virtual_env` is the variable VIRTUAL_ENV. There are none when sshim already runs
    from that virtual environment or from one inside the project. An unreadable or half-made one counts as
    absent."""
    own = prefix.resolve()
    if own.is_relative_to(project_root.resolve()):
        return ProjectPackages()
    warning = None
    for candidate in _candidates(project_root.resolve(), virtual_env):
        if candidate.resolve() == own:
            return ProjectPackages()
        found = _version(candidate)
        if found is None:
            continue
        if found == version:
            packages = _site_packages(candidate, version)
            if packages:
                return ProjectPackages(packages)
        elif warning is None:
            warning = _mismatch(candidate, found, version)
    return ProjectPackages(warning=warning)


def _candidates(root: Path, virtual_env: str | None) -> Iterator[Path]:
    if virtual_env:
        yield Path(virtual_env)
    for folder in (root, *root.parents):
        yield folder / ".venv"
        if (folder / ".git").exists():
            break


def _version(virtualenv: Path) -> tuple[int, int] | None:
    """The minor version in `pyvenv.cfg`; venv writes `version`, uv and virtualenv `version_info`."""
    try:
        text = (virtualenv / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    for line in text.splitlines():
        key, _, value = line.partition("=")
        if key.strip().lower() in ("version", "version_info"):
            major, _, rest = value.strip().partition(".")
            minor = rest.partition(".")[0]
            if major.isdecimal() and minor.isdecimal():
                return int(major), int(minor)
    return None


def _site_packages(virtualenv: Path, version: tuple[int, int]) -> tuple[Path, ...]:
    """Existing package folders; some systems split them over lib and lib64, Windows has one `Lib`."""
    posix = f"python{version[0]}.{version[1]}"
    places = (
        virtualenv / "lib" / posix / "site-packages",
        virtualenv / "lib64" / posix / "site-packages",
        virtualenv / "Lib" / "site-packages",
    )
    found: list[Path] = []
    for place in places:
        if place.is_dir() and not any(place.samefile(other) for other in found):
            found.append(place)
    return tuple(found)


def _mismatch(virtualenv: Path, found: tuple[int, int], version: tuple[int, int]) -> str:
    folder = "Scripts" if (virtualenv / "Scripts").is_dir() else "bin"
    command = f"{virtualenv / folder / 'python'} -m pip install ."
    return (
        f"packages of {virtualenv} are not used: it has Python {found[0]}.{found[1]}, sshim runs on "
        f"{version[0]}.{version[1]}; install sshim into it, in the clone of sshim: {command}"
    )
