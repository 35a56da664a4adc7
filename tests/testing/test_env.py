"""`env` of a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.testing.conftest import CONFIG, HEAD, STORE, Serve


async def test_env_is_read_and_changed_for_the_events_that_follow(serve: Serve) -> None:
    source = HEAD + (
        "from workers import env\n"
        "class Default(WorkerEntrypoint):\n"
        "    async def fetch(self, request):\n"
        "        db = await self.env.DB.get('x') if hasattr(self.env, 'DB') else None\n"
        "        return Response.json([self.env.GREETING, env.GREETING, db, self.env.LIMITS.to_py()])\n"
    )

    class Fake:
        async def get(self, key: str) -> str:
            return f"fake {key}"

    config = CONFIG.replace("vars = {", "vars = { LIMITS = { rate = 5 },")
    async with serve(source, config=config) as worker:
        assert worker.env.GREETING == "Hello" and worker.env.LIMITS.rate == 5
        assert await (await worker.fetch("/")).json() == ["Hello", "Hello", None, {"rate": 5}]
        worker.env.GREETING = "Hi"
        worker.env.DB = Fake()
        worker.env.LIMITS = {"rate": [1, 2]}
        assert await (await worker.fetch("/")).json() == ["Hi", "Hi", "fake x", {"rate": [1, 2]}]
        del worker.env.DB
        assert (await (await worker.fetch("/")).json())[2] is None
        assert set(dir(worker.env)) == {"API_KEY", "GREETING", "LIMITS"}
        with pytest.raises(AttributeError):
            worker.env.NOTHING  # noqa: B018
    async with serve(source, config=config, vars={"GREETING": "Hey"}, bindings={"DB": Fake()}) as worker:
        assert await (await worker.fetch("/")).json() == ["Hey", "Hey", "fake x", {"rate": 5}]
    async with serve(source, config=config) as worker:
        assert await (await worker.fetch("/")).json() == ["Hello", "Hello", None, {"rate": 5}]


async def test_secrets_of_module_level_env_are_those_of_the_test_that_runs(serve: Serve) -> None:
    source = HEAD + (
        "from workers import env\n"
        "KEY = env.API_KEY\n"
        "class Default(WorkerEntrypoint):\n"
        "    async def fetch(self, request):\n"
        "        return Response(await KEY.get())\n"
    )
    for value in ("one", "two"):
        async with serve(source, secrets={"API_KEY": value}) as worker:
            assert await (await worker.fetch("/")).text() == value
    async with (
        serve(secrets={"API_KEY": "a"}, source=source) as first,
        serve(source, secrets={"API_KEY": "b"}) as second,
    ):
        assert await (await first.fetch("/")).text() == "a"
        assert await (await second.fetch("/")).text() == "b"


async def test_a_named_environment_has_its_own_bindings(serve: Serve) -> None:
    config = (
        CONFIG
        + '[env.stg]\nvars = { GREETING = "Staging" }\n[[env.stg.secrets_store_secrets]]\n'
        + (f'binding = "API_KEY"\nstore_id = "{STORE}"\nsecret_name = "stg-key"\n')
    )
    async with serve(config=config, env="stg", secrets={"API_KEY": "s"}) as worker:
        assert await (await worker.fetch("/")).text() == "Staging s"
        assert worker.secrets.store(STORE)["stg-key"] == "s"
    async with serve(config=config, secrets={"API_KEY": "t"}) as worker:
        assert await (await worker.fetch("/")).text() == "Hello t"


async def test_a_developers_own_values_are_read_only_when_named(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / ".dev.vars").write_text("GREETING=private\n")
    (tmp_path / "test.vars").write_text("GREETING=shared\n")
    async with serve(secrets={"API_KEY": "k"}) as worker:
        assert await (await worker.fetch("/")).text() == "Hello k"
    async with serve(secrets={"API_KEY": "k"}, env_files=[tmp_path / "test.vars"]) as worker:
        assert await (await worker.fetch("/")).text() == "shared k"
