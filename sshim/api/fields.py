"""Fields of a body that an operation names one by one, and the error that says which of them is wrong.

The AI Gateway's part of the API answers so: number, sentence, and the path of the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sshim.api.envelope import invalid_body
from sshim.errors import RequestRefused

_INVALID = 7001


class Field(NamedTuple):
    """What a field may hold: a value of `kind` (whole numbers within `least` and `most`, words of `words`
    where there are any), or null if `nullable`. `required`: it must be there."""

    kind: type
    required: bool = False
    nullable: bool = False
    least: int | None = None
    most: int | None = None
    words: tuple[str, ...] = ()

    def fault(self, value: Any) -> str | None:
        """What is wrong with a value, None for a good one."""
        if value is None and self.nullable:
            return None
        if not isinstance(value, self.kind) or (self.kind is int and isinstance(value, bool)):
            return f"Expected {_NAMES[self.kind]}"
        if self.words and value not in self.words:
            return f"Expected one of {', '.join(self.words)}"
        if isinstance(value, int) and self.least is not None and value < self.least:
            return f"Expected {self.least} or more"
        if isinstance(value, int) and self.most is not None and value > self.most:
            return f"Expected {self.most} or less"
        return None


_NAMES: Mapping[type, str] = {
    bool: "a boolean",
    int: "a whole number",
    str: "a string",
    dict: "an object",
    list: "an array",
}


def checked(body: Any, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The body itself, an object of these fields. Raises `RequestRefused` 400; no value is quoted."""
    if not isinstance(body, dict):
        raise invalid_body()
    for name, field in fields.items():
        if name in body:
            body[name] = _whole(body[name])
            fault = field.fault(body[name])
            if fault is not None:
                raise wrong_field(name, fault)
        elif field.required:
            raise wrong_field(name, "Required")
    for name in body:
        if name not in fields:
            raise wrong_field(name[:64], "Unrecognized key")
    return body


def _whole(value: Any) -> Any:
    """In JSON 1.0 is the whole number 1; 1e300 is none that a body may hold, however it is written."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**63 else value


def wrong_field(name: str, fault: str) -> RequestRefused:
    """A field of the body that cannot be used."""
    return RequestRefused(400, _INVALID, fault, path=("body", name))
