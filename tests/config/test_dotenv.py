"""The `.env` grammar and the expansion of references."""

from __future__ import annotations

import pytest

from sshim.config.dotenv import MAX_ASSIGNMENTS, TooLong, TooMany, expand, parse


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A=1\nB=2", {"A": "1", "B": "2"}),
        ("  A  =  x y  ", {"A": "x y"}),
        ("export A=1\nexport\tB=2", {"A": "1", "B": "2"}),
        ("export=1", {"export": "1"}),
        ("A: x\nB:y\nC:  z", {"A": "x", "C": "z"}),
        ("A=\nB=''\nC=\"\"", {"A": "", "B": "", "C": ""}),
        ("A=b#c\nB=b # c\nC='b # c'", {"A": "b", "B": "b", "C": "b # c"}),
        ("A=\"x\\ny\\tz\"\nB='x\\ny'\nC=x\\ny", {"A": "x\ny\\tz", "B": "x\\ny", "C": "x\\ny"}),
        ("A='one\ntwo'\nB=`a \"b\" 'c'`", {"A": "one\ntwo", "B": "a \"b\" 'c'"}),
        ('A="say \\"hi\\""', {"A": 'say \\"hi\\"'}),
        ('A="abc"def\nB="abc', {"A": '"abc"def', "B": '"abc'}),
        ('A=1\r\nB=2\rC="x\r\ny"', {"A": "1", "B": "2", "C": "x\ny"}),
        ("\ufeffA=1", {"A": "1"}),
        ("A=\u00a01\u00a0", {"A": "1"}),
        ("NOVALUE\nBAD KEY=4\n[vars]\n# c\nA=1", {"A": "1"}),
        ("A\n=1", {"A": "1"}),
        ("A=1\nA=2", {"A": "2"}),
        ("A.B-c_1=1\n1A=2", {"A.B-c_1": "1", "1A": "2"}),
        ("é=1", {}),
        ("A='x' y", {"A": "'x' y"}),
        ("A='x' # c\nB=1", {"A": "x", "B": "1"}),
        ("A='\\'\nB=1", {"A": "\\", "B": "1"}),
        ("A=\n'x'", {"A": "x"}),
        ("A=http://a/b?c=d", {"A": "http://a/b?c=d"}),
        ("__proto__=1", {}),
    ],
)
def test_assignments_are_read(text: str, wanted: dict[str, str]) -> None:
    assert parse(text) == wanted


def test_names_come_in_javascript_order() -> None:
    assert list(parse("B=1\n2=1\nA=1\n1=1")) == ["1", "2", "B", "A"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A=1\nB=$A\nC=${A}x", {"A": "1", "B": "1", "C": "1x"}),
        ("A=$B\nB=1", {"A": "", "B": "1"}),
        ("A=$A", {"A": ""}),
        ("A=${X:-d}\nB=${X-d}\nC=${X:+a}\nD=${X+a}", {"A": "d", "B": "d", "C": "", "D": ""}),
        ("X=\nA=${X:-d}\nB=${X-d}", {"X": "", "A": "d", "B": "d"}),
        ("X=1\nA=${X:+a}\nB=${X+a}\nC=${X:-d}", {"X": "1", "A": "a", "B": "a", "C": "1"}),
        ("B=1\nA=${X:-${B}}", {"B": "1", "A": "1"}),
        ("A='$B'", {"A": ""}),
        ("A=\\$B\nC=$1\nD=${A", {"A": "$B", "C": "$1", "D": "${A"}),
        ("A=pa$$word\nB=100%$", {"A": "pa$", "B": "100%$"}),
        ("A=\\$\\$\nB=[$A]", {"A": "$$", "B": "[$]"}),
        ("A=a\\$'b\nB=x${A}y", {"A": "a$'b", "B": "xayby"}),
    ],
)
def test_references_are_replaced(text: str, wanted: dict[str, str]) -> None:
    assert expand(parse(text), {}) == wanted


def test_the_environment_is_seen_and_wins_where_it_is_not_empty() -> None:
    found = expand(parse("A=file\nB=file\nC=$D$A"), {"A": "os", "B": "", "D": "d"})
    assert found == {"A": "os", "B": "file", "C": "dos", "D": "d"}


def test_references_that_grow_without_end_are_refused() -> None:
    doubling = "\n".join(["A0=aaaaaaaaaa", *(f"A{i}=$A{i - 1}$A{i - 1}" for i in range(1, 60))])
    for text in ("A=y\\$A\nB=x$A", doubling):
        with pytest.raises(TooLong):
            expand(parse(text), {})


def test_more_assignments_than_anyone_writes_are_refused() -> None:
    assert parse("A=1\n" * MAX_ASSIGNMENTS) == {"A": "1"}
    with pytest.raises(TooMany):
        parse("A=1\n" * (MAX_ASSIGNMENTS + 1))
