"""The program `sshim`: finds the command, imports only what it needs, and turns every way of ending into
text (or a `--json` error object) and an exit code. Codes: 0 ok, 1 failure, 2 usage or configuration,
3 not found, 4 no permission or wrong key, 5 conflict, 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import click

from sshim.cli.context import Session, current
from sshim.cli.groups import Group
from sshim.cli.output import defect
from sshim.errors import SshimError, UsageError

if TYPE_CHECKING:
    from sshim.dev.ignition import Ignited

INTERRUPTED = 130

COMMANDS = {
    "init": ("sshim.cli.init:init", "Make a Worker with one secret, its test and its types."),
    "dev": ("sshim.cli.dev:dev", "Serve a Worker with its secrets, and reload it on change."),
    "serve": ("sshim.cli.serve:serve", "Serve the account's API to the official clients."),
    "dashboard": ("sshim.cli.dashboard:dashboard", "Open the account's dashboard in the browser."),
    "secret": ("sshim.cli.secret:secret", "Create, list, show, change and delete secrets."),
    "store": ("sshim.cli.store:store", "Create, list, delete and look after stores."),
    "secrets-store": ("sshim.cli.secrets_store:secrets_store", "The same under wrangler's own spelling."),
    "config": ("sshim.cli.config:config", "Show the wrangler configuration as it is read."),
    "run": ("sshim.cli.run:run", "Run a program with the bound secrets in its environ."),
    "import": ("sshim.cli.import_:import_", "Bring in secrets from manifests, files and wrangler's state."),
    "export": ("sshim.cli.export:export", "Write out a store's secrets, in plain text or sealed."),
    "check": ("sshim.cli.check:check", "Would every binding work, and if not, what cures it."),
    "token": ("sshim.cli.token:token", "Credentials for the API of `sshim serve`."),
    "key": ("sshim.cli.key:key", "Add, remove and list the keys that open the store."),
    "gateway": ("sshim.cli.gateway:gateway", "AI Gateways, and the provider keys they add."),
    "audit": ("sshim.cli.audit:audit", "Read and prove the audit log."),
    "types": ("sshim.cli.types:types", "Write typed stubs of env for editors and type checkers."),
    "trigger": ("sshim.cli.trigger:trigger", "Fire an event of the running Worker by hand."),
    "completion": ("sshim.cli.completion:completion", "Print the completion script of a shell."),
}
"""Name, where its command object is, and one line of help; the module is imported when it is called."""

LONG_RUNNING = frozenset({"dev", "serve", "dashboard"})


@click.group(
    cls=Group,
    lazy=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 ok, 1 failure, 2 usage or configuration, 3 not found, 4 no permission or wrong "
    "key, 5 conflict, 130 interrupted.",
)
@click.option("--version", is_flag=True, help="Print the version (with --verbose: of every part).")
@click.option("--verbose", is_flag=True, help="Show where an unexpected failure happened.")
@click.pass_context
def sshim(ctx: click.Context, version: bool, verbose: bool) -> None:
    """Cloudflare Secrets Store bindings for Python Workers, on your own machine.

    Start with "sshim init" in a new folder, or in a project with "sshim secret set BINDING", then
    "sshim dev".
    """
    session: Session = ctx.obj
    session.verbose = verbose
    if ctx.invoked_subcommand in LONG_RUNNING:
        gc.enable()  # see `sshim.__main__`
    if version:
        from sshim.cli.version import show_version

        show_version(session.terminal, session.environ, everything=verbose)
    elif ctx.invoked_subcommand is None:
        session.terminal.data(ctx.get_help())


def run(arguments: Sequence[str], session: Session) -> int:
    """Runs one command line and returns its exit code. Raises nothing but what ends the interpreter."""
    # what follows "--" is another program's
    as_json = "--json" in arguments[: arguments.index("--") if "--" in arguments else None]
    try:
        # Click returns the code of `ctx.exit(code)`, else what the command returned, which is None.
        try:
            _know_the_shell(session)
            code = sshim.main(list(arguments), prog_name="sshim", obj=session, standalone_mode=False)
        finally:
            session.close()
        session.terminal.out.flush()
        return int(code or 0)
    except (click.Abort, KeyboardInterrupt):
        session.terminal.interrupted()
        return INTERRUPTED
    except BrokenPipeError:
        _leave_pipe()
        return 1
    except SshimError as error:
        return _report(error, session, as_json)
    except click.ClickException as error:
        return _report(_usage(error), session, as_json)
    except OSError as error:
        return _report(_from_system(error), session, as_json)
    except Exception as error:
        if _left_the_debugger(error):
            raise
        return _report_defect(error, session, as_json)


def main(ignited: Ignited | None = None) -> NoReturn:
    """The program: this process's arguments and streams, and its end. `ignited` is the warm process that
    `sshim dev` has started already."""
    try:
        session = current(ignited)
    except SshimError as error:
        if ignited is not None:
            ignited.put_out()
        sys.stderr.write(f"error: {error.message}\nTry: {error.hint}\n")
        sys.exit(error.exit_code)
    try:
        code = run(sys.argv[1:], session)
    except SystemExit as ended:  # by click, behind the words that complete a line
        code = ended.code if isinstance(ended.code, int) else 1
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # the reader has gone, or the disk behind `>` is full, which `run` has told
        _leave_pipe()
        code = code or 1
    if gc.isenabled():
        sys.exit(code)
    # Nothing is left to do in a command that was short: taking its modules apart costs 12 ms of 130.
    os._exit(code)


def _know_the_shell(session: Session) -> None:
    """Click completes for three shells by itself; PowerShell has to be added before it asks."""
    if session.environ.get("_SSHIM_COMPLETE", "").startswith("powershell"):
        from sshim.cli import powershell

        powershell.install()


def _report(error: SshimError, session: Session, as_json: bool) -> int:
    if as_json:
        session.terminal.error_json(error)
    else:
        session.terminal.error(error)
    return error.exit_code


def _usage(error: click.ClickException) -> UsageError:
    """Click's complaint as ours. What stood in excess is not quoted: it may be a value typed by mistake."""
    message = error.format_message().strip()
    if "unexpected extra argument" in message:
        message = "there are more arguments than this command takes"
    elif message:
        message = message[0].lower() + message[1:].rstrip(".")
    ctx = getattr(error, "ctx", None)
    return UsageError(message, hint=f"{ctx.command_path if ctx else 'sshim'} --help")


def _from_system(error: OSError) -> SshimError:
    """A refusal of the operating system that no command foresaw: what, and for which file."""
    where = f"{error.filename}: " if error.filename else ""
    return SshimError(f"{where}{error.strerror or type(error).__name__}")


def _left_the_debugger(error: Exception) -> bool:
    """Whether somebody ran the program under `python -m pdb` and has had enough."""
    return "bdb" in sys.modules and isinstance(error, sys.modules["bdb"].BdbQuit)


def _report_defect(error: Exception, session: Session, as_json: bool) -> int:
    frames = defect(error)
    last = next((line.strip() for line in reversed(frames) if line.startswith("  ")), "")
    hint = "sshim --verbose … shows where; please report it"
    report = SshimError(f"this is a defect of sshim: {type(error).__name__} at {last}", hint=hint)
    report.code = "defect"
    if session.verbose or session.environ.get("SSHIM_DEBUG"):
        report.hint = None
        session.terminal.lines("\n".join(frames))
    return _report(report, session, as_json)


def _leave_pipe() -> None:
    """The reader has gone: nothing more is written, not even by the interpreter on its way out."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
