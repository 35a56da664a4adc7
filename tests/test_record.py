"""Named tuples made the short way behave as the original does."""

from __future__ import annotations

import copy
import pickle
import typing
from typing import Any

import pytest

from sshim.record import NamedTuple


class Ours(NamedTuple):
    """A point."""

    x: int
    y: int = 2
    name: str = "p"

    @property
    def total(self) -> int:
        """Both."""
        return self.x + self.y

    def moved(self, by: int) -> Ours:
        return self._replace(x=self.x + by)


class Theirs(typing.NamedTuple):
    """A point."""

    x: int
    y: int = 2
    name: str = "p"


class Hidden(NamedTuple):
    value: str

    def __repr__(self) -> str:
        return "Hidden()"


CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1,), {}),
    ((1, 3), {}),
    ((1, 3, "q"), {}),
    ((), {"x": 1}),
    ((1,), {"name": "q"}),
    ((), {"name": "q", "x": 5}),
    ((), {}),
    ((1, 2, "p", 4), {}),
    ((1,), {"x": 2}),
    ((1,), {"z": 2}),
]


@pytest.mark.parametrize(("values", "named"), CALLS)
def test_values_are_taken_and_refused_as_by_the_original(
    values: tuple[Any, ...], named: dict[str, Any]
) -> None:
    try:
        wanted = Theirs(*values, **named)
    except TypeError:
        with pytest.raises(TypeError):
            Ours(*values, **named)
    else:
        made = Ours(*values, **named)
        assert tuple(made) == tuple(wanted)
        assert (made.x, made.y, made.name) == (wanted.x, wanted.y, wanted.name)
        assert repr(made) == repr(wanted).replace("Theirs", "Ours")
        assert hash(made) == hash(wanted)


def test_a_record_has_what_its_class_defines() -> None:
    assert Ours(1).total == 3
    assert Ours(1).moved(2) == (3, 2, "p")
    assert repr(Hidden("a secret")) == "Hidden()"
    assert Ours.__doc__ == Theirs.__doc__
    assert (Ours.__module__, Ours.__qualname__) == (__name__, "Ours")
    assert Ours._fields == Theirs._fields
    assert Ours(1)._asdict() == Theirs(1)._asdict()


def test_a_record_cannot_be_changed_and_takes_no_other_names() -> None:
    made: Any = Ours(1)
    for name in ("x", "other"):
        with pytest.raises(AttributeError):
            setattr(made, name, 2)
    with pytest.raises(TypeError):
        made._replace(z=1)


def test_a_record_can_be_matched_copied_and_sent_to_another_process() -> None:
    match Ours(1, 5):
        case Ours(x, y):
            assert (x, y) == (1, 5)
    for again in (copy.copy(Ours(1)), copy.deepcopy(Ours(1)), pickle.loads(pickle.dumps(Ours(1)))):
        assert type(again) is Ours
        assert again == Ours(1)
