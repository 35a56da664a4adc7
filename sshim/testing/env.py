"""`env` for a test: read as a handler reads it, and changed for the events that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sshim.worker import direct

if TYPE_CHECKING:
    from sshim.testing.project import Process

_PLAIN = (str, int, float, bool, dict, list, type(None))


class TestEnv:
    """The bindings and variables of the Worker. `env.NAME = value` replaces one for this test: plain data
    becomes what a variable of that value is in a handler, any other object is put there as it is."""

    __test__ = False
    __slots__ = ("_js_env", "_process")

    def __init__(self, js_env: Any, process: Process) -> None:
        object.__setattr__(self, "_js_env", js_env)
        object.__setattr__(self, "_process", process)

    def __getattr__(self, name: str) -> Any:
        __tracebackhide__ = True
        return self._process.kit.wrap_env(self._js_env).__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._js_env, name, direct.from_json(value) if isinstance(value, _PLAIN) else value)
        self._process.refresh_env()

    def __delattr__(self, name: str) -> None:
        __tracebackhide__ = True
        delattr(self._js_env, name)
        self._process.refresh_env()

    def __dir__(self) -> list[str]:
        return list(self._js_env.object_keys())

    def __repr__(self) -> str:
        return f"<env of {', '.join(dir(self))}>"
