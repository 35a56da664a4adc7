"""`sshim dev`: flags become one `DevOptions`; everything else is the supervisor's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sshim.cli import names, options
from sshim.cli.context import Session
from sshim.errors import UsageError
from sshim.permissions import ROLES

if TYPE_CHECKING:
    from sshim.dev.options import DevOptions, OutboundFactory
    from sshim.store.open import StoreOptions


def _pairs(separator: str, form: str) -> Any:
    """A callback for repeatable `NAME<separator>REST` flags: a tuple of pairs."""

    def split(
        ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]
    ) -> tuple[tuple[str, str], ...]:
        pairs = []
        for text in values:
            name, found, rest = text.partition(separator)
            if not found or not name:
                # What was given is not quoted: behind the separator may stand a value.
                raise UsageError(f"{parameter.opts[0]} takes {form}", hint=f"{parameter.opts[0]} {form}")
            pairs.append((name, rest))
        return tuple(pairs)

    return split


def _date(ctx: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
    from datetime import date

    try:
        if text is None or date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise UsageError(f"{text!r} is no date", hint=f"{parameter.opts[0]} {date.today().isoformat()}")


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.argument("binding", required=False, shell_complete=names.bindings)
@click.option(
    "-c", "--config", "configs", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
    help="The wrangler configuration. Further ones name Workers to run beside it, for service bindings.",
)  # fmt: skip
@options.environment
@click.option(
    "--ip", metavar="ADDRESS", help="Address to listen on.  [default: the config's, else localhost]"
)
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="N", help="Port.  [default: the config's, else 8787]"
)
@click.option(
    "--local-protocol",
    type=click.Choice(["http", "https"]),
    help="Protocol.  [default: the config's, else http]",
)
@click.option(
    "--https-key-path", type=click.Path(path_type=Path), metavar="FILE",
    help="Key of your own certificate for https.",
)  # fmt: skip
@click.option(
    "--https-cert-path", type=click.Path(path_type=Path), metavar="FILE",
    help="Certificate for https.  [default: one made for localhost]",
)  # fmt: skip
@click.option(
    "--var",
    "variables",
    multiple=True,
    metavar="NAME:TEXT",
    callback=_pairs(":", "NAME:TEXT"),
    help="Set a var.",
)
@click.option(
    "--env-file", "env_files", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
    help="Read vars from FILE instead of .env; repeatable.",
)  # fmt: skip
@click.option("--compatibility-date", metavar="DATE", callback=_date, help="In place of the config's.")
@click.option(
    "--compatibility-flag", "compatibility_flags", multiple=True, metavar="FLAG", help="Add a flag."
)
@click.option("--test-scheduled", is_flag=True, help="Answer /__scheduled?cron=… with the scheduled handler.")
@click.option("--allowed-host", "allowed_hosts", multiple=True, metavar="HOST", help="Serve this Host too.")
@click.option(
    "--bind", multiple=True, metavar="NAME=MODULE:FACTORY", callback=_pairs("=", "NAME=MODULE:FACTORY"),
    help="Put your own stand-in for a binding into env.",
)  # fmt: skip
@click.option(
    "--secret", "secrets", multiple=True, metavar="BINDING=env:NAME",
    callback=_pairs("=", "BINDING=env:NAME"), shell_complete=names.bindings,
    help="Take a value from a variable or another reference, in memory and for this run only.",
)  # fmt: skip
@click.option(
    "--seed", type=click.Path(path_type=Path), metavar="FILE",
    help="Take values from a seed manifest, in memory and for this run only.",
)  # fmt: skip
@click.option(
    "--allow-commands", is_flag=True, help="With --seed: run the programs of cmd: references without asking."
)
@click.option(
    "--as", "role", type=click.Choice(list(ROLES)), default="super-administrator", help="Act as a role."
)
@click.option(
    "--rehearse", "rehearsal", type=click.Choice(["rotate", "missing", "slow", "error"]),
    help="Disturb the secret of BINDING (or all) while serving; after a rotation, report who still uses the "
    "old value.",
)  # fmt: skip
@click.option(
    "--gateway", is_flag=True,
    help="Answer what the Worker fetches from the AI Gateway (https://gateway.ai.cloudflare.com) here, with "
    "the keys of \"sshim gateway key set\".",
)  # fmt: skip
@click.option(
    "--upstream", "upstreams", multiple=True, metavar="PROVIDER=URL",
    help="With --gateway: reach an AI provider there; repeatable.",
)  # fmt: skip
@click.option(
    "--providers", "providers_file", type=click.Path(path_type=Path), metavar="FILE",
    help="With --gateway: TOML file of AI providers of your own.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="Do not serve while a binding's secret is missing.")
@click.option("--no-reload", is_flag=True, help="One process, no watching: for debuggers and profilers.")
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "log", "warn", "error", "none"]), default="log",
    show_default=True, help="The least important lines to show.",
)  # fmt: skip
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.where
@click.pass_obj
def dev(session: Session, /, **flags: Any) -> None:
    """Serve the Worker of PATH, a folder or a script, and reload it on change.

    Without PATH the wrangler configuration is looked for here and in the folders above.
    """
    from sshim.dev.supervisor import run

    code = run(dev_options(session, **flags), session.take_ignited())
    if code:
        raise click.exceptions.Exit(code)


def dev_options(
    session: Session,
    *,
    path: Path | None,
    configs: tuple[Path, ...],
    env: str | None,
    variables: tuple[tuple[str, str], ...],
    env_files: tuple[Path, ...],
    compatibility_date: str | None,
    compatibility_flags: tuple[str, ...],
    secrets: tuple[tuple[str, str], ...],
    seed: Path | None,
    allow_commands: bool,
    binding: str | None,
    rehearsal: Any,
    gateway: bool,
    upstreams: tuple[str, ...],
    providers_file: Path | None,
    no_reload: bool,
    log_level: Any,
    log_format: Any,
    **flags: Any,
) -> DevOptions:
    """The flags as the supervisor takes them; names that need no change pass through. Raises `UsageError`
    for a PATH that is not there."""
    from sshim.dev.options import Beside, DevOptions, Look

    path, binding = _path_and_binding(session, path, binding, rehearsal)
    config = configs[0] if configs else None
    read = session.read_options(
        path,
        config=config,
        env=env,
        env_files=env_files,
        cli_vars=dict(variables),
        compatibility_date=compatibility_date,
        compatibility_flags=compatibility_flags,
    )
    given: tuple[tuple[str, str, str], ...] = ()
    if secrets or seed:
        from sshim.cli.manifests import Bindings
        from sshim.cli.overrides import overrides

        bindings = Bindings(session, config, env, path)
        given = overrides(session, secrets, seed, bindings, allow_commands=allow_commands)
    beside = []
    for other in configs[1:]:
        another = session.read_options(config=other, env=env, env_files=env_files)
        beside.append(Beside(another, _site_packages(session, (session.cwd / other).parent)))
    terminal = session.terminal
    store = session.asking(session.store_options(create=True))
    return DevOptions(
        read=read,
        store=store,
        look=Look(
            cwd=session.cwd,
            color_out=terminal.color_out,
            color_err=terminal.color_err,
            format=log_format,
            level=log_level,
        ),
        reload=not no_reload,
        beside=tuple(beside),
        site_packages=_site_packages(session, (session.cwd / config).parent if config else read.start),
        given=given,
        rehearse=(rehearsal, binding) if rehearsal else None,
        outbound=_outbound(session, store, flags["role"], gateway, upstreams, providers_file),
        started=session.started,
        hot_keys=sys.platform != "win32",
        **flags,
    )


def _path_and_binding(
    session: Session, path: Path | None, binding: str | None, rehearsal: str | None
) -> tuple[Path | None, str | None]:
    """The two arguments; with --rehearse, a first one that is no file here is the BINDING."""
    if binding is not None and not rehearsal:
        raise UsageError(
            "a BINDING goes with --rehearse", hint="sshim dev [PATH] --rehearse rotate [BINDING]"
        )
    if rehearsal and path is not None and binding is None and not (session.cwd / path).exists():
        return None, str(path)
    return path, binding


def _outbound(
    session: Session,
    store: StoreOptions,
    role: str,
    gateway: bool,
    upstreams: tuple[str, ...],
    providers_file: Path | None,
) -> OutboundFactory | None:
    """The AI Gateway that stands in for production's, if one was asked for."""
    if not gateway:
        if upstreams or providers_file:
            raise UsageError("--upstream and --providers are for the AI Gateway", hint="add --gateway")
        return None

    from sshim.cli.gateway_dev import DevGateway
    from sshim.cli.gateway_providers import provider_table

    providers = provider_table(session, upstreams, providers_file)
    return DevGateway(store._replace(passphrase=None), role, providers)


def _site_packages(session: Session, root: Path) -> tuple[Path, ...]:
    """Where the project's own packages are, when sshim does not run beside them."""
    from sshim.worker.virtualenv import project_packages

    found = project_packages(
        root,
        prefix=Path(sys.prefix),
        version=sys.version_info[:2],
        virtual_env=session.environ.get("VIRTUAL_ENV"),
    )
    if found.warning:
        session.terminal.warn(found.warning)
    return found.paths
