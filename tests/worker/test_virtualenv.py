"""Which packages handlers see when sshim runs from elsewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sshim.worker.virtualenv import project_packages

PIPX = Path("/opt/pipx/venvs/sshim")


def make(
    root: Path, *, config: str = "version = 3.11.7\n", packages: str = "lib/python3.11/site-packages"
) -> Path:
    folder = root / packages
    folder.mkdir(parents=True)
    (root / "pyvenv.cfg").write_text(config)
    return folder


def test_packages_of_the_projects_venv_are_found_from_an_isolated_install(tmp_path: Path) -> None:
    packages = make(tmp_path / ".venv")
    found = project_packages(tmp_path, prefix=PIPX, version=(3, 11), virtual_env=None)
    assert found.paths == (packages,)
    assert found.warning is None


@pytest.mark.parametrize("config", ["version_info = 3.11.7.final.0\n", "home = /usr\nversion_info=3.11.7\n"])
def test_other_tools_spell_the_version_otherwise(tmp_path: Path, config: str) -> None:
    packages = make(tmp_path / ".venv", config=config)
    assert project_packages(tmp_path, prefix=PIPX, version=(3, 11), virtual_env=None).paths == (packages,)


def test_a_real_venv_is_understood(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / ".venv"], check=True)
    (paths,) = project_packages(tmp_path, prefix=PIPX, version=sys.version_info[:2], virtual_env=None).paths
    assert paths.name == "site-packages" and paths.is_dir()


def test_the_active_environment_comes_before_the_projects(tmp_path: Path) -> None:
    make(tmp_path / "project" / ".venv")
    active = make(tmp_path / "active")
    found = project_packages(
        tmp_path / "project", prefix=PIPX, version=(3, 11), virtual_env=str(tmp_path / "active")
    )
    assert found.paths == (active,)


def test_nothing_is_added_when_sshim_runs_from_the_active_environment(tmp_path: Path) -> None:
    make(tmp_path / "project" / ".venv")
    make(tmp_path / "active")
    found = project_packages(
        tmp_path / "project",
        prefix=tmp_path / "active",
        version=(3, 11),
        virtual_env=str(tmp_path / "active"),
    )
    assert found.paths == () and found.warning is None


def test_nothing_is_added_when_sshim_lives_in_the_project(tmp_path: Path) -> None:
    make(tmp_path / ".venv", config="version = 3.13.1\n")
    make(tmp_path / "env311")
    found = project_packages(tmp_path, prefix=tmp_path / "env311", version=(3, 11), virtual_env=None)
    assert found.paths == () and found.warning is None


def test_a_stale_active_environment_is_passed_over(tmp_path: Path) -> None:
    packages = make(tmp_path / ".venv")
    found = project_packages(tmp_path, prefix=PIPX, version=(3, 11), virtual_env=str(tmp_path / "gone"))
    assert found.paths == (packages,)


def test_the_venv_of_a_workspace_is_found_above_up_to_the_repository(tmp_path: Path) -> None:
    packages = make(tmp_path / "repo" / ".venv")
    worker = tmp_path / "repo" / "workers" / "one"
    worker.mkdir(parents=True)
    (tmp_path / "repo" / ".git").mkdir()
    assert project_packages(worker, prefix=PIPX, version=(3, 11), virtual_env=None).paths == (packages,)


def test_the_search_ends_at_the_repositorys_root(tmp_path: Path) -> None:
    make(tmp_path / ".venv")
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    found = project_packages(tmp_path / "repo", prefix=PIPX, version=(3, 11), virtual_env=None)
    assert found.paths == () and found.warning is None


def test_another_python_version_is_named_with_the_way_on(tmp_path: Path) -> None:
    make(tmp_path / ".venv", config="version = 3.13.1\n", packages="lib/python3.13/site-packages")
    found = project_packages(tmp_path, prefix=PIPX, version=(3, 11), virtual_env=None)
    assert found.paths == ()
    assert found.warning is not None
    assert "Python 3.13, sshim runs on 3.11" in found.warning
    assert f"{tmp_path}/.venv/bin/python -m pip install ." in found.warning
    assert "\n" not in found.warning


def test_a_fitting_venv_is_taken_where_the_active_one_does_not_fit(tmp_path: Path) -> None:
    make(tmp_path / "active", config="version = 3.13.1\n", packages="lib/python3.13/site-packages")
    packages = make(tmp_path / ".venv")
    found = project_packages(tmp_path, prefix=PIPX, version=(3, 11), virtual_env=str(tmp_path / "active"))
    assert found.paths == (packages,) and found.warning is None


def test_split_libraries_are_both_found_and_a_link_only_once(tmp_path: Path) -> None:
    first = make(tmp_path / ".venv")
    second = tmp_path / ".venv" / "lib64" / "python3.11" / "site-packages"
    second.mkdir(parents=True)
    both = project_packages(tmp_path, prefix=PIPX, version=(3, 11), virtual_env=None).paths
    assert both == (first, second)
    second.rmdir()
    second.symlink_to(first)
    assert project_packages(tmp_path, prefix=PIPX, version=(3, 11), virtual_env=None).paths == (first,)


@pytest.mark.parametrize("config", ["", "version = three\n", "home = /usr\n"])
def test_a_half_made_environment_counts_as_absent(tmp_path: Path, config: str) -> None:
    make(tmp_path / ".venv", config=config)
    found = project_packages(tmp_path, prefix=PIPX, version=(3, 11), virtual_env=None)
    assert found.paths == () and found.warning is None
