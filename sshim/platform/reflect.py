"""`js.Reflect`: reading and changing the properties of an object by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sshim.platform.arrays import Array
from sshim.platform.options import unwrap
from sshim.platform.primitives import js_string
from sshim.platform.proxy import JsObject, own_properties


class _Reflect(JsObject):
    """The object `js.Reflect`."""

    js_name = "Object"
    __slots__ = ()

    def ownKeys(self, target: Any = None) -> Any:
        """The names of the own properties, as an Array."""
        return Array._make(list(own_properties(target)))

    def get(self, target: Any = None, name: Any = None) -> Any:
        """A property, None if it is not there."""
        return getattr(target, js_string(name), None)

    def set(self, target: Any = None, name: Any = None, value: Any = None) -> bool:
        """Set a property; returns whether that was possible."""
        try:
            setattr(target, js_string(name), value)
        except AttributeError:
            return False
        return True

    def has(self, target: Any = None, name: Any = None) -> bool:
        """Whether the object has the property."""
        return hasattr(target, js_string(name))

    def deleteProperty(self, target: Any = None, name: Any = None) -> bool:
        """Remove a property; returns true even if it was not there."""
        target.__dict__.pop(js_string(name), None)
        return True

    def apply(self, function: Callable[..., Any], this: Any = None, args: Any = ()) -> Any:
        """Call a function with an array of arguments; `this` means nothing here."""
        return unwrap(function)(*args)

    def construct(self, constructor: Any, args: Any = ()) -> Any:
        """`new constructor(...args)`."""
        return constructor.new(*args)

    def toString(self) -> str:
        """`[object Reflect]`."""
        return "[object Reflect]"


Reflect = _Reflect._make()
