"""The disk may be full."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sshim.errors import StoreFull
from sshim.model import SecretValue
from tests.faults import full
from tests.faults.scene import STORE, Scene


@pytest.fixture
def mountable(root: Path) -> Iterator[None]:
    """Skips where no file system can be mounted; fails in CI, where one must be."""
    try:
        with full.small_disk(root / "probe"):
            pass
    except OSError as error:
        said = f"no small file system can be mounted here ({error})"
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)
    yield


@pytest.mark.usefixtures("mountable")
def test_a_full_disk_refuses_writes_and_hides_nothing(root: Path) -> None:
    tally = full.run(root, tries=80)
    assert tally.failures == []
    assert int(str(tally.notes["StoreFull"])) > 20


@pytest.mark.usefixtures("mountable")
async def test_a_worker_reads_on_while_the_disk_is_full_and_sees_the_change_after(root: Path) -> None:
    with full.small_disk(root / "small") as small:
        scene = Scene(small / "s").filled(2)
        full.fill(small, 0)
        plane = scene.plane(create=False)  # opened when it was full already
        reader = plane.reader(worker="w", environment=None)
        before = (await reader.read(STORE, "KEY_0", "workers")).reveal()
        secret = plane.find_secret(STORE, "KEY_0")
        with pytest.raises(StoreFull) as caught:
            plane.update_secret(STORE, secret.id, value=SecretValue("afterwards"))
        assert "free some space" in str(caught.value.hint)
        assert (await reader.read(STORE, "KEY_0", "workers")).reveal() == before
        (small / "filler").unlink()
        plane.update_secret(STORE, secret.id, value=SecretValue("afterwards"))
        assert (await reader.read(STORE, "KEY_0", "workers")).reveal() == "afterwards"
        reader.close()
        plane.close()


@pytest.mark.usefixtures("mountable")
def test_a_plain_file_that_is_written_in_place_is_caught(root: Path) -> None:
    """What the test above would find in a store that writes its file anew: nothing is left of it."""
    with full.small_disk(root / "small") as small:
        path = small / "store.json"
        path.write_text("old " * 2000)
        full.fill(small, 0)
        with pytest.raises(OSError):
            path.write_bytes(b"new " * 20_000 + bytes(full.SIZE))
        assert path.read_bytes()[:4] != b"old "
        shutil.rmtree(small, ignore_errors=True)
