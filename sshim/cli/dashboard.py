"""`sshim dashboard`: opens the dashboard of the program that serves, or serves itself."""

from __future__ import annotations

import click

from sshim.cli import options
from sshim.cli.context import Session
from sshim.cli.serve import DEFAULT_IP, DEFAULT_PORT, GATEWAY_PORT, ServeOptions, run_serve
from sshim.errors import PortInUse
from sshim.permissions import ROLES


@click.command()
@click.option(
    "--role", type=click.Choice(list(ROLES)), default="super-administrator", show_default=True,
    help="See and do only what this role may.",
)  # fmt: skip
@click.option("--no-open", is_flag=True, help="Print the address, open no browser.")
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="N",
    help=f"Port to serve at, if nothing does yet.  [default: {DEFAULT_PORT}, or any if that is taken]",
)  # fmt: skip
@click.option(
    "--gateway-port", type=click.IntRange(0, 65535), metavar="N",
    help=f"The AI Gateway's.  [default: {GATEWAY_PORT}, or any if that is taken]",
)  # fmt: skip
@click.option("--quiet", is_flag=True, help="Do not print a line for each request.")
@options.where
@click.pass_obj
def dashboard(
    session: Session, role: str, no_open: bool, port: int | None, gateway_port: int | None, quiet: bool
) -> None:
    """Open the dashboard of this account in the browser.

    Where "sshim serve" runs already, its dashboard is opened; otherwise this command serves the account
    itself, until Ctrl-C. The address that is printed works once, and for a minute.
    """
    from sshim.cli.running import Running, find_running, open_session

    def show(running: Running) -> bool:
        address = open_session(running, role)
        if address is None:
            return False
        session.terminal.data(address)
        session.terminal.out.flush()
        if not no_open and not _opened(session, address):
            session.terminal.note("no browser was found: open the address above within a minute")
        return True

    if any(show(running) for running in find_running(session.store_options())):
        return
    flags = ServeOptions(
        DEFAULT_IP, _port(port, DEFAULT_PORT), _port(gateway_port, GATEWAY_PORT), quiet=quiet
    )
    run_serve(session, flags, opened=show)


def _port(given: int | None, usual: int) -> int:
    """The port asked for, else the usual one, or 0 while another program has that."""
    from sshim.api.ports import bind

    if given is not None:
        return given
    try:
        for sock in bind(DEFAULT_IP, usual):
            sock.close()
    except PortInUse:
        return 0
    return usual


def _opened(session: Session, address: str) -> bool:
    from sshim.dev.keyboard import open_in_browser

    return open_in_browser(address, session.environ)
