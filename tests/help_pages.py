"""Writes what `--help` of every command prints into `fixtures/help`: `python -m tests.help_pages`.

A file for each command that `sshim --help` names, its own subcommands below it, as a terminal of 80 columns
shows them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from sshim.cli.main import sshim

FOLDER = Path(__file__).parent.parent / "fixtures" / "help"
_WIDTH = 78
"""What click makes of 80 columns."""


def commands() -> Iterator[click.Context]:
    """Every command, each before its subcommands, those included that are imported only when called."""
    yield from _below(_context(sshim, "sshim", None))


def help_of(ctx: click.Context) -> str:
    """What `--help` of that command prints."""
    return ctx.get_help() + "\n"


def pages() -> dict[str, str]:
    """File name → content, of every file there has to be."""
    made: dict[str, str] = {}
    for ctx in commands():
        words = ctx.command_path.split()
        name = f"{words[min(1, len(words) - 1)]}.txt"
        made[name] = made.get(name, "") + f"$ {ctx.command_path} --help\n{help_of(ctx)}\n"
    return made


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    settings = {**command.context_settings, "terminal_width": _WIDTH}
    return click.Context(command, info_name=name, parent=parent, **settings)


def _below(ctx: click.Context) -> Iterator[click.Context]:
    yield ctx
    if isinstance(ctx.command, click.Group):
        for name in ctx.command.list_commands(ctx):
            command = ctx.command.get_command(ctx, name)
            assert command is not None, name
            yield from _below(_context(command, name, ctx))


def main() -> None:
    """Write what has changed, and remove what no command prints any more."""
    FOLDER.mkdir(exist_ok=True)
    wanted = pages()
    for path in FOLDER.glob("*.txt"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
