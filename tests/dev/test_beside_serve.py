"""`sshim dev` and `sshim serve` on one store: each sees at once what was changed through the other, or by the
command line.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sshim.model import ACCOUNT_ID
from tests.api.program import environ, make_token, serving
from tests.dev.running import CONFIG, Dev, Project, entry
from tests.settling import seen

if os.environ.get("CI") == "true":
    import cloudflare
else:
    cloudflare = pytest.importorskip("cloudflare", reason="the official SDK is not installed")

STORE = "0123456789abcdef0123456789abcdef"
WORKER = """
try:
    return Response(await self.env.KEY.get())
except Exception as error:
    return Response(str(error), status=500)
"""


@pytest.mark.slow
def test_a_change_by_the_api_is_what_the_next_get_returns(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.config.write_text(
        f'{CONFIG}secrets_store_secrets = [{{ binding = "KEY", store_id = "{STORE}", secret_name = "k" }}]\n'
    )
    project.entry.write_text(entry(WORKER))
    home = environ(project.home)
    own = {name: home[name] for name in ("XDG_DATA_HOME", "XDG_STATE_HOME")}
    project.sshim("store", "list", **own)
    project.sshim("secret", "create", STORE, "--name", "k", "--scopes", "workers", value="by the CLI", **own)
    dev = Dev(project, **own)
    try:
        with serving(project.home, "--quiet") as program:
            dev.ready()
            assert dev.get("/") == (200, "by the CLI")
            client = cloudflare.Cloudflare(
                api_token=make_token(project.home), base_url=program.url, max_retries=0
            )
            with client:
                secrets = client.secrets_store.stores.secrets
                where = {"account_id": ACCOUNT_ID, "store_id": STORE}
                (secret,) = secrets.list(**where)
                secrets.edit(secret.id, **where, value="by the API")
                assert dev.get("/") == (200, "by the API")
                secrets.edit(secret.id, **where, scopes=["ai_gateway"])
                assert dev.get("/")[0] == 500
                secrets.edit(secret.id, **where, scopes=["workers"])
                project.sshim("secret", "update", STORE, "--name", "k", value="by the CLI again", **own)
                assert dev.get("/") == (200, "by the CLI again")
                project.sshim("secret", "update", STORE, "--name", "k", "--comment", "seen", **own)
                assert secrets.get(secret.id, **where).comment == "seen"
                secrets.delete(secret.id, **where)
                status, text = dev.get("/")
                assert status == 500 and 'Secret "k" not found' in text
                shown = json.loads(project.sshim("secret", "list", STORE, "--json", **own))
                assert shown == []

                def accesses() -> list[object]:
                    logs = client.audit_logs.list(account_id=ACCOUNT_ID, action={"type": "access"})
                    return [each for each in logs if each.metadata["worker"] == "w"]

                assert seen(accesses)  # they are written in the background, a moment after
    finally:
        dev.stop()
        dev.clean_up()
