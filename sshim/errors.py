"""Every error this program raises on purpose, in one tree.

    SshimError
    ├── UsageError                      2  the command line, or a value given to it, is not usable
    │   ├── InvalidName, InvalidScope, InvalidValue, ValueTooLong
    │   ├── ConfigError                 2  the wrangler configuration (or a file beside it) is not readable
    │   └── UnknownBinding              2  a test names a binding that the configuration does not have
    ├── NotFound                        3
    │   └── StoreNotFound, SecretNotFound, TokenNotFound, KeySlotNotFound, GatewayNotFound,
    │       ProviderKeyNotFound, NotSeeded
    ├── AccessError                     4
    │   ├── PermissionDenied            the role may not do this
    │   ├── WrongKey, KeyMissing        the store exists, the key at hand does not open it
    │   └── UnsafePermissions           a file is open to others, or the folder is closed to us
    ├── Conflict                        5
    │   └── NameTaken, StoreNotEmpty, LimitReached, LastKeySlot
    ├── StoreError                      1
    │   └── Corrupt, TooNew, Locked, StoreFull, RolledBack, StoreUnavailable
    ├── SourceError                     1  the user's Worker could not be imported
    ├── ExpectationFailed               1  what a test of a Worker takes for granted did not hold
    ├── PortInUse                       1
    ├── RequestRefused                  1  a request to one of our listeners, answered with its own status
    └── TransferError                   1  a reference, a seed manifest or a foreign store could not be used

A class carries its facts as attributes and builds its own sentence, so an edge (terminal, REST, test report)
chooses its form without parsing text. `code` is stable and machine-readable; `exit_code` follows the table
above. No attribute ever holds a secret value.
"""

from __future__ import annotations

from pathlib import Path

from sshim.record import NamedTuple

UPDATE = "update sshim: git pull in its clone, then pip install . there"
"""The next step where something was written by a newer version. Public registries have another sshim."""


class Place(NamedTuple):
    """Where in a file: `line` and `column` count from 1, `length` in characters (0: just a point)."""

    path: Path
    line: int
    column: int = 1
    length: int = 1
    source_line: str | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Problem(NamedTuple):
    """One of several things wrong with a file: the message, and where it is if that is known."""

    message: str
    place: Place | None = None
    hint: str | None = None


