"""`sshim completion SHELL`: the script that makes a shell complete commands, flags and names."""

from __future__ import annotations

import click

from sshim.cli.context import Session

VARIABLE = "_SSHIM_COMPLETE"

_HOW = {
    "bash": 'eval "$(sshim completion bash)"   in ~/.bashrc',
    "zsh": 'eval "$(sshim completion zsh)"   in ~/.zshrc',
    "fish": "sshim completion fish > ~/.config/fish/completions/sshim.fish",
    "powershell": "sshim completion powershell | Out-String | Invoke-Expression   in $PROFILE",
}


@click.command(epilog="\b\nPut into use by:\n" + "\n".join(_HOW.values()))
@click.argument("shell", type=click.Choice(list(_HOW)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of SHELL."""
    from click.shell_completion import get_completion_class

    from sshim.cli import powershell

    powershell.install()
    made = get_completion_class(shell)
    assert made is not None, "every shell of the choice is known"
    session: Session = ctx.obj
    session.terminal.data(made(ctx.find_root().command, {}, "sshim", VARIABLE).source())
