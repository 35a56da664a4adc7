"""Bindings: the entries of each kind."""

from __future__ import annotations

from typing import Any

import pytest

from sshim.config.javascript import show
from sshim.config.kinds import LISTS
from tests.config.conftest import Project

SECRET = {"binding": "KEY", "store_id": "s", "secret_name": "n"}


@pytest.mark.parametrize("value", [None, "x", 5, {"binding": "A"}, True])
def test_secrets_are_a_list(project: Project, value: Any) -> None:
    (message,) = project.jsonc(secrets_store_secrets=value).errors()
    assert message == f'The field "secrets_store_secrets" should be an array but got {show(value)}.'


def test_single_brackets_in_toml_come_with_a_hint(project: Project) -> None:
    project.toml('[secrets_store_secrets]\nbinding = "A"\n[env.a.secrets_store_secrets]')
    assert project.refused().hint == "write [[secrets_store_secrets]] with two brackets"
    assert (
        project.refused(env="a").problems[-1].hint
        == "write [[env.a.secrets_store_secrets]] with two brackets"
    )


@pytest.mark.parametrize("entry", [None, "x", 5, True])
def test_entries_that_are_no_objects_have_no_index_in_the_message(project: Project, entry: Any) -> None:
    message = f'"secrets_store_secrets" bindings should be objects, but got {show(entry)}'
    assert project.jsonc(secrets_store_secrets=[SECRET, entry]).errors() == [message]
    project.jsonc(secrets_store_secrets=[SECRET], env={"a": {"secrets_store_secrets": [entry]}})
    assert message in project.errors(env="a")


def test_all_missing_parts_are_reported_in_order_with_the_whole_entry(project: Project) -> None:
    entry = {"binding": 1, "store_id": 2.5, "x": None}
    shown = '{"binding":1,"store_id":2.5,"x":null}'
    for env, label in (("", ""), ("a", "env.a.")):
        project.jsonc(
            env={"a": {"secrets_store_secrets": [entry]}} if env else {},
            **({} if env else {"secrets_store_secrets": [entry]}),
        )
        assert project.errors(env=env) == [
            f'"{label}secrets_store_secrets[0]" bindings must have a string "{key}" field but got {shown}.'
            for key in ("binding", "store_id", "secret_name")
        ]


def test_each_wrong_part_has_its_own_place(project: Project) -> None:
    project.jsonc('{"secrets_store_secrets": [\n  {"binding": "A",\n   "store_id": 5}\n]}')
    store, name = project.refused().problems
    assert store.place is not None and name.place is not None
    assert (store.place.line, store.place.column) == (3, 16)
    assert (name.place.line, name.place.column) == (2, 3)  # absent: the entry


def test_other_keys_are_warned_about_and_kept(project: Project) -> None:
    project.jsonc(secrets_store_secrets=[{**SECRET, "remote": True, "foo": 1}])
    assert project.warnings() == ['Unexpected fields found in secrets_store_secrets[0] field: "remote","foo"']
    assert project.bindings()["KEY"] == {
        "type": "secrets_store_secret",
        "store_id": "s",
        "secret_name": "n",
        "remote": True,
        "foo": 1,
    }


def test_names_and_ids_are_not_checked_for_form(project: Project) -> None:
    project.jsonc(secrets_store_secrets=[{"binding": "my key 1", "store_id": "", "secret_name": ""}])
    (secret,) = project.read().secrets
    assert (secret.binding, secret.store_id, secret.secret_name) == ("my key 1", "", "")


def test_one_secret_may_have_two_bindings(project: Project) -> None:
    project.jsonc(secrets_store_secrets=[SECRET, {**SECRET, "binding": "OTHER"}])
    assert [secret.binding for secret in project.read().secrets] == ["KEY", "OTHER"]


# -- other kinds -------------------------------------------------------------------------------------------

