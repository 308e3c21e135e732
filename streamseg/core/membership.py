"""Who is in which segment, and what of it has fired.

A membership's state (a slot, one a contact, segment, key and rung):

    [status, entered_at, anchor, fired_anchor, fired_at, fired_count]

    OUT ──enters by an event──────────────────────────> TOLD, or IN where nothing was fired
     ^ \\──enters by time──> PENDING ──now ≥ T+lateness──> TOLD / IN
     └────────────────────────── exits ──────────────────────┘
"""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.contact import Contact
from streamseg.core.features.base import FOREVER
from streamseg.core.segments import Segment

OUT: Final = 0
IN: Final = 1
TOLD: Final = 2
PENDING: Final = 3
STATUS: Final = 0
ENTERED_AT: Final = 1
ANCHOR: Final = 2
FIRED_ANCHOR: Final = 3
FIRED_AT: Final = 4
FIRED_COUNT: Final = 5

SAME: Final = True  # as FIRED_ANCHOR: the firing was of the last entry, anchor and instant
NO_EVENT: Final = FOREVER  # as the time of an event: there is none, only time went on


class Place:
    """Where a membership is: whose, of which segment and rung, under which key, and its slot."""

    __slots__ = ("contact", "key", "rung", "segment", "slot")

    def __init__(
        self, contact: Contact, segment: Segment, key: str | None, rung: int, slot: list[Any]
    ) -> None:
        self.contact = contact
        self.segment = segment
        self.key = key
        self.rung = rung
        self.slot = slot


def note_entry(place: Place, instant: int, anchor: int) -> None:
    """Have a membership begin at an instant, an episode of ``anchor``."""
    slot, contact = place.slot, place.contact
    if slot[FIRED_ANCHOR] is SAME:
        slot[FIRED_ANCHOR], slot[FIRED_AT] = slot[ANCHOR], slot[ENTERED_AT]
    slot[STATUS], slot[ENTERED_AT], slot[ANCHOR] = IN, instant, anchor
    contact.latest = max(contact.latest, instant)


def note_exit(place: Place, instant: int) -> None:
    """Have a membership end at an instant."""
    place.slot[STATUS] = OUT
    place.contact.latest = max(place.contact.latest, instant)


def new_slot() -> list[Any]:
    """The slot of a membership that never was."""
    return [OUT, None, None, None, None, 0]


def has_fired(segment: Segment, slot: list[Any], anchor: int) -> bool:
    """Whether the episode of an anchor is the last that fired, or no other may fire."""
    if segment.once and slot[FIRED_COUNT]:
        return True
    fired = slot[ANCHOR] if slot[FIRED_ANCHOR] is SAME else slot[FIRED_ANCHOR]
    return bool(fired == anchor)
