"""What is decided of a contact and not yet told: entries and exits that wait for their turn.

A pending telling: [due (T), segment, key, rung, anchor, left_at, story as JSON, and of an exit when
that stay was entered; None of an entry].
"""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.contact import Contact
from streamseg.core.membership import NO_EVENT, Place

DUE: Final = 0
SEGMENT: Final = 1
KEY: Final = 2
RUNG: Final = 3
ENTRY_ANCHOR: Final = 4
LEFT_AT: Final = 5
STORY: Final = 6
STAY_ENTERED_AT: Final = 7


def first_pending(contact: Contact) -> int:
    """The instant of the first change of a contact that is pending; NO_EVENT where none is."""
    pending = contact.pending
    return min([entry[DUE] for entry in pending]) if pending else NO_EVENT


def is_entry(entry: list[Any]) -> bool:
    """Whether what waits is an entry."""
    return entry[STAY_ENTERED_AT] is None


def ends(ended: list[Any], entry: list[Any]) -> bool:
    """Whether a pending exit is that of a pending entry."""
    where = slice(SEGMENT, ENTRY_ANCHOR)
    stay = [ended[STAY_ENTERED_AT], ended[DUE]]
    return bool(ended[where] == entry[where] and stay == [entry[DUE], entry[LEFT_AT]])


def is_of(entry: list[Any], place: Place) -> bool:
    """Whether what waits is of the membership at a place."""
    return (entry[SEGMENT], entry[KEY], entry[RUNG]) == (
        place.segment.index,
        place.key,
        place.rung,
    )
