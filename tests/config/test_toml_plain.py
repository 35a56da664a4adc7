"""A TOML file of plain values is read without tomli, and means the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from sshim.config import toml, tomlscan
from sshim.config.document import Text
from sshim.errors import ConfigError

KEYS = st.sampled_from(["a", "b", "c-d", "_e", "0", "7", "10", "'q w'", '"é"', "a.b", "b . a", "a.'x'.c"])
SCALARS = st.sampled_from(
    [
        *("true", "false", "0", "7", "8787", "9007199254740991", '""', '"text"', "'lit # eral'"),
        '"[x] {y} = é"',
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(inner, max_size=3).map(lambda items: "[\n" + "".join(f"  {i}, # c\n" for i in items) + "]")
        | st.lists(st.tuples(KEYS, inner), max_size=3).map(
            lambda pairs: "{ " + ", ".join(f"{key} = {value}" for key, value in pairs) + " }"
        )
    ),
    max_leaves=6,
)
LINES = st.one_of(
    st.tuples(KEYS, VALUES).map(lambda pair: f"{pair[0]} = {pair[1]}"),
    KEYS.map(lambda key: f"[{key}]"),
    KEYS.map(lambda key: f"[[{key}]]"),
    st.sampled_from(["", "# a comment", "  ", "key=1 # behind"]),
)


def keys_in_order(value: Any) -> Any:
    """The value with tables as lists of pairs, so that order counts."""
    if isinstance(value, dict):
        return [(key, keys_in_order(entry)) for key, entry in value.items()]
    return [keys_in_order(entry) for entry in value] if isinstance(value, list) else (type(value), value)


def both(text: str) -> tuple[Any, Any] | None:
    """The values without tomli and those with it; None for a text that is wrong or not plain."""
    source = Text(Path("wrangler.toml"), text)
    try:
        scan = tomlscan.Scan(source)
        without = toml.parse(source).value
        values = tomli.loads(text)
    except (ConfigError, tomli.TOMLDecodeError):
        return None
    assert scan.plain
    return without, toml._Conversion(text, scan).convert(values, scan.root)


@settings(max_examples=150)
@given(st.lists(LINES, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_plain_values_are_those_of_tomli(lines: list[str], line_end: str) -> None:
    found = both(line_end.join(lines))
    if found is not None:
        assert keys_in_order(found[0]) == keys_in_order(found[1])


WHOLE = """
name = "w"
crons = ["* * * * *", 'x',]
0 = {}
[vars]
B.c = { d = [[], [1]], e.f = true }
[[kv]]
id = "1"
[kv.deep]
n = 0
[[kv]]
[env."a b".vars]
"""


def test_a_whole_file_is_read_alike() -> None:
    found = both(WHOLE)
    assert found is not None
    assert keys_in_order(found[0]) == keys_in_order(found[1])
    assert list(found[0]) == ["0", "name", "crons", "vars", "kv", "env"]


@pytest.mark.parametrize(
    "value",
    [
        '"\\n"',
        '"\\u00e9"',
        '"""x"""',
        "''''''",
        "1.5",
        "1_000",
        "-1",
        "+1",
        "0x1f",
        "inf",
        "2026-01-01",
        "12:00:00",
    ],
)
def test_all_else_is_left_to_tomli(value: str) -> None:
    assert not tomlscan.Scan(Text(Path("wrangler.toml"), f"a = {value}\n")).plain


def test_a_plain_file_does_not_load_tomli(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from sshim.config import toml, document;"
        "toml.parse(document.Text(Path('w'), sys.argv[1])); print('tomli' in sys.modules)"
    )
    for text, wanted in ((WHOLE, "False"), ("a = 1.5", "True")):
        done = subprocess.run([sys.executable, "-c", code, text], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == wanted
