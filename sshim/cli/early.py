"""What `sshim dev` starts before anything of the command line is loaded, since it takes longest."""

from __future__ import annotations

import os

from sshim.dev.ignition import Ignited, ignite

_ONE_PROCESS = {"--help", "-h", "--no-reload"}
"""Flags with which `dev` needs no second process."""


def ignite_for(arguments: list[str]) -> Ignited | None:
    """The warm process, started, if this command line has a use for it."""
    if arguments[:1] != ["dev"] or not hasattr(os, "posix_spawn") or _ONE_PROCESS & {*arguments}:
        return None
    return ignite(dict(os.environ))
