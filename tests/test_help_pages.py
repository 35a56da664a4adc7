"""What `--help` says is looked at before it changes, and fits a terminal of 80 columns."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.help_pages import FOLDER, commands, help_of, pages

PAGES = pages()
COMMANDS = list(commands())
ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("name", PAGES)
def test_help_is_as_it_was_looked_at(name: str) -> None:
    page = FOLDER / name
    written = page.read_text(encoding="utf-8") if page.exists() else ""
    assert written == PAGES[name], "python -m tests.help_pages, and look at the difference"


def test_no_page_of_a_command_that_is_gone_is_left() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES), "python -m tests.help_pages"


@pytest.mark.parametrize("ctx", COMMANDS, ids=lambda ctx: ctx.command_path)
def test_help_fits_80_columns_and_leaves_no_option_unsaid(ctx: click.Context) -> None:
    assert max(map(len, help_of(ctx).splitlines())) <= 80
    assert ctx.command.help
    for option in ctx.command.get_params(ctx):
        if isinstance(option, click.Option) and not option.hidden:
            assert option.help or option.type.name == "choice", option.opts


def test_the_pages_are_what_the_program_prints(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sshim", "secret", "create", "-h"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "COLUMNS": "80"},
        check=True,
    )
    assert done.stdout in PAGES["secret.txt"]
