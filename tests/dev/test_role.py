"""`sshim dev --as ROLE`: whether a secret may be bound keeps to the table of roles."""

from __future__ import annotations

from pathlib import Path

import pytest

from sshim.permissions import ROLES, allowed
from tests.dev.running import CONFIG, Project, Start, entry

STORE = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A Worker that answers its secret."""
    made = Project(tmp_path)
    made.config.write_text(
        f'{CONFIG}secrets_store_secrets = [{{ binding = "KEY", store_id = "{STORE}", secret_name = "k" }}]\n'
    )
    made.entry.write_text(entry("return Response(await self.env.KEY.get())"))
    made.sshim("secret", "create", STORE, "--name", "k", "--scopes", "workers", value="the value")
    return made


@pytest.mark.parametrize("role", ROLES)
def test_a_secret_is_bound_for_those_who_may(project: Project, start: Start, role: str) -> None:
    dev = start("--as", role)
    dev.ready()
    status, text = dev.get("/")
    if allowed(role, "bind_worker"):
        assert (status, text) == (200, "the value")
        return
    assert status == 500 and "the value" not in text + dev.out + dev.err
    assert "may not bind a secret to a Worker" in text
    dev.until("Try: sshim dev --as deployer")
    assert dev.stop() == 0
    assert "error=permission_denied" in project.sshim("audit", "list")
