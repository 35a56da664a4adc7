"""The base of every JavaScript value that Python code can hold: `JsProxy` and its kinds.

A class written here plays a JavaScript constructor: `js.Response` is the class itself, `js.Response.new(...)`
makes an instance, and `value.constructor.name` is what the official SDK decides by.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from types import MethodType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

T = TypeVar("T")


class static(Generic[T]):
    """A function of the constructor, such as `Response.redirect`: absent on the instances.

    With `method`, instances carry that one under the same name: `Response.json` makes, `response.json` reads.
    """

    __slots__ = ("function", "method", "name")

    def __init__(self, function: Callable[..., T], method: Callable[..., Any] | None = None) -> None:
        self.function = function
        self.method = method
        self.name = getattr(function, "__name__", "")

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type) -> Callable[..., T]:
        if instance is None:
            return MethodType(self.function, owner)
        if self.method is not None:
            return MethodType(self.method, instance)
        raise AttributeError(self.name)


class JsClass(type):
    """The metaclass of platform classes: the class object is itself a JavaScript function.

    Calling the class is an error, as in JavaScript; platform code makes instances with `Class._make(...)`,
    which runs the Python `__init__`, and user code with `Class.new(...)`.
    """

    js_name: str

    name = property(attrgetter("js_name"))
    typeof = property(lambda cls: "function")
    js_id = property(id)
    constructor = property(lambda cls: Function)

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(name, bases, namespace, **kwargs)
        cls.js_name = namespace.get("js_name", name)
        # To Python, all JavaScript objects are of the type JsProxy: its messages and tracebacks say so.
        if (shown := getattr(cls, "_python_name", None)) is not None:
            cls.__name__ = cls.__qualname__ = shown
            cls.__module__ = "pyodide.ffi"

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        call = getattr(cls, "_call", None)
        if call is not None:
            return call(*args, **kwargs)
        from sshim.platform.exceptions import js_error

        raise js_error("TypeError", f"Class constructor {cls.js_name} cannot be invoked without 'new'")

    def __getattr__(cls, name: str) -> Any:
        raise AttributeError(name)

    if TYPE_CHECKING:

        def _make(cls, *args: Any, **kwargs: Any) -> Any:
            """An instance by its Python `__init__`: the way platform code makes one."""
    else:
        _make = type.__call__

    def __instancecheck__(cls, instance: Any) -> bool:
        kind = type(instance)
        if kind is cls or cls in kind.__mro__:
            return True
        return (cls is JsProxy or cls is JsCallable) and issubclass(kind, JsClass)

    def __repr__(cls) -> str:
        return f"function {cls.js_name}() {{ [native code] }}"


class fixed(Generic[T]):
    """A method of Python's side, which a JavaScript property of the same name does not hide."""

    __slots__ = ("function", "name")

    def __init__(self, function: Callable[..., T]) -> None:
        self.function = function
        self.name = function.__name__

    def __get__(self, instance: Any, owner: type) -> Callable[..., T]:
        return MethodType(self.function, owner if instance is None else instance)

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.name] = value


