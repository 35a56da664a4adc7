"""What `sshim dev` remembers of the bindings it has served."""

from __future__ import annotations

from sshim.control import ControlPlane
from sshim.model import Actor
from sshim.store.open import open_store, store_options
from tests.dev.running import Project, Start

STORE = "0123456789abcdef0123456789abcdef"


def binding(name: str, secret: str) -> str:
    return (
        f'\n[[secrets_store_secrets]]\nbinding = "{name}"\nstore_id = "{STORE}"\nsecret_name = "{secret}"\n'
    )


def remembered(project: Project) -> list[tuple[str, str | None, str, str, str]]:
    # the key is where the machine of this test run keeps it
    machine = {**project.environ(), "XDG_DATA_HOME": str(project.home / ".local" / "share")}
    store = open_store(store_options(machine))
    try:
        usages = ControlPlane(store, actor=Actor("reporter")).list_usages()
    finally:
        store.close()
    return sorted((u.worker, u.environment, u.binding, u.secret_name, u.config_path) for u in usages)


def test_bindings_are_remembered_as_the_configuration_has_them_now(start: Start, project: Project) -> None:
    config, plain = str(project.config), project.config.read_text()
    project.config.write_text(plain + binding("A", "one") + binding("B", "two"))
    dev = start().ready()
    assert remembered(project) == [("w", None, "A", "one", config), ("w", None, "B", "two", config)]
    project.config.write_text(plain + binding("A", "other"))
    dev.until("^reloaded wrangler.toml")
    assert remembered(project) == [("w", None, "A", "other", config)]