class SshimError(Exception):
    """Base of all. `message` is one sentence, `hint` the next step (without the word `Try:`); `cure` is the
    step for the whole class, where only the place that raises it knows a nearer one."""

    code = "error"
    exit_code = 1
    cure = ""

    def __init__(self, message: str, *, hint: str | None = None, place: Place | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.place = place


# -- what the user gave ------------------------------------------------------------------------------------


class UsageError(SshimError):
    """A flag, an argument or a value given to a command cannot be used."""

    code = "usage"
    exit_code = 2
    cure = "look at the command's --help"


class InvalidName(UsageError):
    """A name breaks its rule; `slug` is the API's word for it."""

    code = "invalid_name"

    def __init__(self, kind: str, name: str, *, slug: str = "secret_name_invalid") -> None:
        self.kind, self.name, self.slug = kind, name, slug
        if name:
            message = f"{kind} name {name!r} may hold only letters, digits, '_' and '-' (256 at the most)"
        else:
            message = f"a {kind} name must not be empty"
        super().__init__(message, hint="use a name such as api-key or API_KEY")


class InvalidScope(UsageError):
    """A scope is unknown, or none was given; `scope` is None then."""

    code = "invalid_scope"

    def __init__(self, scope: str | None, known: tuple[str, ...]) -> None:
        self.scope, self.known = scope, known
        said = "at least one scope is needed" if scope is None else f"unknown scope {scope!r}"
        super().__init__(said, hint=f"use one or more of {', '.join(known)}")


class InvalidValue(UsageError):
    """A secret value is empty, is not UTF-8 text, or holds a NUL. The value itself is not kept here."""

    code = "invalid_value"

    def __init__(self, why: str, *, slug: str = "secret_value_empty", hint: str | None = None) -> None:
        self.slug = slug
        super().__init__(why, hint=hint or "pipe the value in, or name a file with --value-file")


class ValueTooLong(UsageError):
    """A secret value is over the limit; `size` in bytes of UTF-8, None when it was not read in full."""

    code = "value_too_long"

    def __init__(self, size: int | None, limit: int) -> None:
        self.size, self.limit = size, limit
        over = f"{size:,} bytes, the limit is" if size is not None else "more bytes than the limit of"
        super().__init__(
            f"the value has {over} {limit:,}",
            hint="production refuses it too: store a shorter credential, or keep the data elsewhere",
        )


class ConfigError(UsageError):
    """The configuration is not readable; `problems` holds each cause in wrangler's words and order."""

    code = "config"
    cure = "correct the line that the message shows; wrangler says the same"

    def __init__(
        self,
        problems: tuple[Problem, ...],
        *,
        path: Path | None = None,
        warnings: tuple[Problem, ...] = (),
        hint: str | None = None,
    ) -> None:
        self.problems, self.path, self.warnings = problems, path, warnings
        first = problems[0]
        super().__init__(first.message, hint=hint or first.hint, place=first.place)


class UnknownBinding(UsageError, KeyError):
    """A test names a Secrets Store binding that the configuration does not have; `near` holds similar ones,
    nearest first. A KeyError too, since a mapping raises it."""

    code = "unknown_binding"
    cure = "use a binding of the configuration, or add it with sshim secret set NAME --bind"

    def __init__(self, name: str, *, near: tuple[str, ...], known: tuple[str, ...], where: str) -> None:
        self.name, self.near, self.known, self.where = name, near, known, where
        close = f" (did you mean {near[0]!r}?)" if near else ""
        has = f"its bindings are {', '.join(known)}" if known else "it has no secrets_store_secrets"
        super().__init__(f"{where} has no Secrets Store binding {name!r}{close}; {has}")

    def __str__(self) -> str:
        return self.message


# -- what is not there -------------------------------------------------------------------------------------


class NotFound(SshimError):
    """Something named does not exist."""

    code = "not_found"
    exit_code = 3
    cure = "list what there is, with the same command's list"


class StoreNotFound(NotFound):
    """No store with this id."""

    code = "store_not_found"

    def __init__(self, store_id: str, *, hint: str | None = None) -> None:
        self.store_id = store_id
        super().__init__(f"there is no store {store_id!r}", hint=hint or "sshim store list")


class SecretNotFound(NotFound):
    """No such secret in the store; `name` may be an id, `near` holds similar names, nearest first, and `why`
    what is the matter where more is known."""

    code = "secret_not_found"

    def __init__(
        self,
        store_id: str,
        name: str,
        *,
        near: tuple[str, ...] = (),
        why: str = "",
        hint: str | None = None,
    ) -> None:
        self.store_id, self.name, self.near, self.why = store_id, name, near, why
        reason = f": {why}" if why else ""
        close = f" (did you mean {near[0]!r}?)" if near else ""
        super().__init__(
            f"there is no secret {name!r} in store {store_id}{close}{reason}",
            hint=hint or f"sshim secret list {store_id}",
        )


class TokenNotFound(NotFound):
    """No API token with this id."""

    code = "token_not_found"

    def __init__(self, token_id: str) -> None:
        self.token_id = token_id
        super().__init__(f"there is no token {token_id!r}", hint="sshim token list")


class KeySlotNotFound(NotFound):
    """No key slot with this id."""

    code = "key_slot_not_found"

    def __init__(self, slot_id: str) -> None:
        self.slot_id = slot_id
        super().__init__(f"there is no key slot {slot_id!r}", hint="sshim key list")


class GatewayNotFound(NotFound):
    """No AI Gateway with this id."""

    code = "gateway_not_found"

    def __init__(self, gateway_id: str) -> None:
        self.gateway_id = gateway_id
        super().__init__(f"there is no AI Gateway {gateway_id!r}", hint=f"sshim gateway create {gateway_id}")


class ProviderKeyNotFound(NotFound):
    """No provider key of this alias on this gateway."""

    code = "provider_key_not_found"

    def __init__(self, gateway_id: str, provider: str, alias: str) -> None:
        self.gateway_id, self.provider, self.alias = gateway_id, provider, alias
        super().__init__(
            f"gateway {gateway_id!r} has no {provider} key with the alias {alias!r}",
            hint=f"sshim gateway key set {provider} --alias {alias} --gateway {gateway_id}",
        )


class NotSeeded(NotFound, KeyError):
    """A test asks for the value of a secret that it has not given one."""

    code = "not_seeded"

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"no value is seeded for {name!r}", hint=f'secrets["{name}"] = "…"')

    def __str__(self) -> str:
        return self.message


