"""Reading a seed manifest, and what it refuses: with its place, and never with a value."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshim.errors import TransferError
from sshim.transfer import seed
from sshim.transfer.references import Reference

PATH = Path("secrets.seed.yaml")
CANARY = "c4nary-6f1d-value"
GOOD = """\
version: 1
secrets:
  - binding: API_KEY   # a comment
    from: op://Team/service/key
  - name: signing-key
    store: 0123456789abcdef0123456789abcdef
    scopes: [workers, ai_gateway]
    comment: "signs: sessions"
    from: 'generate:hex32'
  - {name: port, store: main, plain: 08080}
"""


def parse(text: str) -> list[seed.Item]:
    return seed.parse(PATH, text.encode())


def refused(text: str) -> TransferError:
    with pytest.raises(TransferError) as caught:
        parse(text)
    error = caught.value
    shown = f"{error.message} {error.hint} {error.place and error.place.source_line}"
    assert CANARY not in shown, shown
    return error


def test_a_manifest_gives_its_items_in_order() -> None:
    first, second, third = parse(GOOD)
    assert (first.binding, first.reference) == ("API_KEY", Reference("op", "//Team/service/key"))
    assert (second.name, second.store) == ("signing-key", "0123456789abcdef0123456789abcdef")
    assert (second.scopes, second.comment) == (("workers", "ai_gateway"), "signs: sessions")
    assert second.reference == Reference("generate", "hex32") and second.plain is None
    assert (third.plain, third.reference) == ("08080", None)
    assert (first.place.line, first.place.column) == (3, 5)


def test_values_are_taken_as_they_are_written() -> None:
    """YAML would make numbers, dates and truth of these."""
    for written in ("08", "1e3", "yes", "~", "2026-01-01", "0x1F", "null"):
        (item,) = parse(f"version: 1\nsecrets:\n  - binding: A\n    plain: {written}\n")
        assert item.plain == written
    (item,) = parse("version: 1\nsecrets:\n  - binding: A\n    plain: |\n      one\n      two\n")
    assert item.plain == "one\ntwo\n"


@pytest.mark.parametrize("written", ["prompt:", '"prompt:"', "prompt", "prompt:   # ask me"])
def test_a_prompt_needs_no_quotes(written: str) -> None:
    first, second = parse(item("binding: A", f"from: {written}") + "  - binding: B\n    from: prompt:\n")
    assert first.reference == second.reference == Reference("prompt", "")


def test_an_empty_list_is_a_manifest() -> None:
    assert parse("version: 1\nsecrets: []\n") == []


def test_the_repr_of_an_item_has_no_value() -> None:
    (item,) = parse(f"version: 1\nsecrets: [{{binding: A, plain: {CANARY}}}]\n")
    assert item.plain == CANARY and CANARY not in repr(item)


def item(*lines: str) -> str:
    body = "\n".join(("  - " if n == 0 else "    ") + line for n, line in enumerate(lines))
    return f"version: 1\nsecrets:\n{body}\n"


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("", "the manifest is empty", 1, 1),
        ("- a\n", "the manifest is a mapping", 1, 1),
        ("secrets: []\n", "begins with version: 1", 1, 1),
        ("version: 2\nsecrets: []\n", "begins with version: 1", 1, 10),
        ("version: 1\n", "has a list secrets:", 1, 1),
        ("version: 1\nsecrets: {}\n", "has a list secrets:", 2, 10),
        ("version: 1\nsecrets: []\nmore: 1\n", "no key 'more'; it has", 3, 1),
        ("version: 1\nversion: 1\nsecrets: []\n", "version stands twice", 2, 1),
        ("version: 1\nsecrets: []\n---\nversion: 1\n", "one document", 3, 1),
        (item("binding: A", "from: env:A", "from: env:B"), "from stands twice", 5, 5),
        (item("from: env:A"), "needs a binding, or a name", 3, 5),
        (item("binding: A"), "needs from: or plain:", 3, 5),
        (item("binding: A", "store: main", "from: env:A"), "exclude each other", 4, 12),
        (item("binding: A", "from: env:A", f"plain: {CANARY}"), "either from or plain", 5, 12),
        (item("binding: A", f"value: {CANARY}"), "needs the word plain", 4, 5),
        (item("binding: A", f"from: {CANARY}"), "no reference", 4, 11),
        (item("binding: A", f"from: evn:{CANARY}"), "did you mean env:?", 4, 11),
        (item("binding: A", f"from: {CANARY}:{CANARY}"), "no reference", 4, 11),
        (item("binding: A", f"secret_value: {CANARY}"), "no key 'secret_value'; it has", 4, 5),
        (item("binding: A", f"plain: [{CANARY}]"), "plain is a text", 4, 12),
        (item("binding: A", f"plain: !!binary {CANARY}"), "tags have no place", 4, 12),
        (item("binding: A", f"plain: !{CANARY} x"), "tags have no place", 4, 12),
        (item("binding: A", f"plain: &{CANARY} x"), "anchors and aliases", 4, 12),
        (item("binding: A", f"plain: *{CANARY}"), "anchors and aliases", 4, 12),
        (item("binding: A", f"plain: @{CANARY}"), "this is not YAML", 4, 12),
        (item("binding: A", f'plain: "\\{CANARY}"'), "this is not YAML", 4, 0),
        (item("binding: A", f"plain: {CANARY}: {CANARY}"), "this is not YAML", 4, 0),
        (item("binding: A", f'plain: "{CANARY}'), "this is not YAML", 0, 0),
        (item("binding: A", f"\tplain: {CANARY}"), "this is not YAML", 0, 0),
        (item("binding: A", "scopes: {a: b}", "from: env:A"), "scopes is a list", 4, 13),
        (item("binding: A", "from: 'env:'"), "no env reference", 4, 11),
        (item("binding: A", "from: env:A-B"), "no env reference", 4, 11),
        (item("binding: A", "from: op://x"), "no op reference", 4, 11),
        (item("binding: A", "from: sops:file"), "no sops reference", 4, 11),
        (item("binding: A", "from: doppler:--plain"), "no doppler reference", 4, 11),
        (item("binding: A", "from: generate:hex0"), "no generate reference", 4, 11),
        (item("binding: A", "from: cmd:it's"), "no cmd reference", 4, 11),
        ("version: 1\nsecrets: \x07\n", "a control character", 2, 10),
        ("version: 1\n%bad\n", "this is not YAML", 0, 0),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(text: str, message: str, line: int, column: int) -> None:
    error = refused(text)
    assert message in error.message and error.hint
    assert error.place is not None
    if line:
        assert error.place.line == line
    if column:
        assert error.place.column == column


def test_bytes_that_are_no_text_have_their_place_too() -> None:
    with pytest.raises(TransferError, match="not UTF-8") as caught:
        seed.parse(PATH, b"version: 1\nsecrets: \xff\n")
    assert str(caught.value.place) == "secrets.seed.yaml:2:10"


def test_the_line_that_is_shown_holds_a_reference_but_no_value() -> None:
    assert refused(item("binding: A", "from: env:A-B")).place.source_line == "    from: env:A-B"  # type: ignore[union-attr]
    shown = refused(item("binding: A", f"from: {CANARY}")).place.source_line  # type: ignore[union-attr]
    assert shown == "    from: ***"


LAUGHS = "a: &a [l,l]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)},*{chr(97 + n)}]\n" for n in range(20)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAUGHS, "anchors and aliases"),
        ("[" * 100_000, "longer or deeper"),
        ("{a: " * 50_000, "longer or deeper"),
        ("version: 1\nsecrets:\n" + "- a\n" * 100_000, "longer or deeper"),
        ("a" * (seed.MAX_BYTES + 1), "is longer than"),
    ],
    ids=["laughs", "deep list", "deep map", "long", "large"],
)
def test_a_hostile_manifest_is_refused_early(text: str, message: str) -> None:
    with pytest.raises(TransferError, match=message):
        parse(text)


@given(st.text(st.characters(codec="utf-8"), max_size=80), st.integers(0, 200))
def test_no_text_ends_in_anything_but_items_or_a_refusal(noise: str, at: int) -> None:
    at = min(at, len(GOOD))
    for text in (noise, GOOD[:at] + noise + GOOD[at:]):
        try:
            assert isinstance(parse(text), list)
        except TransferError as error:
            assert error.message and error.hint
