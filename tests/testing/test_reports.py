"""How a test that failed is reported."""

from __future__ import annotations

import re

from tests.testing.conftest import CONFIG, STORE, Project


def test_background_work_ends_with_the_test_and_fails_it(project: Project) -> None:
    project.write(
        src__entry="""
        import asyncio
        from workers import Response, WorkerEntrypoint

        done = []

        class Default(WorkerEntrypoint):
            async def fetch(self, request):
                async def later():
                    await asyncio.sleep(0.01)
                    done.append(request.url)
                    if "fail" in request.url:
                        raise ValueError("too late")
                self.ctx.waitUntil(later())
                return Response("now")
        """,
        tests__test_worker="""
        import entry

        async def test_first(worker):
            await worker.fetch("/one")
            assert entry.done == []

        def test_second(worker):
            assert entry.done == ["http://localhost/one"]
            worker.run(worker.fetch("/two"))

        def test_third():
            assert entry.done[1:] == ["http://localhost/two"]

        async def test_fails(worker):
            await worker.fetch("/fail")

        def test_fails_too(worker):
            worker.run(worker.fetch("/fail"))

        async def test_is_expected(worker):
            await worker.fetch("/fail")
            await worker.settle()
            assert [str(error) for error in worker.background_errors] == ["too late"]
        """,
    )
    ran = project.pytest()
    assert "2 failed, 4 passed" in ran.outcomes, ran.out
    assert ran.out.count("\nwork in the background failed: ValueError: too late\n") == 2
    assert ran.out.count('File "src/entry.py", line 13, in later') == 2
    assert "plugin.py" not in ran.out


def test_each_kind_of_bad_input_says_its_cause_first(project: Project) -> None:
    project.write(
        tests__test_worker="""
        import pytest

        async def test_unknown_binding(worker, secrets):
            secrets["API_KYE"] = "x"

        @pytest.mark.sshim(secret={"API_KEY": "x"})
        def test_unknown_option(worker):
            pass

        @pytest.mark.sshim(config="nowhere.toml")
        def test_no_file(worker):
            pass

        @pytest.mark.sshim(secrets={"NOPE": "x"})
        def test_unknown_seed(worker):
            pass

        @pytest.mark.sshim(env="prod")
        def test_unknown_environment(worker):
            pass

        @pytest.mark.sshim("wrangler.toml")
        def test_position(worker):
            pass

        async def test_unmatched(worker):
            await worker.fetch("/out")

        async def test_missing(worker):
            await worker.fetch("/")

        async def test_forgotten(worker):
            await worker.fetch("/forgotten")
        """,
        src__entry="""
        from workers import Response, WorkerEntrypoint, fetch

        class Default(WorkerEntrypoint):
            async def fetch(self, request):
                if "out" in request.url:
                    await fetch("https://api.example/v1?x=1", method="POST", body="b")
                if "forgotten" in request.url:
                    return Response(self.env.API_KEY.get())
                return Response(await self.env.API_KEY.get())
        """,
    )
    ran = project.pytest("--tb=short")
    assert "5 errors" in ran.outcomes and "4 failed" in ran.outcomes, ran.out
    firsts = re.findall(
        r"^_{3,} (?:ERROR at setup of )?(test_\w+) _{3,}\n(.*(?:\n    .*|\nE .*)*)", ran.out, re.M
    )
    said = dict(firsts)
    folder = project.folder
    assert said["test_unknown_option"].startswith("pytest.mark.sshim has no option 'secret'")
    assert said["test_no_file"] == f"there is no configuration {folder}/tests/nowhere.toml"
    assert said["test_unknown_seed"].startswith("wrangler.toml has no Secrets Store binding 'NOPE'")
    assert said["test_unknown_environment"] == (
        "wrangler.toml has no environment 'prod'; its environments are: none"
    )
    assert said["test_position"].startswith("pytest.mark.sshim takes keywords only")
    errors = re.findall(r"^E   (.+)$", ran.out, re.M)
    assert errors[0].endswith(
        "wrangler.toml has no Secrets Store binding 'API_KYE' (did you mean 'API_KEY'?); "
        "its bindings are API_KEY"
    )
    assert any(
        "the Worker called POST https://api.example/v1?x=1, which this test does not" in e for e in errors
    )
    assert any('Error: Secret "api-key" not found' in error for error in errors)
    assert any("env.API_KEY.get() was called without await at src/entry.py:9" in error for error in errors)
    assert "sshim/testing/" not in ran.out and "sshim/worker/" not in ran.out and "workers/" not in ran.out


def test_no_configuration_and_a_broken_handler(project: Project) -> None:
    (project.folder / "wrangler.toml").unlink()
    project.write(tests__test_worker="def test_it(worker): pass\n")
    ran = project.pytest()
    assert f"\nno wrangler configuration was found in {project.folder}/tests or above it" in ran.out
    assert "plugin.py" not in ran.out
    project.write(wrangler_toml=CONFIG, src__entry="import os\nimport stripe_not_installed\n")
    ran = project.pytest()
    assert (
        "\nthe Worker cannot be imported: ModuleNotFoundError: No module named 'stripe_not_installed' "
        "(src/entry.py:2:1)\n" in ran.out
    )
    assert 'File "src/entry.py", line 2, in <module>' in ran.out
    assert "plugin.py" not in ran.out and "importlib" not in ran.out
    project.write(wrangler_toml="name = \n")
    ran = project.pytest()
    assert "wrangler.toml:1:" in ran.out and "plugin.py" not in ran.out


def test_strict_names_near_matches(project: Project) -> None:
    project.write(
        tests__test_worker=f"""
        import pytest

        pytestmark = pytest.mark.sshim(strict=True)

        async def test_near(worker, secrets):
            secrets.store("{STORE}")["api_key"] = "x"
            try:
                await worker.fetch("/")
            except Exception:
                pass

        async def test_fine(worker, secrets):
            secrets["API_KEY"] = "x"
            await worker.fetch("/")

        async def test_missing_on_purpose(worker, secrets):
            secrets.missing("API_KEY")
            with pytest.raises(Exception, match="not found"):
                await worker.fetch("/")
        """
    )
    ran = project.pytest()
    assert "1 failed, 2 passed" in ran.outcomes, ran.out
    assert "this test seeds no secret 'api-key'" in ran.out and "(did you mean 'api_key'?)" in ran.out


def test_an_async_test_that_nothing_runs_says_what_does(project: Project) -> None:
    project.write(tests__test_entry="async def test_it(worker):\n    pass\n")
    ran = project.pytest("tests", ini="[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    assert "1 failed" in ran.outcomes
    assert "the test is async, and nothing runs such tests here" in ran.out
    assert 'Try: asyncio_mode = "auto"' in ran.out and "natively" not in ran.out
