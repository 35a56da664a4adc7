"""`sshim dev` from outside: reload, handover, crashes, endings."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sshim.dev.supervisor import STILLBORN
from tests.dev.running import PATIENCE, Project, Start, all_gone, entry, text
from tests.ports import free_port
from tests.settling import seen

ENDLESS = entry(
    """if request.url.endswith("/loop"):
    while True:
        pass
return Response("one")"""
)


def test_the_ready_line_tells_where_it_answers(start: Start) -> None:
    dev = start().ready()
    assert dev.get() == (200, "one")
    dev.until(r"^GET / 200 OK \(\d+ms\)$")
    assert dev.err == ""


def test_both_loopback_addresses_answer(start: Start) -> None:
    dev = start().ready()
    port = urlsplit(dev.url).port
    for address in ("127.0.0.1", "localhost", "[::1]"):
        dev.url = f"http://{address}:{port}"
        assert dev.get() == (200, "one")


def test_saving_the_source_is_what_the_next_request_meets(start: Start, project: Project) -> None:
    dev = start().ready()
    for number in range(3):
        project.entry.write_text(text(f"edit {number}"))
        dev.until(r"^reloaded src/entry.py \(\d+ ms\)$", count=number + 1)
        assert dev.get() == (200, f"edit {number}")


def test_a_module_beside_the_main_one_is_reloaded_too(start: Start, project: Project) -> None:
    (project.folder / "src" / "words.py").write_text("WORD = 'a'\n")
    project.entry.write_text(entry("return Response(WORD)", "from words import WORD"))
    dev = start().ready()
    assert dev.get() == (200, "a")
    (project.folder / "src" / "words.py").write_text("WORD = 'b'\n")
    dev.until(r"^reloaded src/words.py")
    assert dev.get() == (200, "b")


def test_saving_the_config_or_dev_vars_changes_env(start: Start, project: Project) -> None:
    project.entry.write_text(entry('return Response(getattr(self.env, "WHO", "nobody"))'))
    dev = start().ready()
    assert dev.get() == (200, "nobody")
    project.config.write_text(project.config.read_text() + '[vars]\nWHO = "config"\n')
    dev.until("^reloaded wrangler.toml")
    assert dev.get() == (200, "config")
    dev.until(r'env\.WHO \("config"\)')
    (project.folder / ".dev.vars").write_text("WHO=dev-vars-value\n")
    dev.until("^reloaded .dev.vars")
    assert dev.get() == (200, "dev-vars-value")
    assert "dev-vars-value" not in dev.out + dev.err


def test_a_broken_edit_leaves_the_last_good_worker_serving(start: Start, project: Project) -> None:
    dev = start().ready()
    project.entry.write_text("def fetch(request:\n    pass\n")
    dev.until("last good version")
    dev.until(r"^error: src/entry.py:1:10: SyntaxError: '\(' was never closed")
    assert "  1 | def fetch(request:\n    |          ^\n" in dev.err
    assert dev.get() == (200, "one")
    project.entry.write_text(text("mended"))
    dev.until("^reloaded")
    assert dev.get() == (200, "mended")


def test_an_import_error_names_the_line_of_the_user(start: Start, project: Project) -> None:
    dev = start().ready()
    project.entry.write_text("import json\n\nvalue = json.loads('{')\n")
    dev.until("^error: src/entry.py:3:1: .*JSONDecodeError")
    dev.until("last good version")
    assert "sshim/" not in dev.err and "importlib" not in dev.err


def test_a_broken_config_leaves_the_last_good_worker_serving(start: Start, project: Project) -> None:
    dev = start().ready()
    good = project.config.read_text()
    broken = {
        "^error: wrangler.toml:": good + "x = [\n",
        '^error: .* Expected "dev.port"': good + 'dev.port = "x"\n',
    }
    for count, (said, content) in enumerate(broken.items(), 1):
        project.config.write_text(content)
        dev.until(said)
        dev.until("last good version", count=2 * count - 1)
        assert dev.get() == (200, "one")
        project.config.unlink()
        dev.until("wrangler.toml is gone", count=count)
        dev.until("last good version", count=2 * count)
        assert dev.get() == (200, "one")
        project.config.write_text(good)
        dev.until("^reloaded wrangler.toml", count=count)


def test_an_environment_chosen_in_dotenv_is_followed(start: Start, project: Project) -> None:
    project.entry.write_text(entry('return Response(getattr(self.env, "WHO", "nobody"))'))
    project.config.write_text(project.config.read_text() + '[env.stg.vars]\nWHO = "stg"\n')
    dev = start().ready()
    assert dev.get() == (200, "nobody")
    (project.folder / ".env").write_text("CLOUDFLARE_ENV=stg\n")
    dev.until("^reloaded .env")
    assert dev.get() == (200, "stg")


def test_once_a_reload_is_told_of_no_answer_is_of_the_old_code(start: Start, project: Project) -> None:
    dev = start().ready()
    for count in range(1, 6):
        kept = http.client.HTTPConnection("localhost", int(dev.url.rpartition(":")[2]), timeout=PATIENCE)
        kept.request("GET", "/")
        before = kept.getresponse().read().decode()
        project.entry.write_text(text(f"edit {count}"))
        dev.until("reloaded", count=count)
        assert dev.get() == (200, f"edit {count}")
        try:
            kept.request("GET", "/")
            assert kept.getresponse().read().decode() != before
        except ConnectionError:
            pass  # closed, as a kept connection may be at any time
        kept.close()


def test_a_worker_broken_from_the_start_says_so_until_it_is_mended(start: Start, project: Project) -> None:
    project.entry.write_text("import nothing_of_that_name\n")
    dev = start()
    dev.until("waiting for a change")
    assert "Ready on" not in dev.out
    project.entry.write_text(text("mended"))
    dev.ready()
    assert dev.get() == (200, "mended")


def test_while_there_is_no_worker_requests_are_told_why(start: Start, project: Project) -> None:
    project.entry.write_text("import nothing_of_that_name\n")
    port = free_port()
    dev = start(port=port)
    dev.url = f"http://127.0.0.1:{port}"
    dev.until("waiting for a change")
    status, body = dev.get()
    assert status == 500 and body.startswith("src/entry.py:1:1: ModuleNotFoundError")
    status, page = dev.get(Accept="text/html")
    assert status == 500 and "<title>" in page and "nothing_of_that_name" in page


def test_an_endless_loop_is_replaced_by_the_next_edit(start: Start, project: Project) -> None:
    project.entry.write_text(ENDLESS)
    dev = start().ready()
    assert dev.get() == (200, "one")
    stuck = threading.Thread(target=_ask_and_forget, args=(dev.url + "/loop",), daemon=True)
    stuck.start()
    _wait_until_busy(dev.children())
    project.entry.write_text(text("freed"))
    dev.until("^reloaded")
    assert dev.get() == (200, "freed")
    dev.until("still busy and has been ended")
    stuck.join(PATIENCE)
    assert not stuck.is_alive()


def test_open_requests_end_with_the_code_that_began_them(start: Start, project: Project) -> None:
    project.entry.write_text(
        entry('print("begun")\nawait asyncio.sleep(0.6)\nreturn Response("old")', "import asyncio")
    )
    dev = start().ready()
    answers: list[tuple[int, str]] = []
    asking = threading.Thread(target=lambda: answers.append(dev.get()))
    asking.start()
    dev.until("^begun$")
    project.entry.write_text(text("new"))
    dev.until("^reloaded")
    assert dev.get() == (200, "new")
    asking.join(PATIENCE)
    assert answers == [(200, "old")]


def test_no_connection_is_dropped_while_workers_change(start: Start, project: Project) -> None:
    dev = start().ready()
    failures: list[BaseException] = []
    answers: list[str] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                answers.append(dev.get()[1])
            except Exception as error:
                failures.append(error)
                return

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    for number in range(5):
        project.entry.write_text(text(f"version {number}"))
        dev.until("^reloaded", count=number + 1)
    dev.answers("version 4")
    time.sleep(0.1)
    done.set()
    for thread in asking:
        thread.join(PATIENCE)
    assert failures == []
    assert {"one", "version 0", "version 4"} <= set(answers)


def test_a_warning_of_the_interpreter_is_a_line_that_names_no_file_of_ours(
    start: Start, project: Project
) -> None:
    project.entry.write_text(
        entry("return Response(forgotten())") + "\nasync def forgotten():\n    return 'one'\n"
    )
    dev = start().ready()
    assert dev.get()[0] == 500
    dev.until(r"^warning: RuntimeWarning: coroutine 'forgotten' was never awaited$")
    assert "sshim/" not in dev.err


def test_a_crash_is_started_again_at_once(start: Start, project: Project) -> None:
    project.entry.write_text(
        entry('if "die" in request.url:\n    os.kill(os.getpid(), 9)\nreturn Response("here")', "import os")
    )
    dev = start().ready()
    _ask_and_forget(dev.url + "/die")
    dev.until("the Worker's process was ended by SIGKILL")
    dev.until("starting it again")
    assert dev.answers("here") == "here"


def test_a_worker_that_keeps_crashing_waits_for_a_change(start: Start, project: Project) -> None:
    project.entry.write_text(entry("os._exit(3)", "import os"))
    dev = start().ready()
    for number in range(4):
        _ask_and_forget(dev.url)
        dev.until("the Worker's process exited with code 3", count=number + 1)
    dev.until("waiting for a change")
    assert dev.answers("exited with code 3")
    project.entry.write_text(text("calm"))
    dev.until("^reloaded")
    assert dev.get() == (200, "calm")


def test_a_warm_process_that_is_killed_is_replaced(start: Start) -> None:
    dev = start().ready()
    before = dev.children()
    os.kill(before[0], signal.SIGKILL)
    dev.until("was ended from outside")
    assert dev.answers("one") == "one"
    assert all_gone(before)


def test_warm_processes_that_cannot_start_end_it_instead_of_being_started_for_ever(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "sitecustomize.py").write_text(
        "import os, sys\nif any('sshim.dev.warm' in word for word in sys.orig_argv):\n    os._exit(3)\n"
    )
    dev = start(PYTHONPATH=str(tmp_path / "broken"))
    dev.until("ends as soon as it is started")
    assert dev.wait() == 1
    assert dev.err.count("was ended from outside") == STILLBORN


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_with_code_0_and_nothing_is_left(start: Start, number: int) -> None:
    dev = start().ready()
    children = dev.children()
    assert len(children) == 2
    assert dev.stop(number) == 0
    assert all_gone(children)


WORKS_ON = entry(
    'self.ctx.waitUntil(later())\nreturn Response("answered")',
    'import asyncio\n\nasync def later():\n    await asyncio.sleep(0.2)\n    print("work done")\n',
)
"""Goes on for a moment after it has answered."""


def test_background_work_is_finished_before_the_end(start: Start, project: Project) -> None:
    project.entry.write_text(WORKS_ON)
    dev = start().ready()
    assert dev.get() == (200, "answered")
    assert dev.stop(signal.SIGINT) == 0
    assert "work done" in dev.out


@pytest.mark.parametrize(
    ("own", "of_the_group"), [(signal.SIGTERM, signal.SIGHUP), (signal.SIGHUP, signal.SIGTERM)]
)
def test_a_signal_to_the_whole_group_ends_it_as_gently(
    start: Start, project: Project, own: int, of_the_group: int
) -> None:
    project.entry.write_text(WORKS_ON)
    dev = start(detached=True).ready()
    assert dev.get() == (200, "answered")
    dev.signal(signal.SIGSTOP)  # so that it hears both at once, however late the second is sent
    dev.signal(own)  # `timeout` tells the process and its group
    os.killpg(dev.pid, of_the_group)
    dev.signal(signal.SIGCONT)
    assert dev.wait() == 0
    assert "work done" in dev.out
    assert "ended" not in dev.err


def test_a_program_that_a_handler_starts_can_be_told_to_end(start: Start, project: Project) -> None:
    project.entry.write_text(
        entry(
            'program = subprocess.Popen(["sleep", "60"])\nprogram.terminate()\n'
            "return Response(str(program.wait(10)))",
            "import subprocess",
        )
    )
    assert start().ready().get() == (200, str(-signal.SIGTERM))


def test_the_end_waits_neither_for_endless_work_nor_for_an_endless_loop(
    start: Start, project: Project
) -> None:
    project.entry.write_text(ENDLESS)
    dev = start().ready()
    threading.Thread(target=_ask_and_forget, args=(dev.url + "/loop",), daemon=True).start()
    _wait_until_busy(dev.children())
    children = dev.children()
    assert dev.stop(signal.SIGTERM) == 0
    assert all_gone(children)


def test_a_second_signal_ends_it_at_once(start: Start, project: Project) -> None:
    project.entry.write_text(
        entry(
            'self.ctx.waitUntil(asyncio.sleep(600))\nreturn Response("answered")',
            "import asyncio",
        )
    )
    dev = start(terminal=True).ready()
    dev.until("press h")
    dev.get()
    children = dev.children()
    dev.signal(signal.SIGINT)
    assert seen(dev.echoes)  # it has heard the first one
    time.sleep(0.1)  # two at once are one signal
    dev.signal(signal.SIGTERM)
    assert dev.wait() == 130
    assert all_gone(children)


def test_nothing_outlives_a_supervisor_that_is_killed(start: Start, project: Project) -> None:
    project.entry.write_text(ENDLESS)
    dev = start().ready()
    threading.Thread(target=_ask_and_forget, args=(dev.url + "/loop",), daemon=True).start()
    _wait_until_busy(dev.children())
    children = dev.children()
    assert len(children) == 2
    assert dev.stop(signal.SIGKILL) == -signal.SIGKILL
    assert all_gone(children)


def test_a_taken_port_that_was_asked_for_is_exit_code_1(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        dev = start(port=port)
        assert dev.wait() == 1
    assert f"Address already in use (127.0.0.1:{port})" in dev.err
    assert f"Try: --port {port + 1}" in dev.err
    assert "Traceback" not in dev.err


@pytest.mark.parametrize("flags", [(), ("--no-reload",)])
def test_no_configuration_is_exit_code_2(start: Start, project: Project, flags: tuple[str, ...]) -> None:
    project.config.unlink()
    dev = start(*flags)
    assert dev.wait() == 2
    assert "there is no wrangler.toml, wrangler.json or wrangler.jsonc in " in dev.err
    assert "Try: sshim init" in dev.err


def test_a_configuration_that_cannot_be_read_is_exit_code_2(start: Start, project: Project) -> None:
    project.config.write_text("name = [\n")
    dev = start()
    assert dev.wait() == 2
    assert "wrangler.toml:" in dev.err and "Traceback" not in dev.err


def test_a_second_program_takes_the_next_port(start: Start) -> None:
    first, second = start(port=None).ready(), start(port=None).ready()
    assert first.url != second.url
    port = second.url.rpartition(":")[2]
    assert f"port 8787 is taken, so the Worker is served on {port}\n" in second.out
    assert first.get() == second.get() == (200, "one")


def test_json_lines_are_one_object_each(start: Start) -> None:
    import json

    dev = start("--log-format", "json")
    dev.url = dev.until(r'"url": "(\S+)"')
    dev.get("/path")
    dev.until('"event": "request"')
    assert dev.stop() == 0
    events = [json.loads(line)["event"] for line in dev.out.splitlines()]
    assert events == ["ready", "request"]
    assert dev.err == ""


def _ask_and_forget(url: str) -> None:
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=PATIENCE)
    try:
        connection.request("GET", where.path or "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()


def _wait_until_busy(pids: list[int]) -> None:
    """Until one of these processes has burnt 0.2 s of CPU since the call."""

    def ticks() -> int:
        total = 0
        for pid in pids:
            with open(f"/proc/{pid}/stat") as stat:
                fields = stat.read().rpartition(")")[2].split()
            total += int(fields[11])
        return total

    before, deadline = ticks(), time.monotonic() + PATIENCE
    while ticks() - before < 20:
        assert time.monotonic() < deadline, "nothing is busy"
        time.sleep(0.02)
