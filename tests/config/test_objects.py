"""Fields that are objects: assets, triggers, observability and their like."""

from __future__ import annotations

from typing import Any

import pytest

from tests.config.conftest import Project


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"triggers": "x"}, ['Expected "triggers" to be of type object but got "x".']),
        (
            {"triggers": {"crons": "x"}},
            ['Expected "triggers.crons" to be of type array, but got {"crons":"x"}.'],
        ),
        ({"triggers": None}, []),
        ({"assets": "x"}, ['"assets" should be an object, but got value "assets" of type string']),
        ({"assets": None}, ['"assets" should be an object, but got value "assets" of type object']),
        ({"assets": {"directory": 5}}, ['Expected "assets.directory" to be of type string but got 5.']),
        (
            {"assets": {"not_found_handling": "x"}},
            [
                'Expected "assets.not_found_handling" field to be one of '
                '["single-page-application","404-page","none"] but got "x".'
            ],
        ),
        (
            {"assets": {"run_worker_first": [1]}},
            ['Expected "assets.run_worker_first.[0]" to be of type string but got 1.'],
        ),
        (
            {"assets": {"run_worker_first": "x"}},
            ['The field "assets.run_worker_first" should be an array of strings or a boolean, but got "x".'],
        ),
        ({"limits": {"cpu_ms": "x"}}, ['Expected "limits.cpu_ms" to be of type number but got "x".']),
        ({"limits": None}, []),
        (
            {"build": {"command": 1, "watch_dir": [1]}},
            [
                'Expected "build.command" to be of type string but got 1.',
                'Expected "build.watch_dir.[0]" to be of type string but got 1.',
            ],
        ),
        ({"rules": {}}, ['The field "rules" should be an array but got {}.']),
        ({"rules": [1]}, ['"rules[0]" should be an object but got 1.']),
        (
            {"rules": [{"type": "Text"}]},
            ['Expected "rules[0].globs" to be an array of strings but got undefined'],
        ),
        (
            {"rules": [{"globs": ["a"], "fallthrough": 1}]},
            [
                'bindings should have a string "type" field, which contains one of "ESModule", "CommonJS", '
                '"CompiledWasm", "Text", or "Data".',
                'the field "fallthrough", when present, should be a boolean.',
            ],
        ),
        ({"placement": "smart"}, ['The field "placement" should be an object but got "smart".']),
        ({"cache": 5}, ['"cache" should be an object but got 5.']),
        ({"cache": {}}, ['"cache.enabled" is a required field.']),
        ({"access": 5}, ['"access" should be an object but got 5.']),
        ({"access": {"dev": {}}}, ['"access.dev.aud" is a required field.']),
        ({"python_modules": []}, ['"python_modules" should be an object but got [].']),
        (
            {"python_modules": {"exclude": "x"}},
            ['Expected "python_modules.exclude" to be of type string array but got "x".'],
        ),
        (
            {"compliance_region": "eu"},
            ['Expected "compliance_region" field to be one of ["public","fedramp_high"] but got "eu".'],
        ),
        (
            {"exports": []},
            ['The optional "exports" field should be an object keyed by class name, but got []'],
        ),
        ({"migrations": {}}, ['The optional "migrations" field should be an array, but got {}']),
        (
            {"migrations": [{"new_classes": "x"}]},
            [
                '"migrations[0].tag" is a required field.',
                'Expected "migrations[0].new_classes" to be an array of strings but got "x"',
            ],
        ),
        ({"migrations": [None]}, ['"migrations[0]" should be an object but got null.']),
        ({"observability": 1}, ['"observability" should be an object but got 1.']),
        (
            {"observability": {}},
            [
                '"observability.enabled" or "observability.logs.enabled" or "observability.traces.enabled" '
                'or "observability.issues.enabled" is required.'
            ],
        ),
        (
            {"observability": {"enabled": "x"}},
            [
                'Expected "observability.enabled" to be of type boolean but got "x".',
                'Expected "observability.logs.enabled" to be of type boolean but got undefined.',
                'Expected "observability.traces.enabled" to be of type boolean but got undefined.',
                'Expected "observability.issues.enabled" to be of type boolean but got undefined.',
            ],
        ),
        (
            {"observability": {"enabled": True, "head_sampling_rate": 2}},
            ['"observability.head_sampling_rate" must be a value between 0 and 1.'],
        ),
        (
            {"observability": {"enabled": True, "issues": 1, "logs": "x", "traces": None}},
            [
                '"observability.issues" should be an object but got 1.',
                'Expected "observability.logs" to be of type object but got "x".',
                'Expected "observability.traces" to be of type object but got null.',
            ],
        ),
        (
            {"observability": {"logs": {"enabled": True, "destinations": [1]}}},
            ['Expected "logs.destinations.[0]" to be of type string but got 1.'],
        ),
        ({"tail_consumers": {}}, ['Expected "tail_consumers" to be an array but got {}.']),
        ({"tail_consumers": ["x"]}, ['"tail_consumers[0]" should be an object but got "x".']),
        (
            {"tail_consumers": [{"service": "s", "environment": 1}]},
            ['Expected "tail_consumers[0].environment" to be of type string but got 1.'],
        ),
        (
            {"streaming_tail_consumers": [[]]},
            ['"streaming_tail_consumers[0]" should be an object but got [].'],
        ),
        ({"connect": {}}, ['The field "connect" should be an array but got {}.']),
    ],
)
def test_wrong_objects_are_refused(project: Project, fields: dict[str, Any], wanted: list[str]) -> None:
    assert project.jsonc(**fields).errors() == wanted


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"triggers": {"x": 1}}, "triggers"),
        ({"assets": {"x": 1}}, "assets"),
        ({"build": {"x": 1}}, "build"),
        ({"cache": {"enabled": True, "x": 1}}, "cache"),
        ({"access": {"x": 1}}, "access"),
        ({"access": {"dev": {"aud": "a", "x": 1}}}, "access.dev"),
        ({"migrations": [{"tag": "v", "x": 1}]}, "migrations"),
        ({"observability": {"enabled": True, "x": 1}}, "observability"),
        ({"observability": {"issues": {"enabled": True, "x": 1}}}, "observability.issues"),
        ({"observability": {"logs": {"enabled": True, "x": 1}}}, "observability"),
        ({"dependencies_instrumentation": {"x": 1}}, "dependencies_instrumentation"),
    ],
)
def test_unknown_keys_of_objects_are_warned_about(
    project: Project, fields: dict[str, Any], label: str
) -> None:
    assert project.jsonc(**fields).warnings() == [f'Unexpected fields found in {label} field: "x"']


def test_a_build_that_is_inherited_is_not_warned_about_again(project: Project) -> None:
    project.jsonc(build={"command": "x", "watch_dir": ["a"], "foo": 1}, env={"a": {}})
    assert project.warnings(env="a") == ['Unexpected fields found in build field: "foo"']


def test_crons_that_are_no_texts_do_not_come_through(project: Project) -> None:
    assert project.jsonc(triggers={"crons": ["* * * * *", 5]}).read().crons == ("* * * * *",)
