"""Plaintext that git would take, told where a Worker is served."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sshim.dev.committed import at_hand, warnings
from tests.dev.running import Project, Start


def init(folder: Path, ignored: str = "") -> dict[str, str]:
    """Makes the folder a work tree; the environ to ask git with."""
    import os

    environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    subprocess.run(["git", "init", "-q"], cwd=folder, env=environ, check=True)
    (folder / ".gitignore").write_text(ignored)
    return environ


@pytest.mark.parametrize("flags", [[], ["--no-reload"]])
def test_dev_says_so_at_the_start(project: Project, start: Start, flags: list[str]) -> None:
    init(project.folder)
    (project.folder / ".dev.vars").write_text("A=x\n")
    dev = start(*flags).ready()
    dev.until("warning: git would commit .dev.vars, which may hold secrets")
    dev.until(r"Try: echo /.dev.vars >> .gitignore")


def test_dev_is_silent_where_git_ignores_it(project: Project, start: Start) -> None:
    init(project.folder, ".dev.vars\n")
    (project.folder / ".dev.vars").write_text("A=x\n")
    dev = start().ready()
    assert dev.get("/")[0] == 200 and "git would" not in dev.out + dev.err


def test_only_what_lies_below_the_folder_counts_and_names_are_taken_literally(tmp_path: Path) -> None:
    environ = init(tmp_path)
    for name in ("a[b]*", "ab"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ".env").write_text("A=x")
    (found,) = warnings(environ, tmp_path, tmp_path / "a[b]*")
    assert "'a[b]*/.env'" in found.message
    assert found.hint == r"echo '/a\[b]\*/.env' >> .gitignore"
    subprocess.run(["sh", "-c", found.hint], cwd=tmp_path, check=True)
    assert warnings(environ, tmp_path, tmp_path / "a[b]*") == []


def test_a_work_tree_cannot_have_a_program_run(tmp_path: Path) -> None:
    environ = init(tmp_path)
    (tmp_path / ".env").write_text("A=x")
    hook = tmp_path / "monitor"
    hook.write_text("#!/bin/sh\ntouch ran\n")
    hook.chmod(0o755)
    subprocess.run(["git", "config", "core.fsmonitor", str(hook)], cwd=tmp_path, env=environ, check=True)
    assert len(warnings(environ, tmp_path, tmp_path)) == 1 and not (tmp_path / "ran").exists()


def test_a_work_tree_that_git_refuses_is_left_alone(tmp_path: Path) -> None:
    environ = init(tmp_path)
    (tmp_path / ".env").write_text("A=x")
    (tmp_path / ".git" / "config").write_text("[broken")
    assert warnings(environ, tmp_path, tmp_path) == []
    assert warnings(environ, tmp_path, Path("/")) == []


@pytest.mark.parametrize(
    ("name", "there"), [(".env", True), (".dev.vars.x", True), (".wrangler/state/v3", True), ("env", False)]
)
def test_a_look_at_the_folder_comes_before_git(tmp_path: Path, name: str, there: bool) -> None:
    (tmp_path / name).mkdir(parents=True)
    assert at_hand(tmp_path) is there
