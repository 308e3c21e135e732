"""Reads the stays of a contact off its state, under any layout."""

from __future__ import annotations

from typing import Any

from streamseg.core.contacts.contact import SLOTS, Contact
from streamseg.core.contacts.slots import is_inside
from streamseg.core.features.base import States

# By segment's name and key (None: it has none), the labels of the rungs that the contact is on.
Stays = dict[tuple[str, str | None], list[str | None]]


def stays_of(contact: Contact, described: list[Any]) -> Stays:
    """The stays of a contact; ``described`` are the segments as its layout describes them."""
    stays: Stays = {}
    for name, _, first_slot, labels, key_group, *_ in described:
        if key_group < 0:
            rungs = _inside(contact.slots, first_slot, labels)
            if rungs:
                stays[name, None] = rungs
            continue
        for key in list(contact.keys.get(key_group, ())):
            state = contact.key(key_group, key)
            assert state is not None
            rungs = _inside(state[SLOTS], first_slot, labels)
            if rungs:
                stays[name, key] = rungs
    return stays


def _inside(slots: States, first_slot: int, labels: list[str | None]) -> list[str | None]:
    return [
        label for place, label in enumerate(labels, start=first_slot) if is_inside(slots.get(place))
    ]
