"""`sshim types`: typed stubs of `env` for editors and type checkers, and whether written ones still hold."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sshim.cli import options
from sshim.cli.context import Session
from sshim.errors import Problem, SshimError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sshim.config.settings import WorkerConfig
    from sshim.config.types_stub import Header

_NO_FILES = (Path("/dev/null/none"),)
"""Named in place of `.dev.vars` and `.env`: a file that cannot exist is passed over."""


@click.command()
@options.config_source
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to FILE, such as src/worker_env.pyi, instead of stdout.",
)
@click.option(
    "--check",
    "only_check",
    is_flag=True,
    help="Write nothing; exit 1 when FILE, or without -o any written stub, is stale or missing.",
)
@click.pass_obj
def types(
    session: Session, config: Path | None, env: str | None, output: Path | None, only_check: bool
) -> None:
    """Print or write the types of env: of every environment together, or of --env NAME alone.

    In the Worker, under TYPE_CHECKING: "from worker_env import Env", then "env: Env" in the class.
    """
    from sshim.config import types_stub

    bare = _read_all(session, session.cwd, config, env, with_files=False)
    source = bare[0].config_path
    if source is None:
        raise UsageError(f"there is no wrangler configuration in {session.cwd} or above", hint="-c FILE")
    digest = types_stub.digest(bare)
    if only_check:
        if output is None:
            _check_written(session, bare[0])
        else:
            _check(session, output, digest, env)
        return
    full = _read_all(session, session.cwd, config, env, with_files=True)
    name = (bare[0].user_config_path or source).name
    text = types_stub.render(full, digest=digest, source=name, environment=env)
    if output is None:
        session.terminal.out.write(text)
        return
    path = session.cwd / output
    if path.is_file() and path.read_bytes() == text.encode():
        session.terminal.note(f"{output} is up to date")
        return
    try:
        path.write_bytes(text.encode())
    except OSError as error:
        beside = shlex.quote(_beside_main(session, bare[0]))
        raise UsageError(
            f"{output} cannot be written: {error.strerror}", hint=f"sshim types -o {beside}"
        ) from None
    session.terminal.note(f"wrote {output}")


def _check(session: Session, output: Path, digest: str, env: str | None) -> None:
    from sshim.config import types_stub

    path = session.cwd / output
    header = types_stub.header_of(path.read_text(errors="replace")) if path.is_file() else None
    if header is None or header.digest != digest or header.environment != env:
        state = "is stale" if header else "was not made by sshim types" if path.is_file() else "is missing"
        raise SshimError(f"{output} {state}", hint=f"sshim types -o {output}")
    session.terminal.note(f"{output} is up to date")


def _check_written(session: Session, config: WorkerConfig) -> None:
    """The same for every stub that was made from the configuration."""
    written = [_shown(session, path) for path, _ in _stubs(config)]
    if not written:
        hint = f"sshim types -o {shlex.quote(_beside_main(session, config))}"
        raise SshimError("no types were written from the configuration yet", hint=hint)
    stale = stale_stubs(session, config)
    for problem in stale[1:]:
        session.terminal.problem("error", problem)
    if stale:
        raise SshimError(stale[0].message, hint=stale[0].hint)
    session.terminal.note(f"up to date: {', '.join(written)}")


def _stubs(config: WorkerConfig) -> list[tuple[Path, Header]]:
    """The stubs made from the configuration, beside it or beside the main module."""
    from sshim.config import types_stub

    source = config.user_config_path
    folders = {config.project_root, config.main.parent if config.main else config.project_root}
    found = []
    for path in sorted(path for folder in folders for path in folder.glob("*.pyi")):
        header = types_stub.header_of(path.read_text(errors="replace"))
        if source is not None and header is not None and header.config == source.name:
            found.append((path, header))
    return found


def _beside_main(session: Session, config: WorkerConfig) -> str:
    """Where `from worker_env import Env` finds the stub: `sshim init` puts it there too."""
    folder = config.main.parent if config.main else config.project_root
    return _shown(session, folder / "worker_env.pyi")


def _shown(session: Session, path: Path) -> str:
    """The path as it is typed in the folder of the session."""
    return os.path.relpath(path, session.cwd)


def stale_stubs(session: Session, config: WorkerConfig) -> list[Problem]:
    """A warning for each stub file, beside the configuration or the main module, that it has outgrown."""
    from sshim.config import types_stub

    source = config.user_config_path
    if source is None:
        return []
    stale = []
    for path, header in _stubs(config):
        try:
            configs = _read_all(session, source.parent, source, header.environment, with_files=False)
            if header.digest == types_stub.digest(configs):
                continue
        except SshimError:
            pass  # the environment that it was made for is gone
        shown = _shown(session, path)
        flags = "" if header.environment is None else f" --env {shlex.quote(header.environment)}"
        hint = f"sshim types{flags} -o {shlex.quote(shown)}"
        stale.append(Problem(f"{shown} does not match the configuration any more", hint=hint))
    return stale


def _read_all(
    session: Session, start: Path, config: Path | None, env: str | None, *, with_files: bool
) -> list[WorkerConfig]:
    """The configuration of `env` alone, or the top level and then every environment."""
    from sshim.config.settings import ReadOptions, read

    # The environment of the shell does not choose: either a flag does, or all are merged.
    environ = {key: value for key, value in session.environ.items() if key != "CLOUDFLARE_ENV"}

    def one(environment: str | None) -> WorkerConfig:
        return read(
            ReadOptions(
                start=start,
                cwd=session.cwd,
                environ=environ,
                config=config,
                env=environment,
                env_files=() if with_files else _NO_FILES,
            )
        )

    first = one(env)
    names: Iterable[str] = () if env is not None else first.defined_environments
    return [first, *(one(name) for name in names)]
