"""Adding an entry: where it goes, what stays, and how it is written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sshim.config import edit
from sshim.config.edit import Entry, add_secret_binding, insert, write
from sshim.errors import ConfigError
from tests.config.editing import FIELDS, NEW, STAGING, value

BLOCK = f'binding = "NEW"\nstore_id = "{"0" * 32}"\nsecret_name = "new-key"\n'
TABLE = f"[[secrets_store_secrets]]\n{BLOCK}"
STAGING_TABLE = f"[[env.stg.secrets_store_secrets]]\n{BLOCK}"
INLINE = f'{{ binding = "NEW", store_id = "{"0" * 32}", secret_name = "new-key" }}'
FLAT = f'{{ "binding": "NEW", "store_id": "{"0" * 32}", "secret_name": "new-key" }}'
TIGHT = f'{{"binding": "NEW", "store_id": "{"0" * 32}", "secret_name": "new-key"}}'


def added(name: str, text: str, entry: Entry = NEW) -> str:
    return insert(Path(name), text.encode(), entry).decode()


def spread(step: str, depth: int) -> str:
    """The entry over several lines, its braces at `depth` steps."""
    inner = "".join(f',\n{step * (depth + 1)}"{key}": "{FIELDS[key]}"' for key in FIELDS)
    return f"{{{inner[1:]}\n{step * depth}}}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}", f'{{ "secrets_store_secrets": [{TIGHT}] }}'),
        ('{"name": "w"}', f'{{"name": "w", "secrets_store_secrets": [{TIGHT}]}}'),
        ('{"name": "w",}', f'{{"name": "w", "secrets_store_secrets": [{TIGHT}],}}'),
        ('{"secrets_store_secrets": []}', f'{{"secrets_store_secrets": [{TIGHT}]}}'),
        ('{"secrets_store_secrets": [{} /* c */]}', f'{{"secrets_store_secrets": [{{}}, {TIGHT} /* c */]}}'),
        (
            '{\n\t"name": "w" // c\n}\n',
            f'{{\n\t"name": "w", // c\n\t"secrets_store_secrets": [\n\t\t{spread(chr(9), 2)}\n\t]\n}}\n',
        ),
        (
            '{\n    "name": "w", /* a */ // c\n    // end\n}',
            '{\n    "name": "w", /* a */ // c\n    "secrets_store_secrets": [\n        '
            f"{spread('    ', 2)}\n    ],\n    // end\n}}",
        ),
        (
            '{\n  "secrets_store_secrets": [\n    { "binding": "A" } // a\n  ]\n}',
            f'{{\n  "secrets_store_secrets": [\n    {{ "binding": "A" }}, // a\n    {FLAT}\n  ]\n}}',
        ),
        (
            '{\n  "secrets_store_secrets": [\n    { "binding": "A" }, // a\n  ],\n  "x": 1\n}',
            '{\n  "secrets_store_secrets": [\n    { "binding": "A" }, // a\n'
            f'    {FLAT},\n  ],\n  "x": 1\n}}',
        ),
        (
            '{\n  "secrets_store_secrets": [\n    {\n      "binding": "A"\n    }\n  ]\n}',
            '{\n  "secrets_store_secrets": [\n    {\n      "binding": "A"\n    },\n    '
            f"{spread('  ', 2)}\n  ]\n}}",
        ),
        (
            '{\n  "secrets_store_secrets": [\n    // none yet\n  ]\n}',
            f'{{\n  "secrets_store_secrets": [\n    {spread("  ", 2)}\n    // none yet\n  ]\n}}',
        ),
        (
            '{\n  "secrets_store_secrets": []\n}',
            f'{{\n  "secrets_store_secrets": [\n    {spread("  ", 2)}\n  ]\n}}',
        ),
    ],
)
def test_an_entry_is_added_to_jsonc(before: str, after: str) -> None:
    assert added("wrangler.jsonc", before) == after
    assert value("a.jsonc", after.encode())["secrets_store_secrets"][-1] == FIELDS


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"[[secrets_store_secrets]]\n{BLOCK}"),
        ('name = "w"', f'name = "w"\n\n[[secrets_store_secrets]]\n{BLOCK}'),
        (
            'name = "w"\n[vars]\nA = 1 # one\n\n# staging\n[env.stg]\n',
            f'name = "w"\n[vars]\nA = 1 # one\n\n[[secrets_store_secrets]]\n{BLOCK}\n# staging\n[env.stg]\n',
        ),
        (
            '[[secrets_store_secrets]]\nbinding = "A"\n\n[vars]\nA = 1\n',
            f'[[secrets_store_secrets]]\nbinding = "A"\n\n{TABLE}\n[vars]\nA = 1\n',
        ),
        ("[env.stg]\n[vars]\n", f"[env.stg]\n[vars]\n\n[[secrets_store_secrets]]\n{BLOCK}"),
        ("secrets_store_secrets = []\n", f"secrets_store_secrets = [{INLINE}]\n"),
        (
            'secrets_store_secrets = [\n  {binding = "A"}, # a\n]\n',
            f'secrets_store_secrets = [\n  {{binding = "A"}}, # a\n  {INLINE},\n]\n',
        ),
    ],
)
def test_an_entry_is_added_to_toml(before: str, after: str) -> None:
    assert added("wrangler.toml", before) == after
    assert value("a.toml", after.encode())["secrets_store_secrets"][-1] == FIELDS


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '[env.stg]\nname = "s"\n[env.stg.vars]\nA = 1\n[env.prod]\n',
            f'[env.stg]\nname = "s"\n[env.stg.vars]\nA = 1\n\n{STAGING_TABLE}\n[env.prod]\n',
        ),
        ('env.stg.name = "s"\n', f'env.stg.name = "s"\n\n[[env.stg.secrets_store_secrets]]\n{BLOCK}'),
        (
            'env = { stg = { name = "s" } }\n',
            f'env = {{ stg = {{ name = "s", secrets_store_secrets = [{INLINE}] }} }}\n',
        ),
        ("[env]\nstg = {}\n", f"[env]\nstg = {{ secrets_store_secrets = [{INLINE}] }}\n"),
    ],
)
def test_an_entry_is_added_to_an_environment_in_toml(before: str, after: str) -> None:
    assert added("wrangler.toml", before, STAGING) == after
    assert value("a.toml", after.encode())["env"]["stg"]["secrets_store_secrets"] == [FIELDS]


def test_an_environment_whose_name_is_no_bare_key_is_quoted() -> None:
    after = added("wrangler.toml", '[env."my env"]\n', Entry("NEW", "s", "n", "my env"))
    assert '[[env."my env".secrets_store_secrets]]' in after


def test_an_entry_is_added_to_an_environment_in_jsonc() -> None:
    after = added("wrangler.jsonc", '{\n  "env": {\n    "stg": {}\n  }\n}\n', STAGING)
    assert value("a.jsonc", after.encode()) == {"env": {"stg": {"secrets_store_secrets": [FIELDS]}}}
    assert after.startswith('{\n  "env": {\n    "stg": {\n      "secrets_store_secrets": [\n        {\n')


@pytest.mark.parametrize("name", ["wrangler.toml", "wrangler.jsonc"])
def test_line_ends_marks_and_bad_bytes_stay(name: str) -> None:
    body = b'name = "w\xff"\r\n' if name.endswith("toml") else b'{\r\n  "name": "w\xff"\r\n}\r\n'
    after = insert(Path(name), b"\xef\xbb\xbf" + body, NEW)
    assert after.startswith(b"\xef\xbb\xbf")
    assert b"w\xff" in after
    assert after.count(b"\n") == after.count(b"\r\n") > 4


def test_the_same_entry_changes_nothing() -> None:
    before = added("wrangler.toml", "")
    assert added("wrangler.toml", before) == before


@pytest.mark.parametrize(
    ("name", "text", "entry", "message"),
    [
        (
            "a.jsonc",
            '{"secrets_store_secrets": [{"binding": "NEW", "secret_name": "x"}]}',
            NEW,
            "NEW is bound to secret 'x' already",
        ),
        (
            "a.jsonc",
            '{"secrets_store_secrets": {}}',
            NEW,
            'The field "secrets_store_secrets" should be an array but got {}.',
        ),
        ("a.jsonc", "{}", STAGING, 'No environment found in configuration with name "stg".'),
        ("a.jsonc", "[]", NEW, "The configuration should be an object."),
        ("a.jsonc", "{", NEW, "CloseBraceExpected"),
        ("a.toml", "a = ", NEW, "Invalid TOML document: invalid value"),
        ("a.yaml", "", NEW, "a.yaml is neither TOML nor JSON"),
        ("a.toml", "", Entry("x\ud83d", "s", "n"), "there is no safe place for the entry in a.toml"),
    ],
)
def test_what_cannot_be_edited_is_refused(name: str, text: str, entry: Entry, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        insert(Path(name), text.encode(), entry)
    assert caught.value.message == message


def test_the_edit_shows_what_changes_and_is_written_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "wrangler.toml"
    path.write_bytes(b'name = "w"\r\n')
    path.chmod(0o640)
    change = add_secret_binding(path, "NEW", "0" * 32, "new-key")
    assert change.changed
    assert '+[[secrets_store_secrets]]\n+binding = "NEW"' in change.diff
    assert path.read_bytes() == change.before
    write(change)
    assert path.read_bytes() == change.after
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["wrangler.toml"]
    assert not add_secret_binding(path, "NEW", "0" * 32, "new-key", "").changed


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "wrangler.toml"
    real.write_text("")
    link.symlink_to(real)
    write(add_secret_binding(link, "NEW", "s", "n"))
    assert link.is_symlink()
    assert "NEW" in real.read_text()


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "wrangler.toml"
    path.write_text("")
    change = add_secret_binding(path, "NEW", "s", "n")
    path.write_text("# mine")
    with pytest.raises(ConfigError, match="changed in the meantime"):
        write(change)
    assert path.read_text() == "# mine"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "wrangler.toml"
    path.write_text("")
    change = add_secret_binding(path, "NEW", "s", "n")

    def full(source: str, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(edit.os, "replace", full)
    with pytest.raises(ConfigError, match="No space left") as caught:
        write(change)
    assert caught.value.hint == "the diff shows what to add by hand"
    assert path.read_text() == ""
    assert os.listdir(tmp_path) == ["wrangler.toml"]
