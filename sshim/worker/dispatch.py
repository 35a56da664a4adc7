"""From an event to the user's handler and back: entrypoint lookup and the two calling conventions.

A class handler (`class Default(WorkerEntrypoint)`) gets a fresh instance for each event; `fetch` is called
relaxed (surplus arguments dropped), every other handler strictly. A module-level `on_fetch` counts only
while global handlers are in force (compatibility date before 2025-08-14, or the flag
`disable_python_no_global_handlers`) and gets the raw JavaScript objects. Texts are production's.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from types import CoroutineType, ModuleType
from typing import Any

from sshim.platform.ffi import js_error
from sshim.worker.context import BackgroundWork, ExecutionContext, current
from sshim.worker.sdk import Sdk, compat_flag

_SCHEDULED = "a scheduled handler takes controller, env, ctx: async def scheduled(self, controller, env, ctx)"
"""Advice for a class whose handler is missing, or takes something else."""

_NOT_A_RESPONSE = "Incorrect type for Promise: the Promise did not resolve to 'Response'."


_GLOBAL_HANDLERS = frozenset({"on_fetch", "on_alarm", "on_scheduled", "on_trace", "on_queue", "on_pubsub"})


class EntrypointError(TypeError):
    """The main module does not define what the event needs; the text is production's."""


