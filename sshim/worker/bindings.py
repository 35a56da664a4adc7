"""What `env` holds: Secrets Store bindings, and stand-ins for bindings that are not emulated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from sshim.errors import SecretNotFound, SshimError
from sshim.model import SecretReader
from sshim.platform.ffi import js_error

Diagnosis = Callable[[SshimError, str], None]
"""Called with the cause and the binding's name when a read fails, so that the log can tell what to do."""

SCOPE = "workers"


class _Constructor:
    """What `value.constructor` shows: the SDK decides by `constructor.name` how to treat a binding."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class SecretsStoreSecret:
    """A Secrets Store binding: `await env.BINDING.get()` is the value as `str`.

    The value is looked up at each `get()`, so a change in the store is what the next call returns. A secret
    that cannot be read raises `pyodide.ffi.JsException` with production's text `Secret "NAME" not found`.
    Never shows the value.
    """

    __slots__ = ("_binding", "_diagnose", "_reader", "_secret_name", "_store_id")

    constructor = _Constructor("SecretsStoreSecret")

    def __init__(
        self, binding: str, store_id: str, secret_name: str, reader: SecretReader, diagnose: Diagnosis
    ) -> None:
        self._binding = binding
        self._store_id = store_id
        self._secret_name = secret_name
        self._reader = reader
        self._diagnose = diagnose

    async def get(self) -> str:
        try:
            value = await self._reader.read(self._store_id, self._secret_name, SCOPE, binding=self._binding)
        except SecretNotFound as error:
            self._diagnose(error, self._binding)
            raise js_error("Error", f'Secret "{self._secret_name}" not found') from None
        except SshimError as error:
            self._diagnose(error, self._binding)
            raise js_error("Error", error.message) from None
        return value.reveal()

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(
            f"a Secrets Store binding has only get(): use `await env.{self._binding}.get()` for the value"
            if not name.startswith("__")
            else name
        )

    def __repr__(self) -> str:
        return f"<SecretsStoreSecret {self._binding}>"


_KINDS = {
    "ai": "an AI binding",
    "analytics_engine_datasets": "an Analytics Engine dataset",
    "assets": "a static assets binding",
    "browser": "a Browser Rendering binding",
    "d1_databases": "a D1 database",
    "dispatch_namespaces": "a dispatch namespace",
    "durable_objects": "a Durable Object namespace",
    "hyperdrive": "a Hyperdrive binding",
    "images": "an Images binding",
    "kv_namespaces": "a KV namespace",
    "mtls_certificates": "an mTLS certificate",
    "queues": "a Queue",
    "r2_buckets": "an R2 bucket",
    "ratelimits": "a rate limiter",
    "send_email": "an email binding",
    "services": "a service binding",
    "vectorize": "a Vectorize index",
    "version_metadata": "version metadata",
    "workflows": "a Workflow",
}

_PASSED_BY = frozenset({"to_py", "js_object", "then", "object_keys", "unwrap", "constructor", "length"})
"""Names the SDK and the platform probe for; answering them would pass the stand-in off as something else."""


class UnsupportedBinding:
    """Stands where a binding of another product is configured: present in `env`, every call fails clearly."""

    __slots__ = ("_kind", "_name", "_service")

    def __init__(self, kind: str, name: str, service: str | None = None) -> None:
        self._kind = kind
        self._name = name
        self._service = service

    @property
    def reason(self) -> str:
        if self._service is not None:
            return (
                f'env.{self._name} is a service binding to the Worker "{self._service}", which is not served '
                "here: name its configuration by a further -c, or give a stand-in with "
                f"--bind {self._name}=module:factory"
            )
        what = _KINDS.get(self._kind, f"a {self._kind} binding")
        return (
            f"env.{self._name} is {what}, which sshim does not emulate: give a stand-in with "
            f"--bind {self._name}=module:factory"
        )

    def __getattr__(self, name: str) -> Any:
        if name in _PASSED_BY or name.startswith("__"):
            raise AttributeError(name)
        return self._refuse

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise NotImplementedError(self.reason)

    __call__ = _refuse

    def __repr__(self) -> str:
        return f"<unsupported binding {self._name}>"
