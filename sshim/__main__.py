"""`python -m sshim` and the console script `sshim`."""

from __future__ import annotations

import gc
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Runs the command line and ends the process."""
    # Most commands live for a tenth of a second and keep everything they load: looking for garbage meanwhile
    # costs them 6 ms of 130. Commands that go on running turn it on again.
    gc.disable()
    from sshim.cli.early import ignite_for

    ignited = ignite_for(sys.argv[1:])
    from sshim.cli.main import main as command_line

    command_line(ignited)


if __name__ == "__main__":
    main()
