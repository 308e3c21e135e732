"""Anchors that are texts rest without the instant that stands beside them."""

from __future__ import annotations

import msgspec
import pytest

from streamseg.core.contacts.contact import Contact, new_contact
from streamseg.core.contacts.resting import body_of
from streamseg.core.contacts.slots import last_fired
from streamseg.core.events import Event
from streamseg.core.values.timestamps import parse_time
from tests.unit.core.shop import Log, restored

AT = parse_time("2026-11-21T10:00:00.000Z")
LATER = AT + 60_000
NEW = "2026-11-21T10:00:00.000Z#new"


def rested(slot: list[object]) -> tuple[bytes, list[object]]:
    """The bytes of a contact with a slot, and the slot in them."""
    contact = new_contact(b"c", 1)
    contact.slots = {4: slot[:], 5: [0, 3, AT, 2, None, -1]}
    contact.has_texts = True
    value = contact.encode()
    assert Contact.decode(b"c", value).slots == contact.slots
    assert Contact.decode(b"c", value).encode() == value
    written: list[object] = msgspec.msgpack.decode(body_of(value), strict=False)[7][4]
    return value, written


@pytest.mark.parametrize(
    ("slot", "written"),
    [
        ([2, AT, NEW, True, None, 1], [2, AT, "#new", True, None, 1]),
        ([2, LATER, NEW, True, None, 1], [2, LATER, NEW, True, None, 1]),  # it had to settle
        ([1, LATER, 7, NEW, AT, 1], [1, LATER, 7, "#new", AT, 1]),
        ([0, None, None, f"{NEW}#2", AT, 1], [0, None, None, "#new#2", AT, 1]),
        ([0, None, None, NEW, None, 1], [0, None, None, NEW, None, 1]),
        ([2, AT, AT, True, None, 1], [2, AT, AT, True, None, 1]),
    ],
)
def test_an_anchor_rests_without_the_instant_beside_it(
    slot: list[object], written: list[object]
) -> None:
    assert rested(slot)[1] == written


def test_it_takes_24_bytes_less() -> None:
    contact = new_contact(b"c", 1)
    contact.slots = {4: [2, AT, NEW, True, None, 1]}
    long = contact.encode()
    contact.has_texts = True
    assert len(long) - len(contact.encode()) == 24


def test_what_an_instant_rule_has_fired_rests_so() -> None:
    partition = restored(Log(), "version: 1\nsegments: [{name: s, on: searched}]")
    partition.apply(Event("searched", "c", AT, {"query": "x"}, "new", "new"), None)
    value = dict(partition.take().changes)[b"cc"]
    assert value is not None
    written = msgspec.msgpack.decode(body_of(value), strict=False)[-1]
    assert "#new" in str(written)
    assert NEW not in str(written)
    assert last_fired(Contact.decode(b"c", value).slots[0]) == NEW


def test_a_state_that_has_it_whole_is_read_as_it_was() -> None:
    contact = new_contact(b"c", 1)
    contact.slots = {4: [2, AT, NEW, True, None, 1]}
    former = Contact.decode(b"c", contact.encode())
    assert former.slots == contact.slots
    assert former.encode() == contact.encode()
