"""pyodide.code: calls with more arguments than a function takes."""

from __future__ import annotations

from typing import Any

import pytest

from sshim.platform.exceptions import JsException
from sshim.platform.relaxed import relaxed_call, relaxed_wrap, run_js


def two(a: int, b: int = 0) -> tuple[int, int]:
    return a, b


def everything(*args: Any, **keywords: Any) -> tuple[Any, Any]:
    return args, keywords


def positional_only(a: int, /, *, b: int = 0) -> tuple[int, int]:
    return a, b


def test_surplus_arguments_are_dropped() -> None:
    assert relaxed_call(two, 1, 2, 3, c=4) == (1, 2)
    assert relaxed_call(two, 1) == (1, 0)
    assert relaxed_call(everything, 1, 2, c=4) == ((1, 2), {"c": 4})
    assert relaxed_call(positional_only, 1, 2, a=3, b=4) == (1, 4)
    assert relaxed_call(lambda: 5, 1) == 5


def test_missing_arguments_are_still_missing() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        relaxed_call(two)


def test_a_wrapped_function_keeps_its_name() -> None:
    wrapped = relaxed_wrap(two)
    assert wrapped(1, 2, 3) == (1, 2) and wrapped.__name__ == "two"


def test_what_has_no_signature_is_called_as_it_is_and_cannot_be_wrapped() -> None:
    assert relaxed_call(dict, a=1) == {"a": 1}
    with pytest.raises(TypeError, match="Cannot wrap function"):
        relaxed_wrap(dict)


def test_javascript_is_not_run() -> None:
    with pytest.raises(JsException, match="EvalError"):
        run_js("1 + 1")
