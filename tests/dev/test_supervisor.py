"""`sshim dev` from outside: reload, handover, crashes, endings."""

from __future__ import annotations

import http.client
import os
import signal
import threading
import time
from pathlib import Path

from sshim.dev.supervisor import STILLBORN
from tests.dev.running import PATIENCE, Project, Start, all_gone, entry, text
from tests.dev.stuck import ENDLESS, ask_and_forget, wait_until_busy
from tests.ports import free_port


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
    stuck = threading.Thread(target=ask_and_forget, args=(dev.url + "/loop",), daemon=True)
    stuck.start()
    wait_until_busy(dev.children())
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
    ask_and_forget(dev.url + "/die")
    dev.until("the Worker's process was ended by SIGKILL")
    dev.until("starting it again")
    assert dev.answers("here") == "here"


def test_a_worker_that_keeps_crashing_waits_for_a_change(start: Start, project: Project) -> None:
    project.entry.write_text(entry("os._exit(3)", "import os"))
    dev = start().ready()
    for number in range(4):
        ask_and_forget(dev.url)
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
