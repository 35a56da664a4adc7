"""`pyodide.code`: calling functions with more arguments than they take, and no running of JavaScript."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

from sshim.platform.globals import refuse_eval

_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


@functools.lru_cache(maxsize=256)
def _signature(function: Callable[..., Any]) -> Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def _fitting(
    signature: Signature, args: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments that the function takes, the surplus dropped."""
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    if Parameter.VAR_POSITIONAL not in kinds:
        args = args[: sum(parameter.kind in _POSITIONAL for parameter in signature.parameters.values())]
    if Parameter.VAR_KEYWORD not in kinds:
        positional_only = Parameter.POSITIONAL_ONLY
        keywords = {
            name: value
            for name, value in keywords.items()
            if name in signature.parameters and signature.parameters[name].kind is not positional_only
        }
    return args, keywords


def relaxed_call(function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """Call a function with those of the arguments that it takes."""
    signature = _signature(function)
    if signature is not None:
        args, keywords = _fitting(signature, args, keywords)
    return function(*args, **keywords)


def relaxed_wrap(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that drops surplus arguments; a TypeError if the signature cannot be read."""
    if _signature(function) is None:
        raise TypeError("Cannot wrap function")
    return functools.wraps(function)(functools.partial(relaxed_call, function))


def run_js(code: str, /) -> Any:
    """Refuses: there is no JavaScript engine."""
    return refuse_eval(code)