_WRONG = [
    ("kv_namespaces", {"binding": "A", "id": ""}, 'bindings should have a string "id" field'),
    ("kv_namespaces", {"id": "x"}, 'bindings should have a string "binding" field'),
    ("r2_buckets", {"binding": "A", "bucket_name": ""}, 'bindings should have a string "bucket_name" field'),
    ("d1_databases", {"binding": "A", "database_id": 1}, 'bindings must have a "database_id" field'),
    ("vectorize", {"binding": "A"}, 'bindings must have an "index_name" field'),
    ("hyperdrive", {"binding": "A"}, 'bindings must have a "id" field'),
    ("services", {"binding": "A"}, 'bindings should have a string "service" field'),
    ("services", {"binding": "A", "service": "s", "remote": 1}, 'have a boolean "remote" field'),
    (
        "analytics_engine_datasets",
        {"binding": "A", "dataset": ""},
        'optionally, have a string "dataset" field',
    ),
    ("dispatch_namespaces", {"namespace": "x"}, 'should have a string "binding" field'),
    ("mtls_certificates", {"binding": "A", "certificate_id": ""}, 'have a string "certificate_id" field'),
    ("workflows", {"binding": "A", "name": "w"}, 'bindings should have a string "class_name" field'),
    (
        "workflows",
        {"binding": "A", "name": "-w", "class_name": "C"},
        '"name" field is invalid. Workflow names',
    ),
    ("pipelines", {"binding": "A"}, 'bindings must have a string "stream" field'),
    ("artifacts", {"binding": "A"}, 'bindings must have a string "namespace" field'),
    ("flagship", {"binding": "A", "app_id": 1}, 'bindings may have a string "app_id" field'),
    ("unsafe_hello_world", {"binding": "A", "enable_timer": 1}, 'must have a boolean "enable_timer" field'),
    ("worker_loaders", {}, 'bindings must have a string "binding" field'),
    ("ratelimits", {"name": "A", "namespace_id": "1"}, 'must have a "simple" configuration object'),
    (
        "ratelimits",
        {"name": "A", "namespace_id": "1", "simple": {"period": 10}},
        '"simple.limit" must be a number',
    ),
    ("ratelimits", {"name": "A", "namespace_id": "1", "simple": {"limit": 1}}, '"simple.period" is required'),
    (
        "ratelimits",
        {"name": "A", "namespace_id": "1", "simple": {"limit": 1, "period": 5}},
        '"simple.period" must be either 10 or 60 but got 5.',
    ),
    ("vpc_services", {"binding": "A"}, 'bindings must have a "service_id" field'),
    ("vpc_networks", {"binding": "A"}, 'must have either a "tunnel_id" or "network_id" field'),
    ("vpc_networks", {"binding": "A", "tunnel_id": "a", "network_id": "b"}, "but not both."),
    ("vpc_networks", {"binding": "A", "tunnel_id": 5}, 'must have a string "tunnel_id" field'),
    ("send_email", {"binding": "A"}, 'bindings should have a string "name" field'),
    (
        "send_email",
        {"name": "A", "destination_address": "x", "allowed_destination_addresses": []},
        "but not both.",
    ),
    ("k2", {"binding": "A", "stream": "s", "remote": False}, "does not support `remote: false`"),
    ("k2", {"binding": "A"}, 'must have a string "stream" field.'),
    ("agent_memory", {"binding": "A"}, 'bindings must have a "namespace" field'),
    ("ai_search", {"binding": "A"}, 'bindings must have an "instance_name" field'),
]


@pytest.mark.parametrize(("kind", "entry", "part"), _WRONG)
def test_wrong_entries_are_refused(project: Project, kind: str, entry: dict[str, Any], part: str) -> None:
    (message,) = project.jsonc(**{kind: [entry]}).errors()
    assert part in message
    assert f'"{kind}[0]"' in message


@pytest.mark.parametrize("kind", [*LISTS, "workflows"])
def test_every_list_is_a_list_of_objects(project: Project, kind: str) -> None:
    assert project.jsonc(**{kind: {}}).errors() == [f'The field "{kind}" should be an array but got {{}}.']
    (message,) = project.jsonc(**{kind: [5]}).errors()
    assert message.endswith("should be objects, but got 5")


def test_bucket_names_have_their_form(project: Project) -> None:
    bad, preview = project.jsonc(
        r2_buckets=[
            {"binding": "A", "bucket_name": "B!"},
            {"binding": "B", "bucket_name": "abc", "preview_bucket_name": "-b"},
        ]
    ).errors()
    assert bad.startswith('r2_buckets[0].bucket_name="B!" is invalid. Bucket names must begin')
    assert preview.startswith('r2_buckets[1].preview_bucket_name= "-b" is invalid.')


def test_workflow_names_differ(project: Project) -> None:
    entry = {"name": "w", "class_name": "C"}
    project.jsonc(workflows=[{"binding": "A", **entry}, {"binding": "B", **entry}])
    assert project.errors() == [
        '"workflows" bindings must have unique "name" values; duplicate(s) found: "w"'
    ]


def test_old_fields_are_warned_about(project: Project) -> None:
    project.jsonc(
        pipelines=[{"binding": "P", "pipeline": "p"}],
        queues={"producers": [{"binding": "Q", "queue": "q", "delivery_delay": 1}]},
    )
    queue, pipeline = project.warnings()
    assert project.jsonc(pipelines=[{"binding": "P", "stream": "s", "pipeline": "p"}]).warnings() == []
    assert queue.startswith('The "delivery_delay" field in "queues.producers[0]" is deprecated')
    assert pipeline == 'The "pipeline" field in "pipelines[0]" bindings is deprecated. Use "stream" instead.'


@pytest.mark.parametrize(
    "kind", ["ai", "browser", "images", "stream", "media", "version_metadata", "analytics"]
)
def test_single_bindings_are_objects_with_a_name(project: Project, kind: str) -> None:
    assert project.jsonc(**{kind: []}).errors() == [f'The field "{kind}" should be an object but got [].']
    remote = project.jsonc(**{kind: {"binding": "A", "remote": 1}}).errors()
    text = f'"{kind}" should, optionally, have a boolean "remote" field but got {{"binding":"A","remote":1}}.'
    assert remote == ([] if kind == "version_metadata" else [text])
    assert project.jsonc(**{kind: {}}).errors() == ['binding should have a string "binding" field.']
    known = kind in ("ai", "version_metadata")
    wanted = [] if known else [f'Unexpected fields found in {kind} field: "x"']
    assert project.jsonc(**{kind: {"binding": "A", "x": 1}}).warnings() == wanted
