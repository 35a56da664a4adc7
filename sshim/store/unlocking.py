"""Which roots are at hand for a store, in order, and the first that opens it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sshim.errors import Corrupt, KeyMissing, SshimError, WrongKey
from sshim.store.disk import Disk
from sshim.store.format import Header, Seals, Slot
from sshim.store.keyfile import read_root
from sshim.store.keyring_slot import keyring_root
from sshim.store.keys import Root, unlock


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where to look. `key` or `key_file`, when given, are the only places."""

    disk: Disk
    folder: Path
    key: bytes | None = field(default=None, repr=False)
    key_file: Path | None = None
    passphrase: Callable[[], str] | None = None

    def default_path(self, vault_id: str) -> Path:
        """The key file that a store looks at by itself."""
        return self.folder / f"{vault_id}.key"


def find_key(location: str, header: Header, place: KeyPlace) -> tuple[Seals, Slot]:
    """The keys of the store and the slot that gave them. Raises `WrongKey` when something was tried,
    `KeyMissing` when nothing was at hand, `Corrupt` for a damaged key file that nothing stands in for."""
    tried: list[str] = []
    missing: list[str] = []
    problems: list[SshimError] = []
    for root in roots(location, header, place, missing, problems):
        found = unlock(location, header, root)
        if found is not None:
            return found
        tried.append(root.origin)
    if problems:
        raise problems[0]
    if tried:
        raise WrongKey(location, tuple(tried))
    raise KeyMissing(location, missing[0] if missing else str(place.default_path(header.vault_id)))


def roots(
    location: str, header: Header, place: KeyPlace, missing: list[str], problems: list[SshimError]
) -> Iterator[Root]:
    """Every root at hand, the cheap ones first. Key files that are not there go to `missing`, those that
    cannot be read to `problems`."""
    if place.key is not None:
        yield Root("env", place.key, "SSHIM_KEY")
        return
    default = place.default_path(header.vault_id)
    if place.key_file is not None:
        paths = [place.key_file]
    else:
        elsewhere = [Path(slot.where) for slot in header.slots if slot.kind == "keyfile" and slot.where]
        paths = [default, *elsewhere]
    for path in paths:
        try:
            root = read_root(place.disk, location, path, default=path == default)
        except (SshimError, ValueError) as error:
            problems.append(error if isinstance(error, SshimError) else Corrupt(location, "a key path"))
            continue
        if root is not None:
            yield root
        else:
            missing.append(str(path))
    if place.key_file is not None:
        return
    for slot in header.slots:
        if slot.kind == "keyring" and slot.where:
            entry = keyring_root(slot.where)
            if entry is not None:
                yield entry
            else:
                missing.append(f"in the keyring ({slot.where})")
    if place.passphrase is not None and any(slot.kind == "passphrase" for slot in header.slots):
        yield Root("passphrase", place.passphrase().encode(), "passphrase")