# -- what is not allowed -----------------------------------------------------------------------------------


class AccessError(SshimError):
    """A key or a permission is missing."""

    code = "access"
    exit_code = 4
    cure = "use the key or the role that the message names"


class PermissionDenied(AccessError):
    """The actor's role does not allow the action."""

    code = "permission_denied"

    def __init__(self, role: str, action: str, *, hint: str | None = None) -> None:
        self.role, self.action = role, action
        super().__init__(
            f"the role {role} may not {action}", hint=hint or "sshim token create --role super-administrator"
        )


class WrongKey(AccessError):
    """No key at hand opens the store; `tried` names each source, never a key."""

    code = "wrong_key"

    def __init__(self, path: str, tried: tuple[str, ...]) -> None:
        self.path, self.tried = path, tried
        sources = ", ".join(tried) or "nothing"
        super().__init__(
            f"the store at {path} was made with another key (tried: {sources})",
            hint="put back the key file, set SSHIM_KEY_FILE, or restore a backup of the key",
        )


class KeyMissing(AccessError):
    """The store exists, its key file does not. A new key is never made for an existing store."""

    code = "key_missing"

    def __init__(self, path: str, key_path: str) -> None:
        self.path, self.key_path = path, key_path
        super().__init__(
            f"the store at {path} exists, but its key {key_path} does not",
            hint="put back the key file, or set SSHIM_KEY_FILE to where it is now",
        )


class UnsafePermissions(AccessError):
    """A file or folder of the store is not ours alone, or is not ours to use."""

    code = "unsafe_permissions"

    def __init__(self, path: str, why: str, *, hint: str | None = None) -> None:
        self.path, self.why = path, why
        super().__init__(f"{path} {why}", hint=hint or f"chmod go-rwx {path}")


# -- what stands against another ---------------------------------------------------------------------------


class Conflict(SshimError):
    """The change contradicts what is there."""

    code = "conflict"
    exit_code = 5
    cure = "change or delete what is there, or choose another name"


class NameTaken(Conflict):
    """A secret, store, alias or gateway of that name exists."""

    code = "name_taken"
    cure = "choose another name, or update the one that exists"

    def __init__(self, kind: str, name: str, *, hint: str | None = None) -> None:
        self.kind, self.name = kind, name
        super().__init__(f"a {kind} named {name!r} exists already", hint=hint)


class StoreNotEmpty(Conflict):
    """A store that holds secrets is only deleted with force."""

    code = "store_not_empty"

    def __init__(self, store_id: str, count: int) -> None:
        self.store_id, self.count = store_id, count
        super().__init__(
            f"store {store_id} still holds {count} secret{'s' if count != 1 else ''}",
            hint=f"sshim store delete {store_id} --force",
        )


class LimitReached(Conflict):
    """A limit of the account is reached; `slug` is the API's word for it."""

    code = "limit_reached"

    def __init__(self, what: str, limit: int, *, slug: str) -> None:
        self.what, self.limit, self.slug = what, limit, slug
        super().__init__(
            f"the account's limit of {limit} {what} is reached",
            hint="production refuses it too: delete what is not used any more",
        )


class LastKeySlot(Conflict):
    """Removing this slot would leave no proven way to open the store."""

    code = "last_key_slot"

    def __init__(self, slot_id: str) -> None:
        self.slot_id = slot_id
        super().__init__(
            f"key slot {slot_id} is the only proven one: without it nothing opens the store",
            hint="sshim key add, then remove this one",
        )


# -- the store itself --------------------------------------------------------------------------------------


class StoreError(SshimError):
    """The store cannot be used as it is. Nothing was changed."""

    code = "store"
    cure = "sshim store verify"


class Corrupt(StoreError):
    """A check of the store failed: `what` names the table, row or file and what is wrong with it."""

    code = "corrupt"

    def __init__(self, path: str, what: str, *, hint: str | None = None) -> None:
        self.path, self.what = path, what
        super().__init__(
            f"the store at {path} is damaged: {what}",
            hint=hint or "sshim store verify, then sshim store restore FILE from a backup",
        )


