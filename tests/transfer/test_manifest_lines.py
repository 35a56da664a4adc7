"""A manifest of plain lines is read without YAML, and means the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sshim.transfer.manifest_lines import Node, lines
from sshim.transfer.seed import _Source

VALUES = st.sampled_from(
    [
        *("env:A", "op://v/i/f", "file:./x", "cmd:prog -a b=c", "generate:hex32", "prompt:", "a: b", "a #b"),
        *("1", "null", "true", "~", "-", "- a", "-a", ".5", "/x", "a b", "a  b", "a - b", "a:b", "a :b"),
        *('"q"', '"a # b: c"', '"\\\\n"', '"é"', '""', "'s'", '"a', "[workers]", "[a, b-c]", "[a,b]", "[-]"),
        *("&a x", "*a", "!t x", "|", ">", "{a: b}", "%x", "@x", "`x", "?", "? a", "a, b", "x ", "x\t", "é"),
        *("[]", "a:", "[ a ]", "a#b", "x\t# c", "a\\b"),
    ]
)  # fmt: skip
KEYS = st.sampled_from(
    ["name", "store", "binding", "from", "plain", "scopes", "comment", "other", "a b", "'k'"]
)
STARTS = st.sampled_from(["  - ", "    ", "    ", "    ", "- ", "  ", "   - ", "      ", ""])
COMMENTS = st.sampled_from(["", "", "", " # c", "  #", "# c", " #\u2028x: y"])
LINES = st.one_of(
    st.builds(lambda a, k, v, c: f"{a}{k}: {v}{c}", STARTS, KEYS, VALUES, COMMENTS),
    st.builds(lambda a, k, v: f"{a}{k}: {v}", st.sampled_from(["  - ", "    "]), KEYS, VALUES),
    st.sampled_from(
        ["", "  ", "# c", "    # c", "version: 1", "secrets:", "---", "...", "\t", "x", "    x:"]
    ),
)


def by_yaml(text: str) -> Node | None:
    source = _Source(Path("m.yaml"), b"")
    source._text = text
    try:
        return source._document(yaml.parse(text, Loader=yaml.CSafeLoader))
    except Exception:
        return None


@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@given(st.booleans(), st.lists(LINES, max_size=6))
def test_plain_lines_mean_what_yaml_says(usual: bool, body: list[str]) -> None:
    text = "\n".join([*(["version: 1", "secrets:", "  - binding: A"] if usual else []), *body, ""])
    found = lines(text)
    if found is not None:
        assert found == by_yaml(text)


USUAL = """# what this project needs
version: 1
secrets:
  - binding: API_KEY   # of the API
    from: env:MY_API_KEY

  - name: signing-key
    store: 0123456789abcdef0123456789abcdef
    scopes: [workers, ai-gateway]
    comment: "signs sessions: v2"
    # made here
    from: generate:hex32
  - binding: GREETING
    plain: not really a secret
"""


def test_a_usual_manifest_is_one_of_plain_lines() -> None:
    found = lines(USUAL)
    assert found is not None
    assert found == by_yaml(USUAL)


@pytest.mark.parametrize(
    "line",
    [
        *("    comment: 'x'", '    comment: "a\\"b"', "    comment: a: b", "    comment: |", "    comment:"),
        *("    comment: &a x", "    comment: [A]", "   comment: x", "    comment: x\r"),
        *("    comment: x\u2028", "\tcomment: x", "    from: prompt:", "other: x", "---"),
    ],
)  # fmt: skip
def test_all_else_is_left_to_yaml(line: str) -> None:
    assert lines(USUAL + line + "\n") is None


def test_a_usual_manifest_does_not_load_yaml() -> None:
    code = (
        "import sys; from pathlib import Path; from sshim.transfer.seed import parse\n"
        "print(len(parse(Path('m.yaml'), sys.argv[1].encode())), 'yaml' in sys.modules)"
    )
    quoted = USUAL.replace("not really a secret", "'really'")
    for text, said in ((USUAL, "3 False"), (quoted, "3 True")):
        done = subprocess.run([sys.executable, "-c", code, text], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == said
