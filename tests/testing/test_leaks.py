"""Secret values stay out of everything a failing run writes."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from tests.testing.conftest import PLUGINS, PYTEST, Project

CANARY = "c4nary-Zq81/+\"&<x>'-tail"
LONG = "L0ng" + "".join(f"{number * 7919 % 65521:04x}" for number in range(150))
LINES = "-----BEGIN KEY-----\n" + "\n".join(
    f"MIIline{number:02d}Ab{number * 7919:07d}xyz" for number in range(20)
)

TESTS = f"""
import logging
import warnings

import pytest

CANARY = {CANARY!r}
LONG = {LONG!r}
LINES = {LINES!r}

log = logging.getLogger("app")

@pytest.fixture(params=[CANARY, LONG, LINES], ids=["short", "long", "lines"])
def value(request, secrets):
    secrets["API_KEY"] = request.param
    return request.param

async def test_compares(worker, value):
    text = await (await worker.fetch("/")).text()
    assert text == "something else"

async def test_compares_in_data(worker, value):
    text = await (await worker.fetch("/")).text()
    data = {{"headers": ["a", {{"authorization": "Bearer " + text}}], "n": list(range(50))}}
    assert data == {{"headers": ["a", {{"authorization": "Bearer x"}}], "n": []}}

async def test_raises(worker, value):
    raise ValueError(f"bad key {{value}}") from KeyError(value)

async def test_prints_and_logs(worker, value, record_property):
    print("printed", value)
    log.error("logged %s", value)
    log.warning("escaped %r", value)
    try:
        raise KeyError(value)
    except KeyError:
        log.exception("traced")
    warnings.warn("warned " + value)
    record_property("key", value)
    assert False

def test_skips(value):
    pytest.skip("because of " + value)

@pytest.mark.xfail(reason="known")
def test_is_expected_to_fail(value):
    raise AssertionError(value)

def test_fails_by_hand(value):
    pytest.fail("by hand " + value, pytrace=False)

async def test_in_the_background(worker, value):
    async def later():
        raise ValueError(value)
    worker.instance().ctx.waitUntil(later())

async def test_calls_out(worker, value):
    await worker.fetch("/out")

@pytest.fixture
def broken(value):
    yield
    raise RuntimeError("teardown " + value)

def test_teardown(broken):
    pass
"""
HANDLER = """
from workers import Response, WorkerEntrypoint, fetch

class Default(WorkerEntrypoint):
    async def fetch(self, request):
        key = await self.env.API_KEY.get()
        if "out" in request.url:
            await fetch("https://api.example/?key=" + key)
        return Response(key)
"""


def pieces(value: str) -> set[str]:
    """What must not show: the forms of a value, and any part of it long enough to matter."""
    data = value.encode()
    whole = {value, repr(value)[1:-1], json.dumps(value)[1:-1], quote(value, safe=""), data.hex()}
    whole |= {
        base64.b64encode(data).decode().rstrip("="),
        base64.urlsafe_b64encode(data).decode().rstrip("="),
    }
    whole.add("".join(quote(c) if c in "\"#<>' " else c for c in value))  # as the URL standard has it
    runs = {value[at : at + 24] for at in range(max(1, len(value) - 24))} if len(value) >= 48 else set()
    return whole | runs


def leaks(text: str) -> list[str]:
    return [piece for value in (CANARY, LONG, LINES) for piece in sorted(pieces(value)) if piece in text]


@pytest.mark.parametrize(
    "flags",
    [
        ("-l", "-rA", "-vv"),
        ("--tb=long", "-l", "-o", "log_cli=true", "-o", "log_cli_level=DEBUG", "-o", "log_file=run.log"),
        ("--tb=short",),
        ("--tb=native", "-o", "junit_logging=all"),
        ("--tb=line",),
    ],
    ids=lambda flags: flags[0].removeprefix("--"),
)
def test_no_value_shows_in_a_failing_run(project: Project, flags: tuple[str, ...]) -> None:
    project.write(src__entry=HANDLER, tests__test_worker=TESTS)
    ran = project.pytest(*flags, "--junitxml=report.xml", "-p", "no:randomly")
    assert "21 failed" in ran.outcomes and "3 xfailed" in ran.outcomes and "3 errors" in ran.outcomes, ran.out
    assert ran.out.count("***") > 20
    assert leaks(ran.out) == []
    report = (project.folder / "report.xml").read_text()
    assert leaks(report) == [] and leaks(shown_by(report)) == []
    log = project.folder / "run.log"
    if log.exists():
        assert "logged ***" in log.read_text() and leaks(log.read_text()) == []


def shown_by(report: str) -> str:
    """All text of an XML file, entities resolved."""
    root = ElementTree.fromstring(report)
    return "\n".join(
        "\n".join([*node.attrib.values(), node.text or "", node.tail or ""]) for node in root.iter()
    )


def test_no_value_shows_through_xdist(project: Project) -> None:
    project.write(src__entry=HANDLER, tests__test_worker=TESTS)
    ran = project.pytest("-n", "2", "-l", "--junitxml=report.xml", plugins=(*PLUGINS, "xdist"))
    assert "21 failed" in ran.outcomes, ran.out
    assert leaks(ran.out) == []
    assert leaks(shown_by((project.folder / "report.xml").read_text())) == []


def test_a_value_in_a_test_name_stays_out_of_the_xml(project: Project) -> None:
    project.write(
        tests__test_worker=f"""
        import pytest

        @pytest.mark.parametrize("key", [{"plain-canary-value"!r}])
        async def test_named(worker, secrets, key, record_xml_attribute):
            secrets["API_KEY"] = key
            await worker.fetch("/")
        """
    )
    ran = project.pytest("--junitxml=report.xml")
    assert "1 passed" in ran.outcomes, ran.out
    report = (project.folder / "report.xml").read_text()
    assert "plain-canary-value" not in report and "test_named[***]" in report


def test_these_tests_would_see_a_leak(project: Project) -> None:
    project.write(
        src__entry=HANDLER,
        tests__test_worker=TESTS,
        tests__conftest="""
        import sshim.testing.redact

        sshim.testing.redact.redact_report = lambda report, redaction: None
        sshim.testing.redact.Redaction.redact_xml = lambda self, text: text
        """,
    )
    ran = project.pytest("-l", "--junitxml=report.xml")
    assert len({piece for piece in leaks(ran.out)}) > 100
    assert CANARY in ran.out and LINES.splitlines()[3] in ran.out
    assert leaks(shown_by((project.folder / "report.xml").read_text()))


def test_values_of_a_developers_file_do_not_show_either(project: Project, tmp_path: Path) -> None:
    (tmp_path / "local.vars").write_text("TOKEN=dev-canary-value-1\n")
    project.write(
        tests__test_worker="""
        import pytest

        @pytest.mark.sshim(env_files=["../local.vars"])
        def test_it(env):
            assert env.TOKEN == "x"
        """
    )
    ran = project.pytest("-l", ini=PYTEST)
    assert "1 failed" in ran.outcomes and "assert '***' == 'x'" in ran.out
    assert "dev-canary-value-1" not in ran.out
