"""Whatever stood in a configuration, an entry that is added leaves it as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sshim.config import edit
from sshim.config.edit import insert
from sshim.errors import ConfigError
from tests.config.editing import FIELDS, NEW, STAGING, value


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
