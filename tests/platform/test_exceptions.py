"""JavaScript's errors as Python exceptions."""

from __future__ import annotations

import traceback

import pytest

from sshim.platform.exceptions import KINDS, AggregateError, DOMException, JsException, js_error
from sshim.platform.objects import Array, plain_object


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_of_error_has_its_constructor(kind: str) -> None:
    error = js_error(kind, "text")
    assert error.constructor.name == kind and error.name == kind
    assert (str(error), repr(error), error.toString()) == (f"{kind}: text",) * 3
    assert isinstance(error, JsException)


def test_other_names_are_dom_exceptions() -> None:
    error = js_error("AbortError", "stop")
    assert isinstance(error, DOMException)
    assert (error.constructor.name, error.name, error.message, error.code) == (
        "DOMException",
        "AbortError",
        "stop",
        20,
    )
    assert js_error("OperationError", "x").code == 0


def test_a_traceback_names_pyodides_exception() -> None:
    for kind in ("TypeError", "AbortError"):
        shown = traceback.format_exception_only(js_error(kind, "text"))
        assert shown == [f"pyodide.ffi.JsException: {kind}: text\n"]


def test_one_kind_is_not_caught_as_another() -> None:
    with pytest.raises(JsException) as caught:
        raise js_error("RangeError", "x")
    assert not isinstance(caught.value, KINDS["TypeError"])


def test_constructors_take_a_cause() -> None:
    assert JsException.new("x", plain_object({"cause": 3})).cause == 3
    assert JsException.new("x", cause=4).cause == 4
    assert not hasattr(JsException.new("x"), "cause")
    assert JsException("x").message == "x"


def test_dom_exceptions_take_a_name_or_options() -> None:
    assert DOMException.new("m", "AbortError").name == "AbortError"
    assert DOMException.new("m", name="DataCloneError").code == 25
    assert DOMException.new("m").name == "Error"


def test_an_aggregate_error_holds_its_errors() -> None:
    error = AggregateError.new([1, 2], "m")
    assert (str(error), list(error.errors)) == ("AggregateError: m", [1, 2])
    assert isinstance(error.errors, Array)


def test_the_stack_names_the_frames_that_the_error_passed() -> None:
    def thrower() -> None:
        raise js_error("Error", "deep")

    with pytest.raises(JsException) as caught:
        thrower()
    assert caught.value.stack.startswith("Error: deep\n    at thrower (")


def test_an_error_without_message_shows_its_name() -> None:
    assert str(js_error("Error", "")) == "Error"


def test_the_error_is_its_own_javascript_error() -> None:
    error = js_error("Error", "x")
    assert error.js_error is error
