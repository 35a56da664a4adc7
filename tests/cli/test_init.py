"""`sshim init`: what it makes works as it is, and nothing that exists is touched."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.cli.conftest import STORE, Sshim
from tests.dev.running import Dev, Project


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


MADE = [
    ".gitignore",
    "pyproject.toml",
    "src/entry.py",
    "src/worker_env.pyi",
    "tests/test_entry.py",
    "wrangler.toml",
]


@pytest.fixture
def made(sshim: Sshim, folder: Path) -> Path:
    ended = sshim("init", "my worker")
    assert ended.code == 0, ended.err
    assert ended.out == "cd 'my worker' && sshim secret set API_KEY && sshim dev\n"
    return folder / "my worker"


def test_it_makes_a_whole_project_and_prints_the_next_command(made: Path) -> None:
    assert tree(made) == MADE
    assert 'name = "my-worker"' in (made / "wrangler.toml").read_text()


def test_nothing_it_makes_or_says_would_install_the_other_project_of_our_name(
    sshim: Sshim, folder: Path
) -> None:
    ended = sshim("init")
    assert "pip install '/path/to/clone[pytest]'); then: python -m pytest" in ended.err
    project = tomllib.loads((folder / "pyproject.toml").read_text())
    assert [need for need in project["dependency-groups"]["dev"] if need.startswith("sshim")] == []


def test_the_projects_own_test_passes_and_notices_a_broken_worker(made: Path) -> None:
    def pytest_in(folder: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)

    done = pytest_in(made)
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout + done.stderr
    entry = made / "src" / "entry.py"
    entry.write_text(entry.read_text().replace("{len(key)}", "{key}"))
    assert pytest_in(made).returncode == 1


def test_the_stub_is_up_to_date_and_the_project_type_checks(made: Path, environ: dict[str, str]) -> None:
    check = [sys.executable, "-m", "sshim", "types", "--check", "-o", "src/worker_env.pyi"]
    subprocess.run(check, cwd=made, env=environ, check=True, capture_output=True)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--ignore-missing-imports",
        "--cache-dir",
        os.devnull,
        "entry.py",
    ]
    done = subprocess.run(command, cwd=made / "src", capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout
    entry = made / "src" / "entry.py"
    entry.write_text(entry.read_text().replace("env.API_KEY", "env.API_KYE"))
    done = subprocess.run(command, cwd=made / "src", capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1 and '"Env" has no attribute "API_KYE"' in done.stdout, done.stdout


def test_dev_serves_it_once_the_secret_is_set(made: Path, tmp_path: Path) -> None:
    project = Project(tmp_path / "served")
    project.folder = made
    project.sshim("secret", "set", "API_KEY", value="twelve chars")
    dev = Dev(project)
    try:
        assert dev.ready().get() == (200, "Hello! The API key has 12 characters.\n")
    finally:
        dev.clean_up()


def test_the_only_store_is_the_one_it_binds_and_no_other_projects_secret_is_touched(
    sshim: Sshim, folder: Path
) -> None:
    sshim("secret", "create", STORE, "--name", "api-key", "--scopes", "workers", stdin="of another project")
    assert sshim("init").code == 0
    config = (folder / "wrangler.toml").read_text()
    assert f'store_id = "{STORE}"' in config and 'secret_name = "work-api-key"' in config
    assert sshim("secret", "set", "API_KEY", stdin="of this one").code == 0 and sshim("check").code == 0
    held = sshim("export", STORE, "--reveal", "--yes").json["secrets"]
    assert [each["value"] for each in held] == ["of another project", "of this one"]


def test_no_store_is_made(made: Path, environ: dict[str, str]) -> None:
    assert not Path(environ["SSHIM_HOME"]).exists()


@pytest.mark.parametrize("existing", [*MADE, "wrangler.jsonc"])
def test_nothing_that_exists_is_overwritten(sshim: Sshim, folder: Path, existing: str) -> None:
    path = folder / existing
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    ended = sshim("init")
    assert ended.code == 2 and f"has a {existing} already; nothing was made" in ended.err
    assert path.read_text() == "mine" and tree(folder) == [existing]


def test_a_second_run_changes_nothing(sshim: Sshim, made: Path) -> None:
    before = {path: (made / path).read_bytes() for path in tree(made)}
    assert sshim("init", "my worker").code == 2
    assert {path: (made / path).read_bytes() for path in tree(made)} == before


def test_what_is_no_folder_is_refused(sshim: Sshim, folder: Path) -> None:
    (folder / "file").write_text("mine")
    assert sshim("init", "file").code == 2
    assert sshim("init", "file/below").code == 2
    assert tree(folder) == ["file"]


def test_half_a_project_is_taken_back(sshim: Sshim, folder: Path) -> None:
    (folder / "tests").write_text("a file where a folder is needed")
    assert sshim("init").code == 2
    assert tree(folder) == ["tests"] and not (folder / "src").exists()


@pytest.mark.parametrize(
    ("folder_name", "name"),
    [("Ünï ☃", "n"), ("☃", "worker"), ("a.b c", "a-b-c"), ("UP", "up"), ("_x", "_x")],
)
def test_the_name_of_the_worker_is_legal_whatever_the_folders(
    sshim: Sshim, folder: Path, folder_name: str, name: str
) -> None:
    assert sshim("init", folder_name).code == 0
    assert f'name = "{name}"' in (folder / folder_name / "wrangler.toml").read_text()
    assert sshim("config", folder_name).code == 0


def test_a_name_may_be_given(sshim: Sshim, folder: Path, tmp_path: Path) -> None:
    assert sshim("init", "--name", "Not Legal").code == 2
    assert sshim("init", "--name", "legal").code == 0
    assert 'name = "legal"' in (folder / "wrangler.toml").read_text()