class Dispatcher:
    """Calls the handlers of one imported main module.

    `strict` converts every argument and result through the SDK's RPC rules, as production does; without it
    the two types that nearly every call uses, Request and Response, take a short way with the same result.
    """

    def __init__(
        self,
        module: ModuleType,
        *,
        main_name: str,
        env: Any,
        sdk: Sdk,
        work: BackgroundWork,
        strict: bool = False,
        on_hint: Callable[[str], None] | None = None,
    ) -> None:
        self._module = module
        self._main_name = main_name
        self._env = env
        self._sdk = sdk
        self._work = work
        self._strict = strict
        self._hint = on_hint or (lambda _text: None)
        self._global_handlers = not compat_flag("python_no_global_handlers")
        self._prefix = "on_" if self._global_handlers else ""
        self._arity: dict[Any, int | None] = {}
        self._classes = entrypoint_classes(module, sdk.WorkerEntrypoint)
        self.default_class: Callable[[Any, Any], Any] | None = self._classes.get("Default")

        self._tell_of_both()

    def _tell_of_both(self) -> None:
        """A class and global handlers together: newest production takes the class, without a word."""
        both = [name for name in vars(self._module) if name in _GLOBAL_HANDLERS]
        if self.default_class is not None and self._global_handlers and both:
            self._hint(f"{both[0]} is never called, because the class Default is there too: keep one of them")

    def has(self, handler: str) -> bool:
        """Whether the Worker defines a handler for `fetch`, `scheduled`, …"""
        if self.default_class is not None:
            return callable(getattr(self.default_class, self._prefix + handler, None))
        return self._global_handlers and callable(getattr(self._module, "on_" + handler, None))

    def instance(self, name: str = "Default") -> Any:
        """A new instance of the entrypoint class `name`; raises `EntrypointError` if there is none."""
        cls = self.default_class if name == "Default" else self._classes.get(name)
        if cls is None:
            raise EntrypointError(f"There is no '{name}' class defined in the Python Worker's main module")
        return cls(current.get(), self._env)

    async def fetch(self, js_request: Any, *, entrypoint: str = "Default") -> Any:
        """The `js.Response` that the Worker gives to `js_request`; the handler's exceptions pass through.

        `entrypoint` names another of its classes, as a service binding may.
        """
        token = current.set(ExecutionContext(self._work))
        by_class = self.default_class is not None or entrypoint != "Default"
        try:
            result = self._call_class(js_request, entrypoint) if by_class else self._call_module(js_request)
            if type(result) is CoroutineType or inspect.isawaitable(result):
                result = await result
            result = self._sent(result) if by_class else getattr(result, "js_response", result)
        finally:
            current.reset(token)
        if getattr(type(result), "js_name", None) != "Response":
            self._explain_result(result)
            raise TypeError(_NOT_A_RESPONSE)
        return result

    def _call_class(self, js_request: Any, entrypoint: str) -> Any:
        method = self._method(self.instance(entrypoint), "fetch")
        request = self._sdk.from_rpc(js_request) if self._strict else self._sdk.Request(js_request)
        return self._call_relaxed(method, request, None, None)

    def _call_module(self, js_request: Any) -> Any:
        return self._call_relaxed(self._global_handler("fetch"), js_request, self._env, current.get())

    def _sent(self, result: Any) -> Any:
        """What a class's result is on the way out of the Worker."""
        if not self._strict and type(result) is self._sdk.Response:
            return result.js_object  # type: ignore[attr-defined]
        converted = self._to_js(result)
        # Plain data becomes a JavaScript object on the way: the hint is about what the handler returned.
        return converted if getattr(type(converted), "js_name", None) == "Response" else result

    def _to_js(self, result: Any) -> Any:
        try:
            return self._sdk.to_rpc(result)
        except TypeError:
            # What cannot be sent over RPC is no Response either; say which type it was.
            return result

    async def scheduled(self, controller: Any) -> None:
        """Run the `scheduled` handler; its exceptions pass through."""
        context = ExecutionContext(self._work)
        token = current.set(context)
        try:
            if self.default_class is not None:
                if not self.has("scheduled"):
                    missing = js_error("Error", "Handler does not export a scheduled() function")
                    missing.add_note(_SCHEDULED)
                    raise missing
                method = self._method(self.instance(), "scheduled")
                try:
                    result = method(self._sdk.from_rpc(controller), None, None)
                except TypeError as error:
                    if not _takes(method, 3):
                        error.add_note(_SCHEDULED)
                    raise
            else:
                handler = self._global_handler("scheduled")
                result = self._call_relaxed(handler, controller, self._env, context)
            if inspect.isawaitable(result):
                await result
        finally:
            current.reset(token)

    async def call(self, entrypoint: str, name: str, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        """A method called over RPC: arguments and result are JavaScript values."""
        token = current.set(ExecutionContext(self._work))
        try:
            method = getattr(self.instance(entrypoint), name, None)
            if not callable(method):
                raise EntrypointError(f"Method {name} does not exist")
            convert = self._sdk.from_rpc
            result = method(
                *(convert(arg) for arg in args), **{key: convert(value) for key, value in options.items()}
            )
            return self._sdk.to_rpc(await result if inspect.isawaitable(result) else result)
        finally:
            current.reset(token)

    def _method(self, instance: Any, handler: str) -> Any:
        name = self._prefix + handler
        method = getattr(instance, name, None)
        if not callable(method):
            raise EntrypointError(f"Method {name} does not exist")
        return method

    def _global_handler(self, handler: str) -> Any:
        name = "on_" + handler
        if not self._global_handlers:
            if callable(getattr(self._module, name, None)):
                self._hint(
                    f"{name} is a global handler, which counts only before compatibility date 2025-08-14: "
                    'define "class Default(WorkerEntrypoint)", or add the flag '
                    '"disable_python_no_global_handlers"'
                )
            raise EntrypointError("There is no 'Default' class defined in the Python Worker's main module")
        found = getattr(self._module, name, None)
        if not callable(found):
            raise js_error(
                "Error",
                f'Python entrypoint "{self._main_name}" does not export a handler named "{name}"',
            )
        return found

    def _call_relaxed(self, function: Any, *args: Any) -> Any:
        key = getattr(function, "__func__", function)
        try:
            count = self._arity[key]
        except (KeyError, TypeError):
            count = _positional_count(function)
            self._arity[key] = count
        if count is None or count >= len(args):
            return function(*args)
        return function(*args[:count])

    def _explain_result(self, result: Any) -> None:
        kind = type(result).__name__
        if result is None or kind == "JsNull":
            self._hint("the handler returned None: does every path end in `return Response(...)`?")
        elif inspect.iscoroutine(result):
            result.close()
            self._hint("the handler returned a coroutine: is an `await` missing?")
        elif isinstance(result, (dict, list)) or kind in {"JsObject", "JsArray"}:
            self._hint("the handler returned plain data: wrap it in `Response.json(...)`")
        else:
            self._hint(f"the handler returned {kind}: wrap it in `Response(...)`")


def entrypoint_classes(module: ModuleType, base: type) -> dict[str, Any]:
    """The Worker entrypoint classes that a module exports, by their own `__name__`.

    Exported are the names of `__all__` if set, else those without a leading underscore; production looks a
    class up by its `__name__`, so `class W(...)` with `Default = W` is not a default entrypoint.
    """
    names = getattr(module, "__all__", None) or [name for name in dir(module) if not name.startswith("_")]
    found: dict[str, Any] = {}
    for name in names:
        value = getattr(module, name, None)
        if isinstance(value, type) and issubclass(value, base) and value is not base:
            found[value.__name__] = value
    return found


def _takes(function: Any, count: int) -> bool:
    """Whether `function` can be called with that many positional arguments."""
    try:
        inspect.signature(function).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:
        pass
    return True


def _positional_count(function: Any) -> int | None:
    """How many positional arguments `function` takes; None: any number."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    return sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)
