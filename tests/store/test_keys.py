"""Key slots as such."""

from __future__ import annotations

import os

import pytest

from sshim.errors import Corrupt, KeySlotNotFound, LastKeySlot
from sshim.store.format import Header, decode_header, encode_header, seals
from sshim.store.keys import (
    Root,
    make_slot,
    new_header,
    next_term,
    open_slot,
    term_keys,
    unlock,
    with_slot,
    without_slot,
)

ROOT, OTHER = Root("keyfile", bytes(32), "one"), Root("env", bytes(range(32)), "other")
HERE = "here"


@pytest.fixture
def made() -> tuple[Header, bytes]:
    return new_header(ROOT, label="first", now=1)


def test_each_root_opens_its_own_slot_and_no_other(made: tuple[Header, bytes]) -> None:
    header, master = made
    keys = seals(HERE, header.vault_id, 1, master)
    more, slot = with_slot(header, keys, OTHER, label="", now=2)
    assert open_slot(HERE, more, more.slots[0], OTHER) is None
    assert open_slot(HERE, more, slot, ROOT) is None
    for root in (ROOT, OTHER):
        found = unlock(HERE, more, root)
        assert found is not None and found[0].master == master
    assert unlock(HERE, more, Root("keyfile", bytes([7]) * 32, "a third")) is None


def test_a_slot_that_holds_another_master_key_is_damage(made: tuple[Header, bytes]) -> None:
    """Somebody with a key of their own adds a slot for it: it opens, but to the wrong vault."""
    header, _ = made
    forged = make_slot(header.vault_id, 1, OTHER, os.urandom(32), label="", now=2)
    with pytest.raises(Corrupt, match="another master key"):
        open_slot(HERE, header._replace(slots=(*header.slots, forged)), forged, OTHER)


@pytest.mark.parametrize("change", [
    {"id": "ab" * 16}, {"kind": "env"}, {"created": 9}, {"nonce": bytes(12)}, {"wrapped": bytes(48)},
    {"parameters": {"kdf": "hkdf-sha256", "salt": "00" * 16}},
])  # fmt: skip
def test_nothing_of_a_slot_that_matters_can_be_changed(
    made: tuple[Header, bytes], change: dict[str, object]
) -> None:
    header, _ = made
    assert open_slot(HERE, header, header.slots[0]._replace(**change), ROOT) is None  # type: ignore[arg-type]


def test_a_slot_of_one_vault_or_term_opens_in_no_other(made: tuple[Header, bytes]) -> None:
    header, _ = made
    for elsewhere in (header._replace(vault_id="ab" * 16), header._replace(term=2)):
        assert open_slot(HERE, elsewhere, header.slots[0], ROOT) is None


def test_one_proven_slot_always_remains(made: tuple[Header, bytes]) -> None:
    header, master = made
    more, slot = with_slot(header, seals(HERE, header.vault_id, 1, master), OTHER, label="", now=2)
    with pytest.raises(LastKeySlot):
        without_slot(more, slot.id, {slot.id})
    left, gone = without_slot(more, slot.id[:8], {header.slots[0].id})
    assert left == header and gone == slot
    with pytest.raises(LastKeySlot):
        without_slot(header, header.slots[0].id, {header.slots[0].id})
    for name in ("", slot.id[:7], "zz" * 16):
        with pytest.raises(KeySlotNotFound):
            without_slot(more, name, {header.slots[0].id})


def test_a_slot_is_found_by_a_label_that_it_alone_has(made: tuple[Header, bytes]) -> None:
    header, master = made
    keys = seals(HERE, header.vault_id, 1, master)
    one, slot = with_slot(header, keys, OTHER, label="bob", now=2)
    assert without_slot(one, "bob", {header.slots[0].id}) == (header, slot)
    two, _ = with_slot(one, keys, Root("env", bytes([9]) * 32, "third"), label="bob", now=3)
    for name in ("bob", "bo", ""):
        with pytest.raises(KeySlotNotFound):
            without_slot(two, name, {header.slots[0].id})


def test_a_new_term_has_a_new_key_and_the_audit_keys_of_all_before(made: tuple[Header, bytes]) -> None:
    header, master = made
    keys = seals(HERE, header.vault_id, 1, master)
    first, terms = keys, {1: (keys.audit, keys.token)}
    for term in (2, 3):
        header, keys = next_term(header, keys, {header.slots[0].id: ROOT}, now=term)
        terms[term] = (keys.audit, keys.token)
    header = decode_header(HERE, encode_header(header))
    assert (header.term, len(header.slots)) == (3, 1) and keys.master != first.master
    assert unlock(HERE, header, ROOT) == (keys, header.slots[0])
    assert {term: (pair.audit, pair.token) for term, pair in term_keys(header, keys).items()} == terms
    past = header.past[0]._replace(wrapped=bytes(80))
    with pytest.raises(Corrupt, match="term 1"):
        term_keys(header._replace(past=(past, *header.past[1:])), keys)


def test_no_key_is_shown() -> None:
    header, master = new_header(OTHER, label="", now=0)
    shown = f"{OTHER!r} {seals(HERE, header.vault_id, 1, master)!r}"
    assert repr(OTHER.secret) not in shown and repr(master) not in shown
