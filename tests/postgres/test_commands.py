"""Commands on a store that a URL names."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.postgres.cluster import PASSWORD, Cluster

pytestmark = pytest.mark.postgres
ROOT = Path(__file__).resolve().parents[2]
STORE = "0123456789abcdef0123456789abcdef"
CONFIG = f"""
name = "w"
main = "entry.py"
compatibility_date = "2026-08-01"
compatibility_flags = ["python_workers"]
secrets_store_secrets = [{{ binding = "KEY", store_id = "{STORE}", secret_name = "KEY" }}]
"""


def test_every_command_takes_the_url_and_none_shows_the_password(
    cluster: Cluster, tmp_path: Path, fresh_url: Callable[[], str]
) -> None:
    url = fresh_url()
    environ = {
        **os.environ,
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }

    def run(*words: str, flag: bool = False, code: int = 0, stdin: str = "") -> str:
        more = {} if flag else {"SSHIM_STORE_URL": url}
        done = subprocess.run(
            [sys.executable, "-m", "sshim", *words, *(("--store-url", url) if flag else ())],
            cwd=tmp_path, env={**environ, **more, "PYTHONPATH": str(ROOT)}, input=stdin, text=True,
            capture_output=True, timeout=300, check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        assert PASSWORD not in said and "p%40ss" not in said
        return said

    store = STORE
    run("secret", "create", store, "--name", "KEY", "--scopes", "workers", stdin="v1")
    assert "KEY" in run("secret", "list", store, flag=True)
    (tmp_path / "more.env").write_text("OTHER=v2\n")
    (tmp_path / "wrangler.toml").write_text(CONFIG)
    run("import", "more.env", "--store", store)
    run("gateway", "create", "g")
    run("token", "create", "--role", "reporter")
    for words in (
        ("export", store), ("check",), ("run", "--", "true"), ("gateway", "key", "list"), ("store", "list"),
        ("store", "status"), ("store", "status", "--json"), ("store", "verify", "--deep"), ("key", "list"),
        ("audit", "list"), ("audit", "verify"), ("token", "list"), ("gateway", "list"),
        ("store", "backup", "file.db"), ("store", "rotate-key"),
    ):  # fmt: skip
        run(*words)
    run("store", "verify", flag=True)
    run("key", "add", "--file", "member.key")
    run("store", "restore", "file.db", code=2)
    run("store", "copy", url, "folder")
    assert "copied 2 secrets" in run("store", "copy", url, "folder")
    run("store", "copy", "folder", url.replace("schema=", "schema=back_"))
    assert "KEY" in run("secret", "list", store, "--store-url", url.replace("schema=", "schema=back_"))
    run("secret", "update", store, "--name", "KEY", stdin="v3")
    run("store", "copy", "folder", url, code=5)
    run("store", "copy", "nowhere", url, code=1)
    run("secret", "list", store, "--store-url", url.replace("s", "x", 1), code=2)
    run("secret", "list", store, "--persist-to", "folder", flag=True, code=2)
