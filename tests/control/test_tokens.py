"""Credentials of the REST API: who gets which, and how long they are good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sshim.control import ControlPlane
from sshim.control.tokens import is_global_key, is_token, new_global_key, new_token
from sshim.errors import PermissionDenied, TokenNotFound, UsageError
from sshim.model import Actor
from sshim.permissions import ROLES, TOKEN_PERMISSIONS
from sshim.store.care import StoreCare
from sshim.store.open import StoreOptions
from tests.control.conftest import SUPER, Clock


@pytest.fixture
def plane(plane: ControlPlane) -> ControlPlane:
    """The account, with no clock that runs by itself."""
    return plane._replace(monotonic=lambda: 0.0)


def test_what_is_made_has_the_form_and_a_character_changed_has_not() -> None:
    for make, has_form in ((new_token, is_token), (new_global_key, is_global_key)):
        text = make()
        assert has_form(text) and len({make() for _ in range(9)}) == 9
        for place in (7, len(text) - 1):
            other = "a" if text[place] != "a" else "b"
            assert not has_form(text[:place] + other + text[place + 1 :])
        assert not has_form(text + "\n") and not has_form("")


def test_a_token_is_shown_once_and_is_its_role_s(plane: ControlPlane) -> None:
    token, text = plane.create_token(role="deployer", name="ci")
    assert plane.list_tokens() == [token] and text.reveal() not in repr(plane.audit())
    assert plane.authenticate(text.reveal()) == Actor("deployer", token.id, "api", None)
    assert plane.authenticate(new_token()) is None and plane.authenticate("nonsense") is None


def test_a_global_key_goes_with_its_address_however_that_is_written(plane: ControlPlane) -> None:
    token, key = plane.create_global_key("Dev@example.com")
    actor = plane.authenticate_key("dev@EXAMPLE.com", key.reveal())
    assert actor == Actor("super-administrator", token.id, "api", "Dev@example.com")
    assert plane.authenticate_key("other@example.com", key.reveal()) is None
    assert plane.authenticate(key.reveal()) is None
    with pytest.raises(UsageError, match="e-mail"):
        plane.create_global_key("no address")


@pytest.mark.parametrize("own", [*ROLES, *TOKEN_PERMISSIONS])
def test_nobody_makes_or_ends_a_token_that_may_do_more_than_they(plane: ControlPlane, own: str) -> None:
    allowed = {**ROLES, **TOKEN_PERMISSIONS}
    actor = plane.acting_as(Actor(own, interface="test"))
    for asked in allowed:
        there, _ = plane.create_token(role=asked)
        if "write" in allowed[own] and allowed[asked] <= allowed[own]:
            actor.revoke_token(actor.create_token(role=asked)[0].id)
            assert actor.revoke_token(there.id) == there.id
            continue
        with pytest.raises(PermissionDenied):
            actor.create_token(role=asked)
        with pytest.raises(PermissionDenied):
            actor.revoke_token(there.id)
        assert plane.list_tokens() == [there]
        plane.revoke_token(there.id)


@pytest.mark.parametrize("role", ["", "owner", "Admin"])
def test_a_role_that_is_none_is_refused_with_those_there_are(plane: ControlPlane, role: str) -> None:
    with pytest.raises(UsageError) as caught:
        plane.create_token(role=role)
    assert all(known in (caught.value.hint or "") for known in (*ROLES, *TOKEN_PERMISSIONS))


def test_a_token_ends_at_its_time(plane: ControlPlane, clock: Clock) -> None:
    with pytest.raises(UsageError, match="expired from the start"):
        plane.create_token(role="reporter", expires=clock())
    _, text = plane.create_token(role="reporter", expires=clock() + timedelta(seconds=10))
    clock.move(seconds=9)
    assert plane.authenticate(text.reveal()) is not None
    clock.move(seconds=1)
    assert plane.authenticate(text.reveal()) is None


def test_its_use_is_noted_once_a_minute(plane: ControlPlane, clock: Clock) -> None:
    _, text = plane.create_token(role="reporter")
    seen = []
    for seconds in (0, 59, 1):
        clock.move(seconds=seconds)
        assert plane.authenticate(text.reveal()) is not None
        seen.append(plane.list_tokens()[0].last_used)
    assert seen[0] == seen[1] and seen[2] == clock()


@pytest.mark.parametrize("make", ["create_token", "create_global_key"])
def test_the_token_itself_may_be_given_to_end_it_and_is_recorded_nowhere(
    plane: ControlPlane, make: str
) -> None:
    token, text = (
        plane.create_token(role="reporter")
        if make == "create_token"
        else plane.create_global_key("dev@example.com")
    )
    assert plane.revoke_token(text.reveal()) == token.id
    assert plane.authenticate(text.reveal()) is None
    with pytest.raises(TokenNotFound) as caught:
        plane.revoke_token(text.reveal())
    assert text.reveal() not in f"{caught.value} {caught.value.hint} {plane.audit()!r}"


def test_tokens_outlive_a_new_master_key(plane: ControlPlane, options: StoreOptions) -> None:
    old, text = plane.create_token(role="reporter")
    StoreCare(options, actor=SUPER).rotate_key()
    new, other = plane.create_token(role="admin")
    found = [plane.authenticate(each.reveal()) for each in (text, other)]
    assert [actor and actor.id for actor in found] == [old.id, new.id]


def test_of_an_account_without_a_store_nobody_has_a_token(opened: Callable[..., ControlPlane]) -> None:
    assert opened().authenticate(new_token()) is None
