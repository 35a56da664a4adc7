"""The base of JavaScript values: constructors, properties, and Python's view of both."""

from __future__ import annotations

from typing import Any

import pytest

from sshim.platform.exceptions import JsException
from sshim.platform.ffi import Object, own_properties, plain_object
from sshim.platform.proxy import Function, JsCallable, JsObject, JsProxy, static


def _static_kind(cls: type, *args: Any) -> str:
    return "made by the constructor"


def _read_kind(self: Any) -> str:
    return "read from the instance"


class Sample(JsObject):
    """A platform class with all that the conventions name."""

    js_name = "SampleName"
    __slots__ = ("_state",)

    def __init__(self, state: str) -> None:
        self._state = state

    @static
    def new(cls, state: str = "new") -> Any:
        return cls._make(state)

    kind = static(_static_kind, _read_kind)

    @property
    def name(self) -> str:
        return self._state


def test_the_class_is_the_constructor() -> None:
    made = Sample.new()
    assert made.constructor is Sample
    assert (Sample.name, made.constructor.name) == ("SampleName", "SampleName")
    assert Sample.constructor.name == "Function"
    assert (Sample.typeof, made.typeof) == ("function", "object")
    assert isinstance(Sample, JsProxy) and isinstance(Sample, JsCallable)
    assert isinstance(made, JsProxy) and not isinstance(made, JsCallable)
    assert not isinstance("text", JsProxy)


def test_a_class_is_not_called_without_new() -> None:
    with pytest.raises(
        JsException, match=r"^TypeError: Class constructor SampleName cannot be invoked without 'new'"
    ):
        Sample("x")


def test_instances_do_not_have_the_functions_of_the_constructor() -> None:
    made = Sample.new()
    assert not hasattr(made, "new")
    assert Sample.kind() == "made by the constructor"
    assert made.kind() == "read from the instance"
    assert "new" not in dir(made)


def test_an_instance_attribute_may_have_the_name_of_one_of_the_constructor() -> None:
    assert Sample.new("state").name == "state"


def test_a_class_without_a_constructor_of_its_own_refuses_new() -> None:
    class Closed(JsObject):
        """Nothing."""

    with pytest.raises(JsException, match="Illegal constructor"):
        Closed.new()


def test_a_missing_attribute_is_an_error_of_its_bare_name() -> None:
    for holder in (Sample.new(), Sample, plain_object({})):
        with pytest.raises(AttributeError) as caught:
            _ = holder.missing
        assert str(caught.value) == "missing"


def test_an_underscore_reaches_a_property_named_like_a_word_of_python() -> None:
    assert plain_object({"class": 1}).class_ == 1


def test_objects_take_further_attributes_as_properties() -> None:
    made = Sample.new()
    made.extra = 1
    assert list(made.object_keys()) == ["extra"]
    assert list(made.object_values()) == [1]
    assert [list(pair) for pair in made.object_entries()] == [["extra", 1]]
    del made.extra
    assert not hasattr(made, "extra")


def test_properties_come_in_the_order_of_javascript() -> None:
    assert list(own_properties(plain_object({"b": 0, "10": 0, "2": 0, "01": 0}))) == ["2", "10", "b", "01"]


def test_methods_of_pyodide_win_over_properties_and_those_of_javascript_do_not() -> None:
    data = plain_object({"to_py": 1, "toString": 2, "constructor": 3})
    assert callable(data.to_py)
    assert (data.toString, data.constructor) == (2, 3)
    data.to_py = 5
    assert callable(data.to_py) and own_properties(data)["to_py"] == 5


def test_equality_is_identity() -> None:
    one, other = Object.new(), Object.new()
    assert one == one and one != other
    assert len({one, other}) == 2


def test_text_is_what_to_string_gives() -> None:
    assert (str(Sample.new()), repr(Sample.new())) == ("[object SampleName]", "[object SampleName]")
    assert repr(Sample) == "function SampleName() { [native code] }"
    assert Sample.to_py() is Sample and list(Sample.object_keys()) == []


def test_to_python_every_value_is_a_jsproxy() -> None:
    assert type(Sample.new()).__name__ == "JsProxy"
    with pytest.raises(TypeError, match="'JsProxy' object is not subscriptable"):
        _ = Sample.new()["x"]


def test_a_function_of_the_platform_is_a_value() -> None:
    double = Function._make("double", lambda value: value * 2)
    assert double(4) == 8
    assert (double.name, double.typeof, double.constructor.name) == ("double", "function", "Function")
    assert isinstance(double, JsCallable)
    assert str(double) == "function double() { [native code] }"
