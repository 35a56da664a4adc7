"""Containers and previews: where their problems stand, and what becomes of shapes wrangler breaks on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sshim.config.javascript import is_whole, to_number
from tests.config.conftest import Project

IMAGE = {"image": "docker.io/httpd:1"}
MANAGED = {"scheduling_policy": "durable_object"}


def places(project: Project, **given: Any) -> list[str]:
    """The line's text at each error, as far as the error marks it."""
    marked = []
    for problem in project.refused(**given).problems:
        assert problem.place is not None and problem.place.source_line is not None, problem.message
        start = problem.place.column - 1
        marked.append(problem.place.source_line[start : start + problem.place.length])
    return marked


def test_a_dockerfile_is_looked_for_beside_the_configuration(project: Project) -> None:
    project.jsonc(containers=[{"class_name": "C", "image": "./Dockerfile"}])
    assert "does not appear to be a valid path to a Dockerfile" in project.errors()[0]
    project.file("Dockerfile", "FROM scratch\n").file("below/keep", "")
    assert project.errors() == []
    assert project.errors(cwd=project.folder / "below") == []


def test_a_name_is_made_of_the_worker_the_class_and_the_environment(project: Project) -> None:
    two = [{"class_name": "My C", **IMAGE}, {"class_name": "D", "name": "w-my-c-a", **IMAGE}]
    project.jsonc(env={"a": {"containers": two}})
    assert project.errors(env="a") == [
        '"containers" contains more than one container named "w-my-c-a". Container names must be unique.'
    ]


def test_problems_stand_where_the_file_has_them(project: Project) -> None:
    project.jsonc(
        """{"name": "w", "env": {"a": {
        "previews": {"vars": 51, "kv_namespaces": [{"binding": 52}],
                     "containers": [{"image": "docker.io/x:1", "rollout_kind": "r"}]},
        "containers": [{"class_name": "C", "image": "nowhere", "max_instances": "m"}],
        "exports": {"D": {"type": "durable-object", "storage": "sqlite", "container": "none"}}}}}"""
    )
    entry = '{"class_name": "C", "image": "nowhere", "max_instances": "m"}'
    assert places(project, env="a") == ['"nowhere"', '"m"', "51", "52", '"r"', '"none"', entry]


def test_a_class_of_two_previewed_containers_is_told_at_the_second(project: Project) -> None:
    entry = '{"class_name": "C%s", "image": "docker.io/x:1"}'
    entries = ", ".join(entry % end for end in ("", " ", "", "", " "))
    project.jsonc('{"name": "w", "previews": {"containers": [' + entries + "]}}")
    (problem,) = project.refused().problems
    assert problem.place is not None and problem.place.source_line is not None
    assert problem.place.source_line[: problem.place.column].count('"C"') == 1


def test_previews_warn_at_the_key_that_is_not_known(project: Project) -> None:
    project.jsonc(previews={"durable_objects": {"bindings": [], "code_update_strategy": {}}})
    assert project.warnings() == [
        'Unexpected fields found in previews.durable_objects field: "code_update_strategy"'
    ]


@pytest.mark.parametrize("hostile", [None, 5, "x", True, ["__proto__"], [], {}, {"__proto__": []}, 1e308])
@pytest.mark.parametrize("base", [IMAGE, MANAGED, {"name": "n", **IMAGE}])
def test_no_shape_of_an_entry_breaks_the_reading(project: Project, base: Any, hostile: Any) -> None:
    keys = ("class_name", "name", "image", "images", "observability", "ssh", "authorized_keys", "unsafe")
    keys += ("configuration", "constraints", "instance_type", "rollout_step_percentage", "max_instances")
    entries = [
        hostile,
        *({**base, key: hostile} for key in keys),
        *({**base, key: [hostile]} for key in keys),
    ]
    exports = {"C": hostile, "__proto__": {"type": "durable-object", "container": hostile}}
    project.jsonc(containers=entries, exports=exports, previews={"containers": entries[1:]})
    assert project.errors()
    project.jsonc(json.dumps({"name": "w", "containers": {"__proto__": hostile}, "previews": hostile}))
    assert project.errors()


def test_an_entry_that_is_no_object_is_told_by_its_index(project: Project) -> None:
    project.jsonc(containers=[{"class_name": "C", **IMAGE}, None])
    assert project.errors() == ['"containers[1]" should be an object but got null.']


def test_toml_numbers_that_json_lacks_and_dates_are_told(project: Project) -> None:
    project.toml(
        'name = "w"\n[[containers]]\nclass_name = "C"\nimage = "a:1"\nrollout_step_percentage = nan\n'
        "max_instances = -inf\nobservability = 2026-01-01\nconfiguration = 2026-01-01\n"
    )
    assert project.errors() == [
        '"containers.rollout_step_percentage" must be one of [5, 10, 20, 25, 50, 100], but got NaN',
        '"containers.max_instances" field should be a positive number, but got -Infinity',
        '"containers.observability.enabled" or "containers.observability.logs.enabled" is required.',
    ]


def test_an_object_keeps_at_most_a_hundred_images_and_says_flags_only(project: Project) -> None:
    images: dict[str, Any] = {f"i{number}": {"dockerfile": "Dockerfile"} for number in range(100)}
    entry = {"class_name": "C", **MANAGED, "images": images}
    project.jsonc(containers=[entry])
    assert project.errors() == []
    images["one more"] = {"dockerfile": "Dockerfile", "build_vars": {"A": 5}}
    entry["unsafe"] = {"configuration": {"experimental_flags": ["a", 5]}}
    project.jsonc(containers=[entry])
    assert project.errors() == [
        '"containers.images" must contain at most 100 images.',
        '"containers.images.one more.build_vars" must be an object with string values.',
        '"containers.unsafe.configuration.experimental_flags" should be an array of strings.',
    ]


@pytest.mark.parametrize(("image", "received"), [("{}", " {}"), ("{ a = 1 }", "")])
def test_a_table_in_place_of_an_image_is_told_as_node_tells_it(
    project: Project, image: str, received: str
) -> None:
    project.toml(f'name = "w"\n[[containers]]\nclass_name = "C"\nimage = {image}\n')
    assert project.errors() == [
        f'The "paths[1]" argument must be of type string. Received [Object: null prototype]{received}'
    ]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (None, 0),
        (True, 1),
        ("", 0),
        (" 0x10\ufeff", 16),
        ("1e2", 100),
        ([5], 5),
        ("-Infinity", float("-inf")),
    ],
)
def test_values_compare_as_the_numbers_javascript_makes_of_them(value: Any, number: float) -> None:
    assert to_number(value) == number


@pytest.mark.parametrize("value", ["x", {}, [1, 2], "1_0", "0x", "nan", "inf"])
def test_other_values_are_no_numbers(value: Any) -> None:
    assert to_number(value) != to_number(value)
    assert not is_whole(value, 0)
