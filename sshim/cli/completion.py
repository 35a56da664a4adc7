"""`sshim completion SHELL`: the script that makes a shell complete commands, flags and names."""

from __future__ import annotations

import click

from sshim.cli.context import Session

VARIABLE = "_SSHIM_COMPLETE"

_HOW = {
    "bash": 'eval "$(sshim completion bash)"   in ~/.bashrc',
    "zsh": 'eval "$(sshim completion zsh)"   in ~/.zshrc',
    "fish": "sshim completion fish > ~/.config/fish/completions/sshim.fish",
}


@click.command(epilog="Put into use by: " + "; ".join(_HOW.values()))
@click.argument("shell", type=click.Choice(list(_HOW)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of SHELL."""
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    assert made is not None, "click completes the three shells of the choice"
    session: Session = ctx.obj
    session.terminal.data(made(ctx.find_root().command, {}, "sshim", VARIABLE).source())
