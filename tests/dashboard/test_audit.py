"""The audit log as the page shows it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from sshim.dashboard.audit import SPANS, chart
from sshim.model import Actor, AuditEvent
from tests.dashboard.conftest import STORE, Site, some

NOW = datetime(2026, 5, 1, 10, 30, tzinfo=UTC)


def event(hours: float, action: str = "access", *, result: bool = True) -> AuditEvent:
    return AuditEvent(1, NOW - timedelta(hours=hours), action, result, Actor("admin"), "secret", "x")  # type: ignore[arg-type]


def test_the_chart_counts_reads_changes_and_refusals_by_the_hour() -> None:
    events = [
        event(0),
        event(0.4),
        event(1, "update"),
        event(1, "update", result=False),
        event(23.5),
        event(25),
    ]
    bars = chart(events, "day", NOW)
    assert len(bars) == 24 and bars[-1]["from"] == "2026-05-01T10:00:00.000000Z"
    assert (bars[-1]["access"], bars[-2]["change"], bars[-2]["refused"], bars[0]["access"]) == (2, 1, 1, 1)
    assert sum(bar["access"] for bar in bars) == 3, "what is older than the span is not in it"


@pytest.mark.parametrize("span", SPANS)
def test_a_chart_ends_with_the_present(span: str) -> None:
    bars = chart([event(0)], span, NOW)
    assert len(bars) == SPANS[span][0] and bars[-1]["access"] == 1


async def test_records_are_filtered_by_action_actor_secret_result_and_time(site: Site) -> None:
    await site.fill(*some(2))
    token = await site.control(lambda control: control.create_token(role="reporter", name="grafana"))
    headers = {"Host": f"127.0.0.1:{site.port}", "Authorization": f"Bearer {token[1].reveal()}"}
    await site.call(
        "POST", f"/client/v4/accounts/x/secrets_store/stores/{STORE}/secrets", [], headers=headers
    )
    await site.call("DELETE", f"{site_stores(site)}/{STORE}", headers=headers)

    async def found(query: str) -> list[str]:
        got = (await site.ask("GET", f"/dashboard/audit?{query}")).json["result"]
        assert got["total"] == len(got["events"])
        return [f"{each['action']['type']} {each['resource']['type']}" for each in got["events"]]

    everything = await found("")
    assert len(everything) == 5 and everything[0] == "delete request"
    assert await found("action=create") == ["create token", "create secret", "create secret", "create store"]
    assert await found("result=refused") == ["delete request"] == await found("actor=grafana")
    assert await found("secret=secret_0001") == ["create secret"]
    assert await found("since=2999-01-01") == [] == await found("before=2000-01-01")
    got = (await site.ask("GET", "/dashboard/audit?limit=2")).json["result"]
    assert (got["total"], len(got["events"]), got["chain"]) == (5, 2, {"records": 5, "broken": None})
    assert "grafana" in got["actors"]


def site_stores(site: Site) -> str:
    return f"/client/v4/accounts/{site.api.settings.account_id}/secrets_store/stores"


async def test_an_export_has_every_record_that_passes_the_oldest_first(site: Site) -> None:
    await site.fill(*some(3))
    lines = await site.ask("GET", "/dashboard/audit/export?secret=SECRET_")
    assert lines.headers["content-type"].startswith("application/jsonl")
    records = [json.loads(line) for line in lines.body.splitlines()]
    assert [record["metadata"]["name"] for record in records] == [f"SECRET_{n:04}" for n in range(3)]
    table = await site.ask("GET", "/dashboard/audit/export?format=csv")
    assert table.headers["content-type"].startswith("text/csv") and table.body.count(b"\n") == 5
    assert (await site.ask("GET", "/dashboard/audit/export?format=xml")).status == 400


async def test_a_broken_chain_is_said_and_nothing_of_it_shown(site: Site) -> None:
    await site.fill(*some(3))
    import sqlite3

    await site.control(lambda control: control.store.forget())
    with sqlite3.connect(site.home / "store" / "store.db") as database:
        database.execute("UPDATE audit SET record = replace(record, 'SECRET_0001', 'SECRET_9999')")
    database.close()
    got = (await site.ask("GET", "/dashboard/audit")).json["result"]
    assert got["chain"] == {"records": 4, "broken": 3}
    assert got["events"] == []