class JsProxy(metaclass=JsClass):
    """A JavaScript value as Python sees it. Attributes set on it stay on it, as properties do.

    Equality is identity, `str()` is `toString()`; a missing attribute is an AttributeError of its bare name.
    """

    js_name = "Object"

    constructor = property(type)
    typeof = property(lambda self: "object")
    js_id = property(id)

    def __getattr__(self, name: str) -> Any:
        # Pyodide lets Python keywords be read with an underscore after them, such as `promise.finally_`.
        if name[-1:] == "_" and name[:2] != "__":
            return getattr(self, name[:-1])
        raise AttributeError(name)

    def __repr__(self) -> str:
        return str(self.toString())

    def __dir__(self) -> list[str]:
        hidden = {n for kind in type(self).__mro__ for n, v in vars(kind).items() if isinstance(v, static)}
        names = [name for name in super().__dir__() if name not in hidden and name.strip("_") == name]
        return sorted([*names, *(name for name in super().__dir__() if name.startswith("__"))])

    @fixed
    def as_object_map(self, *, hereditary: bool = False) -> Any:
        """The own properties as a mapping onto the object; `hereditary` maps the objects inside too."""
        from sshim.platform.object_map import ObjectMap

        return ObjectMap._make(self, hereditary)

    @fixed
    def as_py_json(self) -> Any:
        """The object as nested mappings and arrays, without a copy."""
        from sshim.platform.object_map import as_py_json

        return as_py_json(self)

    def toString(self) -> str:
        """The text JavaScript gives, `[object Name]` unless a class says otherwise."""
        return f"[object {type(self).js_name}]"

    def valueOf(self) -> Any:
        """The primitive this object stands for, here itself."""
        return self

    def hasOwnProperty(self, name: str) -> bool:
        """Whether the object itself, not its class, holds the property."""
        return name in own_properties(self)

    @fixed
    def object_keys(self) -> Any:
        """The names of its own properties, as an Array (`Object.keys`)."""
        from sshim.platform.objects import Array

        return Array._make(list(own_properties(self)))

    @fixed
    def object_values(self) -> Any:
        """The values of its own properties, as an Array (`Object.values`)."""
        from sshim.platform.objects import Array

        return Array._make(list(own_properties(self).values()))

    @fixed
    def object_entries(self) -> Any:
        """The [name, value] pairs of its own properties, as an Array (`Object.entries`)."""
        from sshim.platform.objects import Array

        return Array._make([Array._make([k, v]) for k, v in own_properties(self).items()])

    def _own(self) -> dict[str, Any]:
        return self.__dict__

    @fixed
    def to_py(self, *, depth: int = -1, default_converter: Any = None) -> Any:
        """The Python form: dict, list, set or buffer where there is one, else the object itself.

        `default_converter(value, convert, cache)` is asked about objects without one.
        """
        from sshim.platform.convert import to_py

        return to_py(self, depth=depth, default_converter=default_converter)


def is_javascript(value: Any) -> bool:
    """Whether the value is a JavaScript object or class: `isinstance(value, JsProxy)` done faster."""
    kind = type(value)
    return isinstance(kind, JsClass) or kind is JsClass


def own_properties(value: Any) -> dict[str, Any]:
    """The properties the object itself holds, in JavaScript's order: integer names first, ascending."""
    if isinstance(value, JsClass):
        return {}
    properties: dict[str, Any] = value._own() if isinstance(value, JsProxy) else vars(value)
    if any(name.isdecimal() for name in properties):
        integers = sorted((n for n in properties if is_array_index(n)), key=int)
        return {n: properties[n] for n in integers} | properties
    return properties


def is_array_index(name: str) -> bool:
    """Whether a property name is an integer index in its canonical form."""
    return name.isascii() and name.isdecimal() and (name == "0" or name[0] != "0") and int(name) < 2**32 - 1


class JsCallable(JsProxy):
    """A JavaScript function."""

    js_name = "Function"


class Function(JsCallable):
    """A function of the platform that is a value of its own, such as `js.fetch`."""

    js_name = "Function"
    __slots__ = ("_function", "_name")

    typeof = property(lambda self: "function")
    name = property(attrgetter("_name"))

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self._name = name
        self._function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def toString(self) -> str:
        """The source text, which native functions do not show."""
        return f"function {self._name}() {{ [native code] }}"


class JsObject(JsProxy):
    """The base of platform classes written in Python: `js_name` is the class's own name unless it says so.

    Subclasses keep their state in underscored slots; properties and methods have JavaScript's names.
    """

    _python_name = "JsProxy"

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """Refuses: classes that JavaScript code may construct define their own."""
        from sshim.platform.exceptions import js_error

        raise js_error("TypeError", "Illegal constructor")
