"""Adding an entry: where it goes, what stays, and how it is written."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshim.config import edit, jsonc, toml
from sshim.config.document import decode
from sshim.config.edit import Entry, add_secret_binding, insert, write
from sshim.errors import ConfigError

NEW = Entry("NEW", "0" * 32, "new-key")
STAGING = Entry("NEW", "0" * 32, "new-key", "stg")
FIELDS = {"binding": "NEW", "store_id": "0" * 32, "secret_name": "new-key"}
BLOCK = f'binding = "NEW"\nstore_id = "{"0" * 32}"\nsecret_name = "new-key"\n'
TABLE = f"[[secrets_store_secrets]]\n{BLOCK}"
STAGING_TABLE = f"[[env.stg.secrets_store_secrets]]\n{BLOCK}"
INLINE = f'{{ binding = "NEW", store_id = "{"0" * 32}", secret_name = "new-key" }}'
FLAT = f'{{ "binding": "NEW", "store_id": "{"0" * 32}", "secret_name": "new-key" }}'
TIGHT = f'{{"binding": "NEW", "store_id": "{"0" * 32}", "secret_name": "new-key"}}'


def added(name: str, text: str, entry: Entry = NEW) -> str:
    return insert(Path(name), text.encode(), entry).decode()


def value(name: str, data: bytes) -> Any:
    text = decode(Path(name), data)
    return (toml if name.endswith(".toml") else jsonc).parse(text).value


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
    with pytest.raises(ConfigError, match="No space left"):
        write(change)
    assert path.read_text() == ""
    assert os.listdir(tmp_path) == ["wrangler.toml"]


def is_kept(before: bytes, after: bytes) -> bool:
    """Whether `after` is `before` with something added: its bytes in order, none missing."""
    rest = iter(after)
    return all(byte in rest for byte in before)


SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab\"\\#/*\n ,]}'", max_size=5)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
)
BLANKS = st.sampled_from(["", " ", "\n", "\r\n  ", " // c\n", "/* c */", "\n\t"])


@st.composite
def jsonc_texts(draw: st.DrawFn) -> str:
    """A JSONC object, its values written with blanks and comments of every sort in between."""

    def written(value: Any) -> str:
        def gap() -> str:
            return draw(BLANKS)

        if isinstance(value, dict):
            pairs = [
                f"{gap()}{written(key)}{gap()}:{gap()}{written(item)}{gap()}" for key, item in value.items()
            ]
            tail = "," + gap() if pairs and draw(st.booleans()) else ""
            return "{" + ",".join(pairs) + (tail if pairs else gap()) + "}"
        if isinstance(value, list):
            items = [f"{gap()}{written(item)}{gap()}" for item in value]
            tail = "," + gap() if items and draw(st.booleans()) else ""
            return "[" + ",".join(items) + (tail if items else gap()) + "]"
        return edit.show(value)

    fields = draw(st.dictionaries(st.sampled_from(["a", "b", "name"]), JSON, max_size=3))
    if draw(st.booleans()):
        fields["secrets_store_secrets"] = draw(
            st.lists(st.dictionaries(st.text("ab", max_size=2), SCALARS), max_size=2)
        )
    return draw(BLANKS) + written(fields) + draw(BLANKS)


@settings(max_examples=150)
@given(jsonc_texts())
def test_any_jsonc_keeps_its_bytes_and_gains_the_entry(text: str) -> None:
    before = text.encode()
    old = value("a.jsonc", before)
    after = insert(Path("a.jsonc"), before, NEW)
    new = value("a.jsonc", after)
    assert is_kept(before, after)
    assert new["secrets_store_secrets"] == [*old.get("secrets_store_secrets", []), FIELDS]
    assert {key: item for key, item in new.items() if key in old and key != "secrets_store_secrets"} == {
        key: item for key, item in old.items() if key != "secrets_store_secrets"
    }


STATEMENTS = st.sampled_from(
    [
        *(
            'name = "w"',
            "[vars]",
            "A = 1 # one",
            "# c",
            "",
            "[env.stg]",
            "[env.stg.vars]",
            "[[secrets_store_secrets]]",
        ),
        *('binding = "A"', "[[env.stg.secrets_store_secrets]]", "[env.prod]", "secrets_store_secrets = []"),
        *(
            "secrets_store_secrets = [\n  {a = 1} # c\n]",
            "env = {stg = {}}",
            "t = '''\n[[x]]\n'''",
            "a.b = {c = 1}",
        ),
        *("[[list]]", "[list.sub]", "  [dev]  # d"),
    ]
)


@settings(max_examples=300)
@given(st.lists(STATEMENTS, max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
def test_any_toml_keeps_its_bytes_and_gains_the_entry(
    statements: list[str], line_end: str, last: bool, staging: bool
) -> None:
    before = (line_end.join(statements) + (line_end if last else "")).encode()
    entry = STAGING if staging else NEW
    try:
        old = value("a.toml", before)
    except ConfigError:
        return
    try:
        after = insert(Path("a.toml"), before, entry)
    except ConfigError as error:
        assert "No environment" in error.message or "should be an array" in error.message
        return
    new = value("a.toml", after)
    assert is_kept(before, after)
    old_table, new_table = (table["env"]["stg"] if staging else table for table in (old, new))
    assert new_table["secrets_store_secrets"] == [*old_table.get("secrets_store_secrets", []), FIELDS]
