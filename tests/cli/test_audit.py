"""The audit log at the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import BINDS_API_KEY, CANARY, STORE, Sshim


@pytest.fixture(autouse=True)
def history(sshim: Sshim) -> None:
    """A secret is made, changed, refused once, and deleted."""
    sshim("secret", "create", STORE, "--name", "k", "--scopes", "workers", stdin=CANARY)
    sshim("secret", "update", STORE, "--name", "k", stdin=f"{CANARY}!")
    sshim("store", "delete", STORE)
    sshim("secret", "delete", STORE, "--name", "k")


def test_records_have_the_apis_shape_newest_first(sshim: Sshim) -> None:
    records = sshim("audit", "list", "--json").json
    assert [(r["action"]["type"], r["action"]["result"], r["resource"]["type"]) for r in records] == [
        ("delete", True, "secret"),
        ("delete", False, "store"),
        ("update", True, "secret"),
        ("create", True, "secret"),
        ("create", True, "store"),
    ]
    assert list(records[0]) == [
        "id", "when", "action", "actor", "interface", "metadata", "newValue", "oldValue", "owner", "resource",
    ]  # fmt: skip
    assert records[2]["metadata"]["value_modified"] is True and records[0]["interface"] == "cli"


def test_filters_choose_records(sshim: Sshim) -> None:
    def actions(*flags: str) -> list[str]:
        return [each["action"]["type"] for each in sshim("audit", "list", "--json", *flags).json]

    assert actions("--action", "update") == ["update"]
    assert actions("--resource-type", "store", "--direction", "asc") == ["create", "delete"]
    assert actions("--refused") == ["delete"]
    assert actions("--limit", "2") == ["delete", "delete"]
    assert len(actions("--since", "1h", "--actor", "local")) == 5
    assert actions("--before", "1h") == [] and actions("--actor", "nobody") == []
    assert sshim("audit", "list", "--since", "then").code == 2


def test_people_get_a_table(sshim: Sshim) -> None:
    ended = sshim("audit", "list", "--refused")
    heading, line = ended.out.splitlines()
    assert heading.split()[:3] == ["WHEN", "(UTC)", "ACTION"]
    assert "refused" in line and "error=store_not_empty" in line
    assert "no records" in sshim("audit", "list", "--actor", "nobody").err


def test_what_an_event_does_not_have_is_not_in_the_table(sshim: Sshim, folder: Path) -> None:
    (folder / "wrangler.toml").write_text(BINDS_API_KEY)
    sshim("secret", "set", "API_KEY", stdin="x")
    assert sshim("run", "--", sys.executable, "-c", "").code == 0
    ended = sshim("audit", "list", "--limit", "1")
    assert "worker=w" in ended.out and "None" not in ended.out


def test_export_is_json_lines_oldest_first(sshim: Sshim) -> None:
    lines = [json.loads(line) for line in sshim("audit", "export").out.splitlines()]
    assert lines[::-1] == sshim("audit", "list", "--json").json


def test_a_whole_log_is_proven(sshim: Sshim) -> None:
    ended = sshim("audit", "verify")
    assert ended.code == 0 and ended.out == "5 records, all as they were written\n"
    assert sshim("audit", "verify", "--json").json == {"ok": True, "records": 5, "first_broken": None}


def test_a_record_that_is_gone_is_found(sshim: Sshim, environ: dict[str, str]) -> None:
    import sqlite3
    from pathlib import Path

    store = sqlite3.connect(Path(environ["SSHIM_HOME"]) / "store.db")
    with store:
        store.execute("delete from audit where seq = 3")
    store.close()
    ended = sshim("audit", "verify", "--json")
    assert ended.code == 1 and ended.json["ok"] is False and ended.json["first_broken"] == 3
    listed = sshim("audit", "list")
    assert listed.code == 1 and "audit record 3 is missing or was changed" in listed.err
