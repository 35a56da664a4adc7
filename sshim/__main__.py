"""`python -m sshim` and the console script `sshim`."""

from __future__ import annotations

import gc
from typing import NoReturn


def main() -> NoReturn:
    """Runs the command line and ends the process."""
    # Most commands live for a tenth of a second and keep everything they load: looking for garbage meanwhile
    # costs them 6 ms of 130. Commands that go on running turn it on again.
    gc.disable()
    from sshim.cli.main import main as command_line

    command_line()


if __name__ == "__main__":
    main()
