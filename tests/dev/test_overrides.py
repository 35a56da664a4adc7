"""Values for one run, seen from outside."""

from __future__ import annotations

from tests.dev.running import CONFIG, Project, Start, entry

STORE = "0123456789abcdef0123456789abcdef"
BINDINGS = "".join(
    f'\n[[secrets_store_secrets]]\nbinding = "{name}"\nstore_id = "{STORE}"\nsecret_name = "{name.lower()}"\n'
    for name in ("ONE", "TWO")
)
HANDLER = 'return Response(f"{await self.env.ONE.get()} {await self.env.TWO.get()}")'
MANIFEST = "version: 1\nsecrets:\n  - {binding: ONE, from: 'env:FIRST'}\n"


def test_they_are_served_across_reloads_and_never_reach_the_disk(project: Project, start: Start) -> None:
    project.entry.write_text(entry(HANDLER))
    project.config.write_text(CONFIG + BINDINGS)
    (project.folder / "s.yaml").write_text(MANIFEST)
    project.sshim("secret", "set", "ONE", value="one of the store")
    flags = ("--seed", "s.yaml", "--secret", "TWO=env:SECOND")
    dev = start(*flags, FIRST="first-in-memory", SECOND="second-in-memory").ready()
    assert dev.get("/") == (200, "first-in-memory second-in-memory")
    assert "missing" not in dev.out
    project.entry.write_text(entry(HANDLER.replace('return Response(f"', 'return Response(f"again ')))
    dev.until("reloaded")
    assert dev.get("/") == (200, "again first-in-memory second-in-memory")
    assert project.sshim("export", STORE, "--reveal", "--yes").count("one of the store") == 1
    held = [path.read_bytes() for path in project.home.rglob("*") if path.is_file()]
    assert held and not any(b"in-memory" in data for data in held)


def test_a_stand_in_takes_the_place_of_a_secret_that_is_missing(project: Project, start: Start) -> None:
    project.entry.write_text(entry("return Response(await self.env.ONE.get())"))
    project.config.write_text(CONFIG + BINDINGS.replace('"TWO"', '"ONE_MORE"'))
    (project.folder / "mine.py").write_text(
        "class Mine:\n    async def get(self):\n        return 'of mine'\n"
    )
    dev = start("--strict", "--bind", "ONE=mine:Mine", "--bind", "ONE_MORE=mine:Mine").ready()
    assert dev.get() == (200, "of mine")
    assert dev.out.count("supplied by you") == 2 and "missing" not in dev.out + dev.err
