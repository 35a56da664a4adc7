"""Bindings of more than one level: Durable Objects, queues, unsafe ones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.config.conftest import Project


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"durable_objects": []}, ['The field "durable_objects" should be an object but got [].']),
        (
            {"durable_objects": {"bindings": 5}},
            ['The field "durable_objects.bindings" should be an array but got 5.'],
        ),
        (
            {"durable_objects": {"bindings": [5]}},
            ['Expected "durable_objects.bindings[0]" to be an object but got 5'],
        ),
        (
            {"durable_objects": {"bindings": [{"environment": 5, "remote": 1}]}},
            [
                'binding should have a string "name" field.',
                'binding should have a string "class_name" field.',
                'the field "environment", when present, should be a string.',
                'binding should have a "script_name" field if "environment" is present.',
                '"durable_objects.bindings[0]" should, optionally, have a boolean "remote" field but got '
                '{"environment":5,"remote":1}.',
            ],
        ),
        ({"queues": []}, ['The field "queues" should be an object but got [].']),
        ({"queues": {"consumers": 5}}, ['The field "queues.consumers" should be an array but got 5.']),
        ({"queues": {"consumers": [5]}}, ['"queues.consumers[0]" should be a objects, but got 5']),
        (
            {"queues": {"consumers": [{"type": "x", "max_retries": "y"}]}},
            [
                '"queues.consumers[0]" should have a string "queue" field but got '
                '{"type":"x","max_retries":"y"}.',
                '"queues.consumers[0].type" has an invalid value "x". Only "worker" consumers can be '
                "configured in your Wrangler configuration.",
                '"queues.consumers[0]" should, optionally, have a number "max_retries" field but got '
                '{"type":"x","max_retries":"y"}.',
            ],
        ),
        (
            {"queues": {"producers": [{"binding": "A", "queue": ""}]}},
            [
                '"queues.producers[0]" bindings should optionally have a non-empty string "queue" field '
                'but got {"binding":"A","queue":""}.'
            ],
        ),
        ({"queues": {"producers": [{"x": 1}]}}, []),  # an unknown key ends the check of an entry
        ({"unsafe": []}, ['The field "unsafe" should be an object but got [].']),
        ({"unsafe": {"bindings": [5]}}, ["Expected unsafe.bindings[0] to be an object but got 5."]),
        (
            {"unsafe": {"bindings": [{}]}},
            [
                'binding should have a string "name" field.',
                'binding should have a string "type" field.',
            ],
        ),
        ({"unsafe": {"metadata": 5}}, ['The field "unsafe.metadata" should be an object but got 5.']),
        ({"logfwdr": {}}, ['The field "logfwdr" is missing the required "bindings" property.']),
        (
            {"logfwdr": {"bindings": [{}]}},
            [
                'binding should have a string "name" field.',
                'binding should have a string "destination" field.',
            ],
        ),
        (
            {"logfwdr": {"bindings": [5]}},
            ['Expected "logfwdr.bindings[0]" to be an object but got 5'],
        ),
        ({"vars": "x"}, ['The field "vars" should be an object but got "x".\n']),
        ({"define": 5}, ['The field "define" should be an object but got 5.\n']),
        ({"define": {"A": 5}}, ['The field "define.A" should be a string but got 5.']),
        ({"secrets": []}, ['The field "secrets" should be an object but got [].']),
        (
            {"secrets": {"required": "x"}},
            ['Expected "secrets.required" to be an array of strings but got "x"'],
        ),
    ],
)
def test_wrong_structures_are_refused(project: Project, fields: dict[str, Any], wanted: list[str]) -> None:
    assert project.jsonc(**fields).errors() == wanted


def test_a_schema_beside_log_forwarders_is_refused(project: Project) -> None:
    (message,) = project.jsonc(logfwdr={"bindings": [], "schema": "x"}).errors()
    assert message.startswith('"logfwdr" binding "schema" property has been replaced')


def test_unsafe_bindings_wrangler_knows_are_warned_about(project: Project) -> None:
    bindings = [{"name": "A", "type": "ai"}, {"name": "B", "type": "metadata"}]
    _, known, metadata = project.jsonc(unsafe={"bindings": bindings}).warnings()
    assert known.startswith('The binding type "ai" is directly supported by wrangler.\n')
    assert metadata.startswith("The deployment object in the metadata binding is now deprecated.")


def test_durable_objects_without_a_line_that_they_live_are_warned_about(project: Project) -> None:
    objects = {
        "bindings": [{"name": "D", "class_name": "D"}, {"name": "E", "class_name": "E", "script_name": "s"}]
    }
    (warning,) = project.jsonc(durable_objects=objects).warnings()
    assert "exported by this Worker (D), but no live `exports` entry" in warning
    assert '```\n{\n  "exports": {\n    "D": {\n' in warning
    assert project.jsonc(durable_objects=objects, migrations=[{"tag": "v1"}]).warnings() == []
    live = {"D": {"type": "durable-object", "storage": "sqlite"}}
    assert project.jsonc(durable_objects=objects, exports=live).warnings() == []
    (both,) = project.jsonc(exports=live, migrations=[{"tag": "v1"}]).errors()
    assert both.startswith("`migrations` and `exports` are mutually exclusive.")


def test_the_line_that_durable_objects_live_is_shown_in_the_files_form(project: Project) -> None:
    project.toml('[[durable_objects.bindings]]\nname = "D"\nclass_name = "D x"')
    (warning,) = project.warnings()
    assert '```\n[exports."D x"]\ntype = "durable-object"\nstorage = "sqlite"\n\n```' in warning
