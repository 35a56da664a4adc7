"""Where the store is, which key opens it, and opening it; `making` makes one on first use.

    default home     SSHIM_HOME, or the platform's data folder for sshim
    keys             one file per store in the user's own data folder, outside of any work tree
    anchors          one file per store in the user's state folder

Nothing here reads the process's environ; it is handed in.
"""

from __future__ import annotations

import sys
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from sshim.errors import Corrupt, StoreFull, UsageError
from sshim.record import NamedTuple
from sshim.store import format, schema
from sshim.store.anchor import FileAnchor
from sshim.store.crypto import KEY_BYTES
from sshim.store.disk import Disk, translated
from sshim.store.frozen import FrozenBackend
from sshim.store.interface import Backend, Gone, Outdated
from sshim.store.sealed import SealedStore
from sshim.store.sqlite import SqliteBackend
from sshim.store.state import Anchor, Opened
from sshim.store.unlocking import KeyPlace, KnownKeys, find_key

STORE_FILE = "store.db"


class StoreOptions(NamedTuple):
    """Which store, and how to open it. Picklable, for worker processes.

    `key_file` and `key` (32 bytes) each replace every other key source. `key_folder` and `anchor_folder`
    default to the platform's folders for this user. `create` makes store and key when there is none.
    `passphrase` is asked when no other source is at hand, once if there are `known` keys. `lock_timeout` is
    in seconds. `strict_audit` records every read of a value before it is handed out, not once a minute.
    """

    home: Path
    key_file: Path | None = None
    key: bytes | None = None
    url: str | None = None
    create: bool = False
    key_folder: Path | None = None
    anchor_folder: Path | None = None
    passphrase: Callable[[], str] | None = None
    known: KnownKeys | None = None
    lock_timeout: float = 10.0
    strict_audit: bool = False
    clock: Callable[[], datetime] | None = None
    disk: Disk = Disk()

    def __repr__(self) -> str:
        """Without what may hold a key or a password."""
        return f"StoreOptions({str(self.home)!r})"

    @property
    def path(self) -> Path:
        """The store's file."""
        return self.home / STORE_FILE

    @property
    def location(self) -> str:
        """The store's place as it may be shown; raises `UsageError` for a URL that cannot be read."""
        if self.url is None:
            return str(self.path)
        from sshim.store.postgres_url import read_url

        return read_url(self.url).location


def default_home(environ: Mapping[str, str]) -> Path:
    """`SSHIM_HOME`, or the platform's data folder."""
    named = environ.get("SSHIM_HOME")
    return (
        Path(named).expanduser().absolute() if named else _folder(environ, "XDG_DATA_HOME", "user_data_path")
    )


def store_options(
    environ: Mapping[str, str], *, home: Path | None = None, create: bool = False
) -> StoreOptions:
    """The options that the environ asks for; `home` (a flag) comes before `SSHIM_HOME`. Raises
    `UsageError` when `SSHIM_KEY` is not a key, without quoting it, or `SSHIM_AUDIT` not a mode."""
    key_file, key = environ.get("SSHIM_KEY_FILE"), environ.get("SSHIM_KEY")
    audit = environ.get("SSHIM_AUDIT") or "coalesced"
    if audit not in ("coalesced", "strict"):
        raise UsageError(f"SSHIM_AUDIT is {audit!r}", hint="export SSHIM_AUDIT=strict, or unset it")
    return StoreOptions(
        home=home or default_home(environ),
        key_file=Path(key_file).expanduser().absolute() if key_file else None,
        key=_key(key) if key else None,
        url=None if home else environ.get("SSHIM_STORE_URL") or None,
        create=create,
        key_folder=default_key_folder(environ),
        anchor_folder=default_anchor_folder(environ),
        strict_audit=audit == "strict",
    )


def default_key_folder(environ: Mapping[str, str]) -> Path:
    """Where key files are made."""
    return _folder(environ, "XDG_DATA_HOME", "user_data_path") / "keys"


def default_anchor_folder(environ: Mapping[str, str]) -> Path:
    """Where anchors are kept."""
    return _folder(environ, "XDG_STATE_HOME", "user_state_path") / "anchors"


def anchor_of(options: StoreOptions) -> FileAnchor:
    """What this machine has seen of the store of these options."""
    place = options.path if options.url is None else options.location
    return FileAnchor(options.anchor_folder or default_anchor_folder({}), place, options.disk)


