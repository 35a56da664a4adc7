"""Items of a manifest on their way to a store and a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from sshim.errors import SshimError, TransferError
from sshim.model import SecretValue
from sshim.transfer import seed
from sshim.transfer.pending import Pending, Targets, commands, of_items, resolve
from sshim.transfer.references import Resolver

TARGETS = {"API_KEY": ("main", "api-key"), "TOKEN": ("main", "token")}


def pending(*items: str, targets: Targets = TARGETS, store: str | None = None) -> list[Pending]:
    text = "version: 1\nsecrets:\n" + "".join(f"  - {{{item}}}\n" for item in items)
    return of_items(seed.parse(Path("s.yaml"), text.encode()), targets, store_id=store)


def resolver() -> Resolver:
    return Resolver({"KEY": "value of key"}, Path("/nowhere"))


def test_a_binding_means_the_store_and_name_of_the_configuration() -> None:
    (first, second) = pending("binding: API_KEY, from: 'env:KEY'", "name: other, plain: x")
    assert first.key == ("main", "api-key") and first.incoming.binding == "API_KEY"
    assert second.key == ("main", "other"), "the one store of the configuration"


@pytest.mark.parametrize(
    ("item", "store", "wanted"),
    [("store: there, ", None, "there"), ("store: there, ", "flag", "there"), ("", "flag", "flag")],
)
def test_the_items_own_store_comes_before_the_flag(item: str, store: str | None, wanted: str) -> None:
    (found,) = pending(f"{item}name: a, plain: x", store=store, targets={})
    assert found.key == (wanted, "a")


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("binding: API_KAY, plain: x", "did you mean 'API_KEY'?"),
        ("binding: API_KEY, name: other, plain: x", "binds API_KEY to 'api-key', not to 'other'"),
        ("name: a, plain: x", "names no store"),
    ],
)
def test_what_has_no_target_is_told_with_its_place(item: str, said: str) -> None:
    targets = {**TARGETS, "FAR": ("second", "far")}
    with pytest.raises(TransferError) as caught:
        pending(item, targets=targets)
    place = caught.value.place
    assert said in caught.value.message and place is not None and (place.line, place.column) == (3, 5)


def test_a_value_that_is_made_anew_is_not_made_for_a_secret_that_exists() -> None:
    items = pending("name: old, from: 'generate:hex8'", "name: new, from: 'generate:hex8'")
    (old, new), failed = resolve(items, resolver(), {("main", "old")})
    assert not failed and old.value is None and old.keep
    assert new.value is not None and len(new.value.reveal()) == 16


def test_every_failure_is_kept_with_name_and_place() -> None:
    items = pending("name: a, from: 'env:NOPE'", "name: b, from: 'env:KEY'", "name: c, from: 'file:x'")
    done, failed = resolve(items, resolver(), ())
    assert [(each.name, each.value) for each in done] == [("b", SecretValue("value of key"))]
    told = [(error.message.split(":")[0], error.place and error.place.line) for error in failed]
    assert told == [("secret 'a'", 3), ("secret 'c'", 5)]
    assert all(isinstance(error, SshimError) for error in failed)


def test_only_programs_are_told_of_and_commands_are_listed_once() -> None:
    items = pending("name: a, from: 'cmd:echo x'", "name: b, from: 'env:KEY'", "name: c, from: 'cmd:echo x'")
    told: list[tuple[int, str]] = []
    resolve(items, resolver(), (), lambda number, each: told.append((number, each.incoming.name)))
    assert told == [(1, "a"), (3, "c")] and commands(items) == ["echo x"]
