"""The modules that Workers import: `js`, `pyodide` and its parts, built when they are first imported."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dis import opmap
from types import ModuleType
from typing import Any

from sshim.platform import suspend
from sshim.platform.entrypoint import EntrypointHelper
from sshim.platform.globals import global_this, names
from sshim.platform.runtime import runtime

_IMPORT_FROM = opmap["IMPORT_FROM"]


class JsModule(ModuleType):
    """The module `js`: a window on `globalThis`, which keeps what was looked up once."""

    def __getattr__(self, name: str) -> Any:
        try:
            found = getattr(global_this, name)
        except AttributeError as reason:
            if not name.startswith("__") and _is_from_import(sys._getframe(1)):
                # `from js import X` would hide the reason behind "cannot import name".
                raise ImportError(f"cannot import name {name!r} from 'js': {reason}", name="js") from None
            raise
        self.__dict__[name] = found
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("__"):
            setattr(global_this, name, value)
        super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*names(), *vars(global_this)})


def _is_from_import(frame: Any) -> bool:
    """Whether the frame is at the step of `from module import name` that reads the name."""
    code, place = frame.f_code.co_code, frame.f_lasti
    return bool(0 <= place < len(code) and code[place] == _IMPORT_FROM)


class _Pyodide(ModuleType):
    """The package `pyodide`, whose parts are there without being imported one by one."""

    def __getattr__(self, name: str) -> Any:
        if name in ("code", "ffi", "http"):
            return importlib.import_module(f"pyodide.{name}")
        raise AttributeError(f"module 'pyodide' has no attribute {name!r}")


class _Ffi(ModuleType):
    """The module `pyodide.ffi`. Reading `run_sync` says that handlers are to be run so that it works."""

    def __getattr__(self, name: str) -> Any:
        if name in ("run_sync", "can_run_sync"):
            suspend.want()
            return getattr(suspend, name)
        raise AttributeError(f"module 'pyodide.ffi' has no attribute {name!r}")


def _js() -> ModuleType:
    return JsModule("js", "The globals of JavaScript.")


def _pyodide() -> ModuleType:
    module = _Pyodide("pyodide", "Pyodide's Python side, as far as Workers use it.")
    module.__version__ = runtime.version  # type: ignore[attr-defined]
    return module


# The public names of pyodide.ffi -> the module of sshim.platform.
_FFI: dict[str, str] = {
    "convert": "ConversionError to_js",
    "exceptions": "JsException",
    "kinds": "JsArray JsAsyncGenerator JsAsyncIterable JsAsyncIterator JsBuffer JsDomElement JsDoubleProxy "
    "JsFetchResponse JsGenerator JsIterable JsIterator JsMap JsMutableMap JsPromise JsTypedArray",
    "proxies": "create_once_callable create_proxy destroy_proxies",
    "proxy": "JsCallable JsProxy",
}
_FFI_SINCE_028: dict[str, str] = {
    "kinds": "JsCallableDoubleProxy JsOnceCallable JsWeakRef",
    "runtime": "JsNull jsnull",
}


def _ffi() -> ModuleType:
    module = _Ffi("pyodide.ffi", "Conversion between Python and JavaScript.")
    tables = [_FFI] if runtime.null is None else [_FFI, _FFI_SINCE_028]
    for table in tables:
        for source, exported in table.items():
            found = importlib.import_module(f"sshim.platform.{source}")
            module.__dict__.update({name: getattr(found, name) for name in exported.split()})
    public = [name for name in vars(module) if not name.startswith("_")]
    module.__dict__.update(
        IN_BROWSER=True,
        ToJsConverter=Callable[..., Any],
        register_js_module=register_js_module,
        unregister_js_module=unregister_js_module,
        __all__=sorted([*public, "IN_BROWSER", "register_js_module", "run_sync", "unregister_js_module"]),
    )
    return module


def register_js_module(name: str, module: Any) -> None:
    """Make a JavaScript object importable as a module; one that Python has already stays."""
    made = ModuleType(name)
    made.__getattr__ = lambda attribute: getattr(module, attribute)  # type: ignore[method-assign]
    sys.modules.setdefault(name, made)
    _registered.add(name)


def unregister_js_module(name: str) -> None:
    """Undo `register_js_module`; a ValueError for other names."""
    if name not in _registered:
        raise ValueError(f"Cannot unregister {name!r}: no javascript module with that name is registered")
    _registered.discard(name)
    sys.modules.pop(name, None)


_registered: set[str] = set()


def _copy_of(source: str) -> Callable[[], ModuleType]:
    """A module with the public functions and classes that a module of ours defines."""

    def build() -> ModuleType:
        found = importlib.import_module(f"sshim.platform.{source}")
        module = ModuleType(_NAMES[source], found.__doc__)
        own = getattr(found, "__all__", None) or [
            name for name, value in vars(found).items() if getattr(value, "__module__", "") == found.__name__
        ]
        module.__dict__.update({name: getattr(found, name) for name in own if not name.startswith("_")})
        return module

    return build


_NAMES = {
    "browser_events": "pyodide.ffi.wrappers",
    "http": "pyodide.http",
    "relaxed": "pyodide.code",
}

BUILDERS: dict[str, Callable[[], ModuleType]] = {
    "_pyodide_entrypoint_helper": EntrypointHelper,
    "js": _js,
    "pyodide": _pyodide,
    "pyodide.ffi": _ffi,
    **{name: _copy_of(source) for source, name in _NAMES.items()},
}

PACKAGES = frozenset({"pyodide", "pyodide.ffi"})

_NO_INTERPRETER = "sshim runs Workers on CPython, not in Pyodide"
REFUSED: dict[str, str] = {
    "_pyodide": f"{_NO_INTERPRETER}, whose insides it has not",
    "_pyodide_core": f"{_NO_INTERPRETER}, whose insides it has not",
    "pyodide.console": f"{_NO_INTERPRETER}, and a Worker has no interactive console",
    "pyodide.webloop": f"{_NO_INTERPRETER}: the event loop is asyncio's own",
    "pyodide_js": f"{_NO_INTERPRETER}, so there is no interpreter object to steer",
}
