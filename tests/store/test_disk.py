"""What is called durable is forced to the disk, file before name."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sshim.errors import StoreFull, StoreUnavailable, UnsafePermissions
from sshim.store import disk as disk_module
from sshim.store.disk import Disk

pytestmark = pytest.mark.skipif(os.name == "nt", reason="folders are synced on Unix")


class WatchingOs:
    """The module `os`, telling what is synced and renamed, in order."""

    def __init__(self) -> None:
        self.order: list[str] = []

    def __getattr__(self, name: str) -> object:
        return getattr(os, name)

    def fsync(self, fd: int) -> None:
        path = os.readlink(f"/proc/self/fd/{fd}")
        kind = "folder" if os.path.isdir(path) else "new file" if path.endswith(".new") else "file"
        self.order.append(f"sync {kind}")
        os.fsync(fd)

    def replace(self, source: Path, target: Path) -> None:
        self.order.append("rename")
        os.replace(source, target)


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("needs /proc")
    watching = WatchingOs()
    monkeypatch.setattr(disk_module, "os", watching)
    yield watching.order


def test_a_new_file_is_synced_and_then_its_name(tmp_path: Path, order: list[str]) -> None:
    Disk().create(tmp_path / "a", b"content")
    assert order == ["sync file", "sync folder"]


def test_a_new_file_is_ours_alone_from_its_first_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []

    class Early(WatchingOs):
        def fchmod(self, fd: int, mode: int) -> None:
            modes.append(os.fstat(fd).st_mode & 0o777)  # as it was made, before we set it
            os.fchmod(fd, mode)

    monkeypatch.setattr(disk_module, "os", Early())
    before = os.umask(0)
    try:
        Disk().create_empty(tmp_path / "a")
    finally:
        os.umask(before)
    assert modes == [0o600]


def test_a_replaced_file_is_synced_before_it_gets_the_name(tmp_path: Path, order: list[str]) -> None:
    Disk().replace(tmp_path / "a", b"content")
    assert order == ["sync new file", "rename", "sync folder"]


def test_a_new_folder_is_synced_into_the_one_above(tmp_path: Path, order: list[str]) -> None:
    Disk().make_folder(tmp_path / "a" / "b")
    assert order == ["sync folder", "sync folder"]


def test_a_patch_of_a_file_is_not_waited_for(tmp_path: Path, order: list[str]) -> None:
    Disk().create(tmp_path / "a", bytes(20))
    order.clear()
    Disk().patch(tmp_path / "a", 10, b"x")
    assert order == [] and (tmp_path / "a").read_bytes() == bytes(10) + b"x" + bytes(9)


def test_a_replacement_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Disk().create(tmp_path / "a", b"old")

    def no_room(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(disk_module, "_write", no_room)
    with pytest.raises(StoreFull):
        Disk().replace(tmp_path / "a", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_an_existing_file_is_never_taken_for_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"theirs")
    with pytest.raises(FileExistsError):
        Disk().create(tmp_path / "a", b"ours")
    assert (tmp_path / "a").read_bytes() == b"theirs"


ERRORS: dict[int, type[Exception]] = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO), StoreFull),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.ELOOP), UnsafePermissions),
    **dict.fromkeys((errno.EMFILE, errno.ENOTDIR, errno.ENAMETOOLONG), StoreUnavailable),
}


@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
def test_each_refusal_of_the_system_has_its_error(tmp_path: Path, number: int) -> None:
    found = disk_module.os_error(tmp_path / "a", OSError(number, os.strerror(number)))
    assert type(found) is ERRORS[number] and str(tmp_path / "a") in found.message and found.hint
