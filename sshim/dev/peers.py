"""Several Workers of one `sshim dev`: what each serves, and the sockets by which they reach each other."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sshim.dev.options import DevOptions
from sshim.dev.plan import Plan
from sshim.errors import UsageError


def plans_of(options: DevOptions) -> list[Plan]:
    """The plan of the Worker that the address is for, then those of the Workers beside it.

    Raises `ConfigError` for a configuration that cannot be read, `UsageError` for two Workers of one name.
    """
    plans = [Plan(options)]
    for beside in options.beside:
        own = replace(
            options,
            read=beside.read,
            site_packages=beside.site_packages,
            local_protocol="http",
            bind=(),
            rehearse=None,
            beside=(),
        )
        plans.append(Plan(own))
    names = [plan.config.name for plan in plans]
    for plan in plans[1:]:
        if plan.config.config_path is None:
            raise UsageError(f"there is no configuration {plan.asked_for}", hint="-c FILE")
        if names.count(plan.config.name) > 1:
            raise UsageError(
                f"two of the Workers are named {plan.config.name!r}",
                hint='give each its own "name": a service binding names the Worker it is to',
            )
    return plans


class PeerSockets:
    """A Unix socket for each of several Workers, in a folder that only this user can enter. A Worker alone
    has none."""

    def __init__(self, plans: Sequence[Plan], cleanup: contextlib.ExitStack) -> None:
        self._plans = plans
        self._sockets: dict[int, socket.socket] = {}
        self._paths: dict[int, Path] = {}
        if len(plans) < 2:
            return
        folder = Path(tempfile.mkdtemp(prefix="sshim-"))
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        for number, plan in enumerate(plans):
            path = folder / str(number)
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            cleanup.callback(sock.close)
            sock.bind(str(path))
            sock.listen(512)
            self._sockets[id(plan)], self._paths[id(plan)] = sock, path
            plan.peers = self.known

    def of(self, plan: Plan) -> list[socket.socket]:
        """The sockets of one Worker."""
        return [self._sockets[id(plan)]] if self._sockets else []

    def known(self) -> tuple[tuple[str, Path], ...]:
        """Every Worker's name, as its configuration has it now, and its socket."""
        return tuple((plan.config.name, self._paths[id(plan)]) for plan in self._plans if plan.config.name)