def open_store(options: StoreOptions, *, anchor: Anchor | None = None) -> SealedStore:
    """The store of these options; opened and proven at first use. With `create` it is made when there is
    none, otherwise an absent store reads as empty and is found as soon as somebody makes it. `anchor`
    replaces this machine's memory of what it has seen.

    Raises `AccessError` or `StoreError` when there is one that cannot be opened.
    """
    if options.key is not None and len(options.key) != KEY_BYTES:
        raise UsageError("a key has 32 bytes", hint="head -c 32 /dev/urandom | base64")
    if options.url is not None:
        from sshim.store.shared import find_shared, make_shared

        made = make_shared(options) if options.create else None
        find = find_shared(options)
    else:
        from sshim.store.making import make_when_absent

        made = make_when_absent(options) if options.create else None
        find = _Finder(options)
    store = SealedStore(find, location=options.location, anchor=anchor or anchor_of(options))
    store.made, store.strict_audit = made, options.strict_audit
    try:
        store.state()
    except BaseException:
        store.forget()
        raise
    return store


class _Finder:
    """Opens what is at the path at present."""

    def __init__(self, options: StoreOptions) -> None:
        self._options = options
        self._migrated: Path | None = None

    def __call__(self) -> Opened | None:
        options = self._options
        with translated(options.path, FileNotFoundError):
            try:
                options.path.lstat()
            except FileNotFoundError:
                return None
        options.disk.check_folder(options.home)
        try:
            backend = self._backend()
        except FileNotFoundError:
            return None
        opened = opened_with_key(backend, options)
        return None if opened is None else opened._replace(migrated=self._migrated)

    def _backend(self) -> Backend:
        options = self._options
        try:
            return self._live()
        except Outdated:
            return self._present()
        except StoreFull as full:
            timeout = options.lock_timeout
            return FrozenBackend(options.path, options.disk, full, self._present, lock_timeout=timeout)

    def _present(self) -> Backend:
        """The database itself, in the present format."""
        options = self._options
        try:
            return self._live()
        except Outdated:
            from sshim.store.migrate import migrate

            place, timeout = key_place(options), options.lock_timeout
            self._migrated = migrate(options.path, options.disk, place, lock_timeout=timeout)
            return self._live()

    def _live(self) -> Backend:
        options = self._options
        backend = SqliteBackend(options.path, options.disk, lock_timeout=options.lock_timeout)
        try:
            backend.version()  # the first look at the file: what stands in the way shows now
        except BaseException:
            backend.close()
            raise
        return backend


def opened_with_key(backend: Backend, options: StoreOptions) -> Opened | None:
    """The backend with the keys that open it, None when its store has gone. Raises what opening raises."""
    try:
        with backend.read() as tx:
            found = tx.rows(schema.HEADER)
        if len(found) != 1:
            raise Corrupt(backend.location, "the header is missing")
        header = format.decode_header(backend.location, found[0])
        keys, slot = find_key(backend.location, header, key_place(options))
        return Opened(backend, keys, slot.id)
    except Gone:
        backend.close()
        return None
    except BaseException:
        backend.close()
        raise


def key_place(options: StoreOptions, *, ask: bool = True) -> KeyPlace:
    """Where these options look for keys; without `ask` nobody is asked for a passphrase."""
    folder = options.key_folder or default_key_folder({})
    passphrase = options.passphrase if ask else None
    return KeyPlace(options.disk, folder, options.key, options.key_file, passphrase, options.known)


def _key(text: str) -> bytes:
    try:
        key = b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise UsageError("SSHIM_KEY is not base64 of 32 bytes", hint="head -c 32 /dev/urandom | base64")
    return key


def _folder(environ: Mapping[str, str], variable: str, platform_name: str) -> Path:
    named = environ.get(variable)
    if named:
        return Path(named).absolute() / "sshim"
    if sys.platform not in ("darwin", "win32"):
        # what platformdirs would say, without the fifth of a command's time that it takes to load
        below = {"user_data_path": ".local/share", "user_state_path": ".local/state"}[platform_name]
        return Path.home() / below / "sshim"
    from platformdirs import PlatformDirs

    return Path(getattr(PlatformDirs("sshim", appauthor=False), platform_name))
