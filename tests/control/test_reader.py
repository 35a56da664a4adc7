"""What a Worker reads, and what the audit log says of it."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator

import pytest

from sshim.control import ControlPlane
from sshim.control.reader import Reader
from sshim.errors import PermissionDenied, SecretNotFound, StoreError, StoreFull, UsageError
from sshim.model import Actor, AuditEvent, SecretValue, new_secret
from sshim.redaction import Redactor
from sshim.store.disk import Disk
from sshim.store.open import StoreOptions, open_store, store_options
from tests.control.conftest import SUPER, Clock

Readers = Callable[..., Reader]


@pytest.fixture
def plane(plane: ControlPlane) -> ControlPlane:
    plane.create_secrets("main", [new_secret("KEY", "the value of it", ("workers",))])
    return plane


@pytest.fixture
def readers(plane: ControlPlane) -> Iterator[Readers]:
    made: list[Reader] = []

    def reader(**more: object) -> Reader:
        made.append(plane.reader(worker="web", environment="staging", **more))  # type: ignore[arg-type]
        return made[-1]

    yield reader
    for each in made:
        each.close()


def accesses(plane: ControlPlane) -> list[AuditEvent]:
    return plane.audit(action="access", direction="asc")


async def test_an_access_is_recorded_with_worker_environment_and_binding(
    plane: ControlPlane, readers: Readers
) -> None:
    reader = readers()
    await reader.read("main", "KEY", "workers", binding="API_KEY")
    reader.close()
    [event] = accesses(plane)
    assert event.result and event.actor.interface == "worker"
    assert event.resource_id == plane.find_secret("main", "KEY").id
    assert event.metadata == {
        "worker": "web", "environment": "staging", "binding": "API_KEY", "scope": "workers",
        "store_id": "main", "name": "KEY",
    }  # fmt: skip


async def test_reads_of_one_minute_are_one_record_for_each_binding(
    plane: ControlPlane, readers: Readers, clock: Clock
) -> None:
    reader = readers()
    for binding in ("ONE", "ONE", "TWO", "ONE"):
        await reader.read("main", "KEY", "workers", binding=binding)
    clock.move(minutes=1)
    await reader.read("main", "KEY", "workers", binding="ONE")
    reader.close()
    assert [event.metadata["binding"] for event in accesses(plane)] == ["ONE", "TWO", "ONE"]


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_strict_reader_has_recorded_each_read_when_it_returns(
    plane: ControlPlane, readers: Readers, at_once: bool
) -> None:
    reader = readers(strict=True)
    for done in range(1, 4):
        if at_once:
            reader.read_now("main", "KEY", "workers")
        else:
            await reader.read("main", "KEY", "workers")
        assert len(accesses(plane)) == done


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_reader_may_record_the_first_read_of_a_minute_before_it_returns(
    plane: ControlPlane, readers: Readers, clock: Clock, at_once: bool
) -> None:
    reader = readers(ahead=True)
    for done in (1, 1, 1, 2):
        clock.move(minutes=done - 1)
        if at_once:
            reader.read_now("main", "KEY", "workers")
        else:
            await reader.read("main", "KEY", "workers")
        assert len(accesses(plane)) == done


class BrokenDisk(Disk):
    """No commit gets through while it is broken."""

    broken = False

    def point(self, name: str) -> None:
        if self.broken and name == "commit.before":
            raise StoreFull("the disk", "no space left")


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("mode", ["strict", "ahead"])
async def test_a_reader_that_records_first_hands_nothing_out_that_it_cannot_record(
    options: StoreOptions, plane: ControlPlane, mode: str, at_once: bool
) -> None:
    disk = BrokenDisk()
    broken = ControlPlane(open_store(options._replace(disk=disk)), actor=SUPER)
    reader = broken.reader(worker="w", environment=None, **{mode: True})  # type: ignore[arg-type]
    easy = broken.reader(worker="w", environment=None)
    disk.broken = True
    for _ in range(2):
        with pytest.raises(StoreError):
            if at_once:
                reader.read_now("main", "KEY", "workers")
            else:
                await reader.read("main", "KEY", "workers")
    assert (await easy.read("main", "KEY", "workers")).reveal() == "the value of it"
    with pytest.raises(SecretNotFound):  # a refusal hands nothing out
        reader.read_now("main", "KAY", "workers") if at_once else await reader.read("main", "KAY", "workers")
    disk.broken = False
    reader.close()
    easy.close()
    broken.close()
    # the one that was refused for the log's sake is not told of as if it had been granted
    assert [event.metadata["name"] for event in accesses(plane) if event.result] == ["KEY"]


def test_the_environ_makes_every_reader_of_a_store_strict(options: StoreOptions, plane: ControlPlane) -> None:
    home = {"SSHIM_HOME": str(options.home)}
    assert not store_options(home).strict_audit
    assert store_options({**home, "SSHIM_AUDIT": "strict"}).strict_audit
    with pytest.raises(UsageError, match="SSHIM_AUDIT"):
        store_options({**home, "SSHIM_AUDIT": "yes"})
    travelled = pickle.loads(pickle.dumps(options._replace(strict_audit=True)))
    strict = ControlPlane(open_store(travelled), actor=SUPER)
    reader = strict.reader(worker="w", environment=None)
    for _ in range(2):
        reader.read_now("main", "KEY", "workers")
    assert len(accesses(plane)) == 2
    reader.close()
    strict.close()


@pytest.mark.parametrize(("name", "scope", "code"), [
    ("KAY", "workers", "secret_not_found"),
    ("KEY", "ai_gateway", "secret_not_found"),
])  # fmt: skip
async def test_a_refused_read_is_recorded_once_a_minute(
    plane: ControlPlane, readers: Readers, name: str, scope: str, code: str
) -> None:
    reader = readers()
    for _ in range(3):
        with pytest.raises(SecretNotFound):
            await reader.read("main", name, scope, binding="B")
    reader.close()
    [event] = accesses(plane)
    assert not event.result
    assert (event.metadata["error"], event.metadata["binding"], event.resource_id) == (code, "B", "")


async def test_a_role_that_may_not_bind_reads_nothing_and_that_is_recorded(
    plane: ControlPlane, readers: Readers
) -> None:
    reader = readers(actor=Actor("reporter"))
    with pytest.raises(PermissionDenied):
        await reader.read("main", "KEY", "workers")
    reader.close()
    assert [event.result for event in accesses(plane)] == [False]


async def test_every_value_that_is_opened_is_told_to_the_redactor(
    plane: ControlPlane, readers: Readers
) -> None:
    redactor = Redactor()
    reader = readers(redactor=redactor)
    await reader.read("main", "KEY", "workers")
    assert redactor.redact("it is the value of it!") == "it is ***!"
    secret = plane.find_secret("main", "KEY")
    plane.update_secret("main", secret.id, value=SecretValue("another one"))
    await reader.read("main", "KEY", "workers")
    assert redactor.redact("the value of it, another one") == "***, ***"
