"""What each kind of reference gives, and what is said when it gives nothing."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sshim.errors import InvalidValue, SshimError, TransferError, ValueTooLong
from sshim.transfer.references import Resolver, argv, parse_reference

CANARY = "c4nary-6f1d-value"
FOLDER = Path("/project")


def resolver(folder: Path, **more: object) -> Resolver:
    environ = {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "KEY": CANARY, "EMPTY": " "}
    return Resolver(environ, folder, **more)  # type: ignore[arg-type]


def get(folder: Path, text: str, **more: object) -> str:
    return resolver(folder, **more).resolve(parse_reference(text), "the-name").reveal()


def refused(folder: Path, text: str, **more: object) -> SshimError:
    with pytest.raises(SshimError) as caught:
        get(folder, text, **more)
    error = caught.value
    assert CANARY not in f"{error.message} {error.hint}" and error.hint
    return error


Tool = Callable[[str, str], Path]


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    """A program on the PATH that runs these lines of Python."""

    def make(name: str, lines: str) -> Path:
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{lines}\n")
        path.chmod(0o755)
        return path

    return make


def test_a_variable(tmp_path: Path) -> None:
    assert get(tmp_path, "env:KEY") == CANARY
    for name in ("NOPE", "EMPTY"):
        error = refused(tmp_path, f"env:{name}")
        assert error.message == f"the variable {name} is not set" and error.hint == f"export {name}=…"


def test_a_file_counts_from_the_manifest_and_loses_its_last_line_end(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(f"{CANARY}\nsecond\n\n")
    assert get(tmp_path, "file:key.pem") == f"{CANARY}\nsecond"
    assert get(tmp_path, f"file:{tmp_path / 'key.pem'}") == f"{CANARY}\nsecond"


def test_files_that_cannot_be_a_value(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "binary").write_bytes(b"\xff\xfe" + CANARY.encode())
    (tmp_path / "empty").write_text("\n")
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(100 << 20)
    assert "No such file" in refused(tmp_path, "file:nope").message
    assert "it is not a plain file" in refused(tmp_path, "file:pipe").message
    assert "it is not a plain file" in refused(tmp_path, "file:/dev/zero").message
    assert "it is a folder" in refused(tmp_path, f"file:{tmp_path}").message
    assert isinstance(refused(tmp_path, "file:binary"), InvalidValue)
    assert isinstance(refused(tmp_path, "file:empty"), InvalidValue)
    assert isinstance(refused(tmp_path, "file:huge"), ValueTooLong)


def test_generated_values_differ_and_have_their_form(tmp_path: Path) -> None:
    known = resolver(tmp_path)
    reference = parse_reference("generate:hex32")
    values = {known.resolve(reference, "n").reveal() for _ in range(3)}
    assert len(values) == 3 and all(len(bytes.fromhex(value)) == 32 for value in values)
    assert len(get(tmp_path, "generate:uuid")) == 36


def test_a_prompt_asks_with_its_question_or_the_name(tmp_path: Path) -> None:
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return f"{CANARY} \n"

    assert get(tmp_path, "prompt:", ask=ask) == get(tmp_path, "prompt:Key of the shop", ask=ask) == CANARY
    assert asked == ["Value for the-name: ", "Key of the shop: "]
    assert "at a terminal" in refused(tmp_path, "prompt:").message
    assert "nothing was entered" in refused(tmp_path, "prompt:", ask=lambda _: "").message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("op://Team/my item/key", ["op", "read", "--no-newline", "op://Team/my item/key"]),
        ("doppler:A_KEY", ["doppler", "secrets", "get", "A_KEY", "--plain"]),
        (
            "doppler:shop/dev_me/A_KEY",
            ["doppler", "secrets", "get", "A_KEY", "--plain", "--project=shop", "--config=dev_me"],
        ),
        (
            "sops:s.yaml#db.0.pass\"]['x",
            ["sops", "--decrypt", "--extract", '["db"][0]["pass\\"][\'x"]', "/project/s.yaml"],
        ),
        ("cmd:pass show 'a b;c' $X", ["pass", "show", "a b;c", "$X"]),
    ],
)
def test_a_program_gets_its_arguments_as_a_list(text: str, expected: list[str]) -> None:
    assert argv(parse_reference(text), FOLDER) == expected


@pytest.mark.parametrize("text", ["op://Team/item/key", "doppler:A_KEY", "sops:f#k"])
def test_each_tool_is_asked_and_told_from_one_that_is_missing(tmp_path: Path, tool: Tool, text: str) -> None:
    name = text.partition(":")[0]
    none = Resolver({"PATH": str(tmp_path)}, tmp_path)
    with pytest.raises(TransferError, match=f"the program {name} is not there") as caught:
        none.resolve(parse_reference(text), "n")
    assert caught.value.hint is not None and "https://" in caught.value.hint
    tool(name, f"print({CANARY!r})")
    assert get(tmp_path, text) == CANARY


def test_nothing_is_run_by_a_shell(tmp_path: Path, tool: Tool) -> None:
    tool("show", "print(sys.argv[1:])")
    text = "cmd:show ';' 'touch made' $(touch made) `touch made` '|' >made"
    assert "touch made" in get(tmp_path, text, commands=True)
    assert not (tmp_path / "made").exists()


def test_commands_are_off_unless_allowed(tmp_path: Path, tool: Tool) -> None:
    tool("show", f"open('ran', 'w'); print({CANARY!r})")
    error = refused(tmp_path, "cmd:show")
    assert error.hint == "--allow-commands" and not (tmp_path / "ran").exists()
    assert get(tmp_path, "cmd:show", commands=True) == CANARY
    assert (tmp_path / "ran").exists()


def test_a_program_named_with_a_folder_counts_from_the_manifest(tmp_path: Path, tool: Tool) -> None:
    tool("show", f"print({CANARY!r})")
    assert get(tmp_path, "cmd:./bin/show", commands=True) == CANARY
    assert "is not there" in refused(tmp_path, "cmd:./show", commands=True).message


def test_a_reference_that_stands_twice_is_asked_for_once(tmp_path: Path, tool: Tool) -> None:
    tool("op", f"open('count', 'a').write('x'); print({CANARY!r})")
    known = resolver(tmp_path)
    for name in ("a", "b"):
        assert known.resolve(parse_reference("op://v/i/f"), name).reveal() == CANARY
    assert (tmp_path / "count").read_text() == "x"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (f"print({CANARY!r}); sys.stderr.write({CANARY!r}); sys.exit(3)", "op failed with exit code 3"),
        (f"print({CANARY!r}); os.kill(os.getpid(), 9)", "op failed with exit code -9"),
        (f"os.write(1, b'\\xff' + {CANARY.encode()!r})", "op://v/i/f holds no UTF-8 text"),
        ("pass", "op://v/i/f gave nothing"),
        (f"print({CANARY!r} * 9000)", "the limit"),
    ],
    ids=["failing", "killed", "binary", "silent", "long"],
)
def test_a_program_that_fails_is_told_without_what_it_wrote(
    tmp_path: Path, tool: Tool, lines: str, message: str
) -> None:
    tool("op", lines)
    known = resolver(tmp_path)
    with pytest.raises(SshimError) as caught:
        value = known.resolve(parse_reference("op://v/i/f"), "n")
        from sshim.model import check_value

        check_value(value.reveal())
    assert message in caught.value.message
    assert CANARY not in f"{caught.value.message} {caught.value.hint}"


def test_a_program_that_prints_without_end_is_ended(tmp_path: Path, tool: Tool) -> None:
    tool("op", "open('pid', 'w').write(str(os.getpid()))\nwhile True: os.write(1, b'x' * 65536)")
    assert isinstance(refused(tmp_path, "op://v/i/f"), ValueTooLong)
    assert not _alive(int((tmp_path / "pid").read_text()))


def test_a_program_that_hangs_is_ended(tmp_path: Path, tool: Tool) -> None:
    tool("op", "open('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)")
    started = time.monotonic()
    error = refused(tmp_path, "op://v/i/f", seconds=2)
    assert error.message == "op://v/i/f gave no answer within 2 seconds"
    assert error.hint == "run it yourself: op read --no-newline op://v/i/f"
    assert time.monotonic() - started < 60
    if (tmp_path / "pid").exists():
        assert not _alive(int((tmp_path / "pid").read_text()))


def test_a_grandchild_that_keeps_the_pipe_open_holds_nobody_up(tmp_path: Path, tool: Tool) -> None:
    tool(
        "op",
        f"print({CANARY!r}, flush=True)\nif os.fork() == 0:\n"
        "    open('new', 'w').write(str(os.getpid())); os.rename('new', 'pid'); time.sleep(60)",
    )
    error = refused(tmp_path, "op://v/i/f", seconds=2)
    assert "gave no answer" in error.message
    if (tmp_path / "pid").exists():  # it had come so far
        os.kill(int((tmp_path / "pid").read_text()), 9)


def test_a_program_gets_nothing_to_read(tmp_path: Path, tool: Tool) -> None:
    tool("op", "print('read', repr(sys.stdin.read()))")
    assert get(tmp_path, "op://v/i/f") == "read ''"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