class TooNew(StoreError):
    """The store was written by a newer version of sshim."""

    code = "too_new"

    def __init__(self, path: str, found: int, known: int) -> None:
        self.path, self.found, self.known = path, found, known
        super().__init__(
            f"the store at {path} has format {found}, this version of sshim reads format {known}",
            hint=UPDATE,
        )


class Locked(StoreError):
    """Another process keeps the store locked for longer than the wait allows."""

    code = "locked"

    def __init__(self, path: str, pid: int | None) -> None:
        self.path, self.pid = path, pid
        holder = f"process {pid}" if pid else "another process"
        super().__init__(f"the store at {path} is locked by {holder}", hint="wait for it to end, then again")


class StoreFull(StoreError):
    """The disk is full, or the store cannot be written. The old state is whole and readable."""

    code = "store_full"

    def __init__(self, path: str, why: str) -> None:
        self.path, self.why = path, why
        super().__init__(
            f"the store at {path} cannot be written: {why}",
            hint="free some space or make the folder writable, then again; nothing was changed",
        )


class RolledBack(StoreError):
    """The store is older than one this machine has already seen."""

    code = "rolled_back"

    def __init__(self, path: str, found: int, seen: int) -> None:
        self.path, self.found, self.seen = path, found, seen
        super().__init__(
            f"the store at {path} is at generation {found}, but this machine has seen generation {seen}: "
            "an older copy was put in its place",
            hint="put the newer store back, or sshim store accept-rollback if the older one is wanted",
        )


class StoreUnavailable(StoreError):
    """The store cannot be reached or opened for a reason outside of it (server, network, folder)."""

    code = "store_unavailable"
    cure = "make the folder or the server that the message names reachable"

    def __init__(self, path: str, why: str, *, hint: str | None = None) -> None:
        self.path, self.why = path, why
        super().__init__(f"the store at {path} cannot be opened: {why}", hint=hint)


# -- around a Worker ---------------------------------------------------------------------------------------


class SourceError(SshimError):
    """The user's Worker cannot be imported; `detail` holds the user's own frames, ours removed."""

    code = "source"
    cure = "correct the frame that the message shows"

    def __init__(
        self, message: str, *, place: Place | None = None, detail: str = "", hint: str | None = None
    ) -> None:
        self.detail = detail
        super().__init__(message, place=place, hint=hint)


class ExpectationFailed(SshimError, AssertionError):
    """What a test of a Worker takes for granted did not hold; `detail` holds the user's own frames."""

    code = "expectation_failed"
    cure = "correct the handler, or what the test expects"

    def __init__(self, message: str, *, detail: str = "", hint: str | None = None) -> None:
        self.detail = detail
        super().__init__(message, hint=hint)


class PortInUse(SshimError):
    """The address asked for is taken; `flag` chooses another port."""

    code = "port_in_use"

    def __init__(self, host: str, port: int, *, flag: str = "--port") -> None:
        self.host, self.port, self.flag = host, port, flag
        super().__init__(
            f"Address already in use ({host}:{port}). Please check that you are not already running a "
            f"server on this address or specify a different port with {flag}.",
            hint=f"{flag} {port + 1 if port < 65535 else port - 1}",
        )


class RequestRefused(SshimError):
    """A request is answered with an error: `status` of HTTP, `number` and `message` as the API numbers and
    words it, `chain` its detailed causes, `path` where in the request the cause is. It never reaches a
    terminal."""

    code = "request_refused"
    cure = "correct the request; the answer carries the API's own code"

    def __init__(
        self,
        status: int,
        number: int,
        message: str,
        *,
        chain: tuple[tuple[int, str], ...] = (),
        headers: tuple[tuple[str, str], ...] = (),
        path: tuple[str, ...] = (),
    ) -> None:
        self.status, self.number, self.chain, self.headers, self.path = status, number, chain, headers, path
        super().__init__(message)


class TransferError(SshimError):
    """A reference, a seed manifest or a foreign store cannot be used. Nothing was changed."""

    code = "transfer"
    cure = "correct the line, the file or the tool that the message names"


class InvalidManifest(TransferError):
    """A seed manifest breaks the rules of its form. Nothing was changed."""

    code = "invalid_manifest"
    exit_code = 2
    cure = "correct the line that the message shows; the forms stand in examples/seed"
