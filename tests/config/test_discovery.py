"""Which file is read: the search upward, bytes, and redirects."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sshim.config.discovery import find, find_up
from sshim.config.document import MAX_BYTES
from sshim.errors import ConfigError
from tests.config.conftest import Project


def test_the_whole_way_up_is_walked_for_each_name_in_turn(project: Project) -> None:
    near = project.folder / "a" / "b"
    project.file("wrangler.jsonc", "{}").file("a/wrangler.toml", "").file("a/b/keep", "")
    assert find(near, near).config == project.folder / "wrangler.jsonc"
    project.file("wrangler.json", "{}")
    assert find(near, near).config == project.folder / "wrangler.json"


def test_in_one_folder_json_comes_before_jsonc_before_toml(project: Project) -> None:
    project.toml('name = "t"').jsonc(name="c")
    assert project.config()["name"] == "c"
    project.file("wrangler.json", '{"name": "j"}')
    assert project.config()["name"] == "j"


def test_folders_of_the_name_are_passed_over(project: Project) -> None:
    (project.folder / "wrangler.json").mkdir()
    assert project.toml('name = "t"').config()["name"] == "t"


def test_other_names_are_not_looked_for(project: Project) -> None:
    project.file("Wrangler.toml", 'name = "x"').file("wrangler.json5", "{}")
    assert find_up("wrangler.yaml", project.folder) is None
    assert "configPath" not in project.report()["found"] or os.path.exists(project.folder / "wrangler.toml")


def test_the_search_starts_at_the_folder_of_the_script(project: Project) -> None:
    project.toml('name = "outer"').file("pkg/wrangler.toml", 'name = "inner"').file("pkg/x.js", "")
    assert project.config(script=Path("pkg/x.js"))["name"] == "inner"


def test_a_given_file_is_read_as_it_is(project: Project) -> None:
    project.toml('name = "other"').file("conf/my.toml", 'name = "mine"\nmain = "a.js"')
    config = project.config(config=Path("conf/my.toml"))
    assert (config["name"], config["main"]) == ("mine", str(project.folder / "conf" / "a.js"))


def test_a_given_file_that_is_neither_toml_nor_json_reads_as_empty(project: Project) -> None:
    project.file("my.yaml", "name: x")
    assert "name" not in project.config(config=Path("my.yaml"))


def test_a_given_file_that_is_missing_is_an_error(project: Project) -> None:
    assert project.errors(config=Path("nope.toml")) == ["Could not read file: nope.toml"]
    assert project.refused(config=Path("nope.toml")).hint is not None


def test_a_folder_given_as_file_is_an_error(project: Project) -> None:
    (project.folder / "x.toml").mkdir()
    assert project.errors(config=Path("x.toml")) == ["Could not read file: x.toml"]


def test_without_a_file_the_configuration_is_empty(project: Project) -> None:
    assert project.config()["vars"] == {}
    assert project.read().project_root == project.folder


@pytest.mark.parametrize(
    ("mark", "name"),
    [
        (b"\xff\xfe", "UTF-16 LE"),
        (b"\xfe\xff", "UTF-16 BE"),
        (b"\xff\xfe\x00\x00", "UTF-32 LE"),
        (b"\x00\x00\xfe\xff", "UTF-32 BE"),
    ],
)
def test_other_encodings_are_refused_by_name(project: Project, mark: bytes, name: str) -> None:
    project.file("wrangler.json", mark + b"{\x00}\x00")
    assert project.errors() == [f"Configuration file contains {name} byte order marker"]


def test_a_utf8_mark_is_dropped_and_bad_bytes_are_replaced(project: Project) -> None:
    project.file("wrangler.json", b'\xef\xbb\xbf{"vars": {"A": "x\xffy"}}')
    assert project.config()["vars"] == {"A": "x\ufffdy"}


def test_a_file_beyond_the_limit_is_refused(project: Project) -> None:
    project.file("wrangler.json", b" " * (MAX_BYTES + 1))
    assert "larger than" in project.errors()[0]


@pytest.mark.parametrize("value", ["null", '"x"', "5", "true"])
def test_a_root_that_is_no_object_is_refused(project: Project, value: str) -> None:
    project.file("wrangler.json", value)
    error = project.refused()
    assert error.message == f"The configuration should be an object but got {value}."
    assert str(error.place) == f"{project.folder / 'wrangler.json'}:1:1"


def test_a_list_reads_as_a_configuration_without_fields(project: Project) -> None:
    project.file("wrangler.json", "[1]")
    assert project.warnings() == ['Unexpected fields found in top-level field: "0"']


# -- redirects ---------------------------------------------------------------------------------------------


def redirect(project: Project, target: str = '{"configPath": "../../dist/wrangler.json"}') -> Project:
    return project.file(".wrangler/deploy/config.json", target)


def test_a_redirect_is_followed_and_values_come_from_beside_the_users_file(project: Project) -> None:
    redirect(project).toml('name = "user"\nmain = "src/a.py"').file(".dev.vars", "A=user")
    project.file("dist/wrangler.json", '{"name": "built", "main": "index.js", "topLevelName": "top"}')
    project.file("dist/.dev.vars", "A=dist")
    config = project.read()
    assert (config.name, config.main) == ("built", project.folder / "dist" / "index.js")
    assert config.vars["A"].value == "user"
    assert config.project_root == project.folder
    assert config.notes[0] == "Using redirected Wrangler configuration."
    assert project.folder / ".wrangler" / "deploy" / "config.json" in config.watched_files


def test_a_redirect_needs_no_file_of_the_user(project: Project) -> None:
    redirect(project).file("dist/wrangler.json", '{"name": "built"}')
    assert project.config()["name"] == "built"
    assert "<no user config found>" in project.read().notes[2]


def test_a_redirect_is_not_followed_with_a_given_file_or_on_request(project: Project) -> None:
    redirect(project).toml('name = "user"').file("dist/wrangler.json", '{"name": "built"}')
    assert project.config(config=Path("wrangler.toml"))["name"] == "user"
    assert project.config(follow_redirect=False)["name"] == "user"


@pytest.mark.parametrize("content", ["{", "null", '{"configPath": 5}', '{"configPath": []}'])
def test_a_redirect_that_cannot_be_parsed_is_an_error(project: Project, content: str) -> None:
    redirect(project, content).toml("")
    message = "Failed to parse the deploy configuration file at .wrangler/deploy/config.json"
    assert project.errors() == [message]


@pytest.mark.parametrize("content", ["{}", "[]", '"x"', '{"configPath": ""}', '{"configPath": null}'])
def test_a_redirect_without_a_path_is_an_error_that_shows_it(project: Project, content: str) -> None:
    redirect(project, content).toml("")
    assert project.errors()[0].endswith(f"Instead this file contains:\n```\n{content}\n```")


def test_a_redirect_to_nothing_is_an_error(project: Project) -> None:
    redirect(project).toml("")
    assert project.errors() == [
        'There is a deploy configuration at ".wrangler/deploy/config.json".\n'
        'But the redirected configuration path it points to, "dist/wrangler.json", does not exist.'
    ]


def test_a_redirect_beside_another_folders_file_is_an_error(project: Project) -> None:
    project.toml("").file("a/.wrangler/deploy/config.json", '{"configPath": "../../c.json"}').file(
        "a/c.json", "{}"
    )
    (message,) = project.errors(cwd=project.folder / "a")
    assert message.startswith('Found both a user configuration file at "../wrangler.toml"')


def test_a_redirected_file_has_no_environments(project: Project) -> None:
    redirect(project).toml("").file("dist/wrangler.json", '{"env": {"a": {}}, "legacy_env": true}')
    (message,) = project.errors()
    assert message.startswith("Redirected configurations cannot include environments")


@pytest.mark.parametrize(
    ("given", "via"),
    [
        ({"env": "staging"}, "via the `--env/-e` CLI argument"),
        ({"environ": {"CLOUDFLARE_ENV": "staging"}}, "via the CLOUDFLARE_ENV environment variable"),
    ],
)
def test_a_redirected_file_is_for_its_environment_only(
    project: Project, given: dict[str, str], via: str
) -> None:
    redirect(project).toml("").file("dist/wrangler.json", '{"name": "w", "targetEnvironment": "prod"}')
    (message,) = project.errors(**given)
    assert message.startswith(f'You have specified the environment "staging" {via}.\n')
    assert project.config(env="prod")["name"] == "w"


def test_a_redirect_that_cannot_be_read_is_an_error(project: Project) -> None:
    (project.folder / ".wrangler" / "deploy").mkdir(parents=True)
    project.file(".wrangler/deploy/config.json", b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-16 LE"):
        find(project.folder, project.folder)
