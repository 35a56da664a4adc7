"""Which roots are at hand for a store, in order, and the first that opens it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from sshim.errors import Corrupt, KeyMissing, SshimError, WrongKey
from sshim.record import NamedTuple
from sshim.store.crypto import same
from sshim.store.disk import Disk
from sshim.store.format import Header, Seals, Slot, key_check, seals
from sshim.store.keyfile import read_root
from sshim.store.keyring_slot import keyring_root
from sshim.store.keys import Root, unlock


class KnownKeys:
    """What a passphrase has opened, and that passphrase: asked for once, however often a command opens the
    store, and taken along to the processes it starts. Picklable; repr shows no secret."""

    def __init__(self) -> None:
        self._passphrase: Root | None = None
        self._opened: dict[tuple[str, int], tuple[bytes, str]] = {}

    @property
    def passphrase(self) -> Root | None:
        """The passphrase, once one has opened a store."""
        return self._passphrase

    def add(self, root: Root, keys: Seals, slot: Slot) -> None:
        """Remembers that this passphrase opened this slot."""
        self._passphrase = root
        self._opened[keys.vault_id, keys.term] = keys.master, slot.id

    def find(self, location: str, header: Header) -> tuple[Seals, Slot] | None:
        """The keys of this store, if they were opened before by a slot that is still there."""
        master, slot_id = self._opened.get((header.vault_id, header.term), (b"", ""))
        slot = next((each for each in header.slots if each.id == slot_id), None)
        if slot is None or not same(key_check(master, header.vault_id, header.term), header.check):
            return None
        return seals(location, header.vault_id, header.term, master), slot


class KeyPlace(NamedTuple):
    """Where to look. `key` or `key_file`, when given, are the only places."""

    disk: Disk
    folder: Path
    key: bytes | None = None
    key_file: Path | None = None
    passphrase: Callable[[], str] | None = None
    known: KnownKeys | None = None

    def __repr__(self) -> str:
        return f"KeyPlace({str(self.folder)!r})"

    def default_path(self, vault_id: str) -> Path:
        """The key file that a store looks at by itself."""
        return self.folder / f"{vault_id}.key"


def find_key(location: str, header: Header, place: KeyPlace) -> tuple[Seals, Slot]:
    """The keys of the store and the slot that gave them. Raises `WrongKey` when something was tried,
    `KeyMissing` when nothing was at hand, `Corrupt` for a damaged key file that nothing stands in for."""
    tried: list[str] = []
    missing: list[str] = []
    problems: list[SshimError] = []
    known = place.known if place.key is None and place.key_file is None else None
    if known is not None and (before := known.find(location, header)) is not None:
        return before
    for root in roots(location, header, place, missing, problems):
        found = unlock(location, header, root)
        if found is not None:
            if known is not None and root.kind == "passphrase":
                known.add(root, *found)
            return found
        tried.append(root.origin)
    if problems:
        raise problems[0]
    if tried:
        raise WrongKey(location, tuple(tried))
    absent = KeyMissing(location, missing[0] if missing else str(place.default_path(header.vault_id)))
    others = {slot.kind for slot in header.slots} & {"passphrase", "keyring"}
    if others and place.key_file is None:
        ways = {"passphrase": "run it at a terminal to type the passphrase", "keyring": "unlock the keyring"}
        absent.hint = f"{', or '.join(ways[kind] for kind in sorted(others))}, or put back the key file"
    raise absent


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
    if any(slot.kind == "passphrase" for slot in header.slots):
        if place.known is not None and place.known.passphrase is not None:
            yield place.known.passphrase
        elif place.passphrase is not None:
            yield Root("passphrase", place.passphrase().encode(), "passphrase")
