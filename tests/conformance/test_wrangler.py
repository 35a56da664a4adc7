"""The real wrangler from npm, unmodified, against `sshim serve`."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sshim.model import ACCOUNT_ID
from tests.api.program import Program, beside, make_token, serving

NODE_MODULES = "SSHIM_NODE_MODULES"
"""Names a `node_modules` folder that holds wrangler, and node as the npm package `node`."""


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with serving(tmp_path, "--quiet") as running:
        yield running


@dataclass(frozen=True)
class Ran:
    """A command of wrangler that has ended."""

    code: int
    out: str

    def __contains__(self, text: str) -> bool:
        return text in self.out


def node_modules() -> Path:
    """The folder with wrangler. Skips where there is none, fails in CI."""
    named = os.environ.get(NODE_MODULES)
    if named and (Path(named) / ".bin" / "wrangler").exists():
        return Path(named)
    why = f"{NODE_MODULES} names no folder that holds wrangler"
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@pytest.mark.node
@pytest.mark.slow
class TestWrangler:
    """wrangler from npm, with CLOUDFLARE_API_BASE_URL."""

    @pytest.fixture
    def wrangler(self, program: Program) -> Callable[..., Ran]:
        modules = node_modules()
        variables = {
            "PATH": f"{modules / 'node' / 'bin'}:{os.environ['PATH']}",
            "HOME": str(program.home),
            "XDG_CONFIG_HOME": str(program.home / "config"),
            "CLOUDFLARE_API_BASE_URL": program.url,
            "CLOUDFLARE_API_TOKEN": make_token(program.home),
            "WRANGLER_SEND_METRICS": "false",
            "NO_COLOR": "1",
            "CI": "true",
        }

        def run(*arguments: str, value: str | None = None, **more: str) -> Ran:
            done = subprocess.run(
                [str(modules / ".bin" / "wrangler"), *arguments],
                input=value or "",
                capture_output=True,
                text=True,
                env={**variables, "CLOUDFLARE_ACCOUNT_ID": ACCOUNT_ID, **more},
                cwd=program.home,
                timeout=300,
            )
            return Ran(done.returncode, done.stdout + done.stderr)

        return run

    def test_every_secrets_store_command(self, wrangler: Callable[..., Ran]) -> None:
        def store(*arguments: str) -> Ran:
            return wrangler("secrets-store", "store", *arguments, "--remote")

        def secret(*arguments: str, value: str | None = None) -> Ran:
            return wrangler("secrets-store", "secret", *arguments, "--remote", value=value)

        empty = store("list")
        assert empty.code == 1 and "List request returned no stores." in empty
        made = store("create", "main")
        assert made.code == 0, made.out
        listed = store("list")
        assert listed.code == 0 and "main" in listed and ACCOUNT_ID in listed
        (store_id,) = set(re.findall(r"\b[0-9a-f]{32}\b", listed.out)) - {ACCOUNT_ID}
        second = store("create", "second")
        assert second.code == 1 and "maximum_stores_exceeded [code: 1003]" in second

        none = secret("list", store_id)
        assert none.code == 1 and "List request returned no secrets." in none
        created = secret(
            "create", store_id, "--name", "API_KEY", "--scopes", "workers,ai_gateway", "--comment", "billing",
            "--value", "canary-one",
        )  # fmt: skip
        assert created.code == 0 and "ai_gateway, workers" in created, created.out
        assert "pending" in created and "canary-one" not in created
        piped = secret("create", store_id, "--name", "PIPED", "--scopes", "workers", value="canary-two\n")
        assert piped.code == 0, piped.out
        taken = secret("create", store_id, "--name", "PIPED", "--scopes", "workers", "--value", "x")
        assert taken.code == 1 and "secret_name_already_exists: PIPED [code: 1003]" in taken

        secrets = secret("list", store_id)
        assert secrets.code == 0 and "API_KEY" in secrets and "PIPED" in secrets and "billing" in secrets
        line = next(line for line in secrets.out.splitlines() if "API_KEY" in line)
        (secret_id,) = re.findall(r"\b[0-9a-f]{32}\b", line)
        got = secret("get", store_id, "--secret-id", secret_id)
        assert got.code == 0 and "API_KEY" in got and "active" in got, got.out
        updated = secret(
            "update", store_id, "--secret-id", secret_id, "--scopes", "workers", "--value", "canary-three"
        )
        assert updated.code == 0 and "canary" not in updated, updated.out
        copied = secret(
            "duplicate", store_id, "--secret-id", secret_id, "--name", "COPY", "--scopes", "workers"
        )
        assert copied.code == 0 and "COPY" in copied, copied.out
        deleted = secret("delete", store_id, "--secret-id", secret_id)
        assert deleted.code == 0, deleted.out
        gone = secret("get", store_id, "--secret-id", secret_id)
        assert gone.code == 1 and "secret_not_found [code: 1001]" in gone
        full = store("delete", store_id)
        assert full.code == 1 and "store_not_empty" in full

    def test_the_account_is_found_without_being_named(self, wrangler: Callable[..., Ran]) -> None:
        who = wrangler("whoami", CLOUDFLARE_ACCOUNT_ID="")
        assert who.code == 0 and ACCOUNT_ID in who and "Local account" in who, who.out
        made = wrangler("secrets-store", "store", "create", "main", "--remote", CLOUDFLARE_ACCOUNT_ID="")
        assert made.code == 0, made.out

    def test_a_bad_token_is_said(self, wrangler: Callable[..., Ran]) -> None:
        unknown = wrangler("secrets-store", "store", "list", "--remote", CLOUDFLARE_API_TOKEN="A" * 40)
        assert unknown.code == 1 and "Authentication error [code: 10000]" in unknown, unknown.out
        malformed = wrangler("secrets-store", "store", "list", "--remote", CLOUDFLARE_API_TOKEN="x")
        assert malformed.code == 1 and "Invalid request headers [code: 6003]" in malformed, malformed.out

    def test_the_global_key_works(self, wrangler: Callable[..., Ran], program: Program) -> None:
        global_key = beside(
            program.home, lambda control: control.create_global_key("dev@example.com")[1].reveal()
        )
        key = {
            "CLOUDFLARE_API_TOKEN": "",
            "CLOUDFLARE_API_KEY": global_key,
            "CLOUDFLARE_EMAIL": "dev@example.com",
        }
        created = wrangler("secrets-store", "store", "create", "main", "--remote", **key)
        assert created.code == 0, created.out
