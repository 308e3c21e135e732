"""Unites the stays of two contacts that become one: which stays continue, and which episodes count
as fired.

The contact A is merged into the keeper K. By the memberships of both before the merge, and by that
of the united contact after it:

K    A      after   what happens
in   any    in      K's stay continues
out  in     in      A's stay continues as K's
out  out    in      K enters
any  any    out     the stays end
"""

from __future__ import annotations

from typing import Final

from streamseg.core.contacts.carried_interest import set_carried, unused_of, used_of
from streamseg.core.contacts.contact import Contact
from streamseg.core.contacts.slots import (
    ANCHOR,
    ENTERED_AT,
    FIRED_ANCHOR,
    FIRED_AT,
    FIRED_COUNT,
    IN,
    NOTIFIED,
    OUT,
    SAME,
    STATUS,
    Slot,
    fired_also,
    has_fired_anchor,
    last_fired,
    last_firing,
    new_slot,
    release_of,
    set_fired_also,
    set_release,
    set_status,
    set_told_under,
    status_of,
    told_under,
)
from streamseg.core.features.base import FOREVER
from streamseg.core.messages.pending import DUE, ENTRY_ANCHOR, SEGMENT, Item

MAX_FIRED: Final = 8  # by merges: episodes of a rung that fired, besides the last
Where = tuple[int, str | None, int]  # segment, key and rung


class MergeContext:
    """What the evaluation after a merge has to know of the stays before it. The contact ``source``
    is merged into another.

    - ``moved``: the stays of the source that continue as the keeper's
    - ``shared``: the stays of the source where both were in: when it entered, and its anchor
    - ``fired``: those of the shared stays of which the trigger has fired, for either contact
    - ``untold``: stays of the source, with their instants, of which nothing is told, as the keeper
      is in
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.moved: set[Where] = set()
        self.shared: dict[Where, tuple[int, int | str]] = {}
        self.fired: set[Where] = set()
        self.untold: set[tuple[Where, int]] = set()

    def note(self, where: Where, other: Slot, mine: Slot) -> None:
        """Note whether a stay of the source is moved or shared, by the slots of both."""
        if other[STATUS] == OUT:
            return
        if mine[STATUS] == OUT:
            self.moved.add(where)
            return
        self.shared[where] = other[ENTERED_AT], other[ANCHOR]
        if has_fired_anchor(other, other[ANCHOR]) or has_fired_anchor(mine, mine[ANCHOR]):
            self.fired.add(where)


def united_slot(other: Slot, mine: Slot, openings: tuple[int, ...]) -> Slot:
    """The slot of the united contact, made of the keeper's (``mine``) and the other contact's.

    ``openings``: when the two carts opened that became one (empty: none did). The united cart
    opened at the earlier instant. Triggers of the other contact can no longer be cancelled, since
    their ids are made of its id. Triggers of the keeper are cancelled under the anchor that they
    were told under.
    """
    slot = new_slot()
    unused = [one for one in (unused_of(other), unused_of(mine)) if one is not None]
    stay = mine
    if mine[STATUS] == OUT and (other[STATUS] != OUT or mine[ENTERED_AT] is None):
        stay = other
    slot[STATUS], slot[ENTERED_AT] = stay[STATUS], stay[ENTERED_AT]
    slot[ANCHOR] = _renamed(stay[ANCHOR], openings)
    if stay is mine:
        set_release(slot, release_of(mine))
    elif status_of(slot) == NOTIFIED:
        set_status(slot, IN)
    set_carried(slot, max(unused) if unused else used_of(stay))
    told = [*_last_told(other, openings), *_last_told(mine, openings)]
    slot[FIRED_COUNT] = other[FIRED_COUNT] + mine[FIRED_COUNT]
    if told:
        at, anchor = max(told, key=_at)
        is_of_stay = (at, anchor) == (slot[ENTERED_AT], slot[ANCHOR])
        slot[FIRED_ANCHOR], slot[FIRED_AT] = (SAME, None) if is_of_stay else (anchor, at)
        _note_others(slot, anchor, [one for _, one in told] + fired_also(other) + fired_also(mine))
    if stay is mine and status_of(mine) == NOTIFIED:
        set_told_under(slot, told_under(mine))
    return slot


def take_earlier_opening(contact: Contact, segment: int, openings: tuple[int, ...]) -> None:
    """Give the pending messages of a segment, and its triggers that wait, the anchor of the united
    cart: the earlier one of its two openings.
    """
    for item in contact.pending:
        if item[SEGMENT] == segment and item[ENTRY_ANCHOR] in openings:
            item[ENTRY_ANCHOR] = min(openings)
    for trigger in [*contact.waiting, *(one.trigger for one in contact.decisions)]:
        if trigger.segment == segment and trigger.anchor in openings:
            trigger.anchor = min(openings)


def continue_under_anchor(
    slot: Slot, anchor: int | str, has_fired: bool, waiting: list[Item]
) -> None:
    """Let a stay continue under another anchor, also in its pending messages."""
    if slot[FIRED_ANCHOR] is SAME:
        slot[FIRED_ANCHOR], slot[FIRED_AT] = slot[ANCHOR], slot[ENTERED_AT]
    for item in waiting:
        if (item[DUE], item[ENTRY_ANCHOR]) == (slot[ENTERED_AT], slot[ANCHOR]):
            item[ENTRY_ANCHOR] = anchor
    told = told_under(slot)
    slot[ANCHOR] = anchor
    if status_of(slot) == NOTIFIED:
        set_told_under(slot, told)
    if has_fired and not has_fired_anchor(slot, anchor):
        _note_others(slot, slot[FIRED_ANCHOR], [*fired_also(slot), anchor])


def _last_told(slot: Slot, openings: tuple[int, ...]) -> list[tuple[int | None, int | str]]:
    """The last firing of a slot, if any: when its episode was entered, and the anchor. None and an
    anchor: nothing fired, but in this episode a later rung took the trigger's place.
    """
    anchor = _renamed(last_fired(slot), openings)
    return [] if anchor is None else [(last_firing(slot), anchor)]


def _note_others(slot: Slot, last: int | str, anchors: list[int | str]) -> None:
    others = [one for one in dict.fromkeys(anchors) if one != last]
    set_fired_also(slot, others[-MAX_FIRED:])


def _renamed(anchor: int | str | None, openings: tuple[int, ...]) -> int | str | None:
    return min(openings) if anchor in openings else anchor


def _at(told: tuple[int | None, int | str]) -> int:
    return -FOREVER if told[0] is None else told[0]
