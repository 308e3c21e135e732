"""A membership, and what its slot records at an entry, an exit and a firing."""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.contacts.contact import Contact
from streamseg.core.contacts.slots import (
    ANCHOR,
    ENTERED_AT,
    FIRED_ANCHOR,
    FIRED_AT,
    FIRED_COUNT,
    IN,
    OUT,
    RELEASE,
    SAME,
    STATUS,
    fired_also,
    has_fired_anchor,
    last_fired,
    last_firing,
    set_other_episodes,
    set_release,
    set_told_under,
    untold_earlier,
)
from streamseg.core.features.base import FOREVER
from streamseg.core.segments.segment import Segment, slots_at

_MAX_KEPT: Final = 64
NO_EVENT: Final = FOREVER  # as the time of an event: there is none, time alone is the cause


class Membership:
    """One membership: whose, of which segment and rung, under which key, and its slot."""

    __slots__ = ("contact", "key", "rung", "segment", "slot")

    def __init__(
        self, contact: Contact, segment: Segment, key: str | None, rung: int, slot: list[Any]
    ) -> None:
        self.contact = contact
        self.segment = segment
        self.key = key
        self.rung = rung
        self.slot = slot


def record_entry(membership: Membership, instant: int, anchor: int | str) -> None:
    """Record an entry at an instant, into the episode of ``anchor``."""
    slot, contact = membership.slot, membership.contact
    if slot[FIRED_ANCHOR] is SAME:
        slot[FIRED_ANCHOR], slot[FIRED_AT] = slot[ANCHOR], slot[ENTERED_AT]
    slot[STATUS], slot[ENTERED_AT], slot[ANCHOR] = IN, instant, anchor
    if type(anchor) is str:
        contact.has_texts = True
    contact.latest = max(contact.latest, instant)


def is_by_consent(membership: Membership) -> bool:
    """Whether a consent is the cause of an entry or exit, and not the segment itself.

    A segment with ``consents`` is told under the name of ``told_as``, the segment without them. A
    consent is the cause where the stay in that segment began earlier, or goes on.
    """
    segment, slot, contact = membership.segment, membership.slot, membership.contact
    source = segment.told_as
    if source is segment:
        return False
    slots = slots_at(contact, source, membership.key)
    assert slots is not None
    of_source = slots.get(source.first_slot + membership.rung)
    if of_source is None or of_source[STATUS] == OUT or of_source[ANCHOR] != slot[ANCHOR]:
        return False
    return bool(slot[STATUS] == OUT or slot[ENTERED_AT] != of_source[ENTERED_AT])


def record_exit(membership: Membership, instant: int) -> None:
    """Record an exit at an instant."""
    slot = membership.slot
    slot[STATUS] = OUT
    if len(slot) > RELEASE:
        set_release(slot, None)
        set_told_under(slot, slot[ANCHOR])
    membership.contact.latest = max(membership.contact.latest, instant)


def record_firing(membership: Membership, entered_at: int, anchor: int | str) -> None:
    """Record that the episode of an anchor, entered at an instant, has fired."""
    slot = membership.slot
    last, before = last_firing(slot), last_fired(slot)
    untold = _episode_before(membership, anchor)
    slot[FIRED_COUNT] += 1
    if last is not None and entered_at < last:
        record_told(membership, anchor)
        return
    if (entered_at, anchor) == (slot[ENTERED_AT], slot[ANCHOR]):
        slot[FIRED_ANCHOR], slot[FIRED_AT] = SAME, None
    else:
        slot[FIRED_ANCHOR], slot[FIRED_AT] = anchor, entered_at
    if untold != untold_earlier(slot):
        set_other_episodes(slot, fired_also(slot), untold)
    if before is not None:
        record_told(membership, before)


def _episode_before(membership: Membership, anchor: int | str) -> int | str | None:
    """The anchor of the episode that goes on if a late event undoes the one of ``anchor``; None
    where there is none, or it is told.
    """
    segment = membership.segment
    if segment.earlier is None:
        return None
    one = segment.earlier(membership.contact)
    if one is None or one == anchor or is_told(segment, membership.slot, one):
        return None
    return one


def record_superseded(membership: Membership, anchor: int | str) -> None:
    """Record that a later rung took the place of an episode's trigger: it counts as fired, but not
    for cooldown and limit.
    """
    slot = membership.slot
    before = last_fired(slot)
    if slot[FIRED_ANCHOR] is SAME:
        slot[FIRED_AT] = slot[ENTERED_AT]
    slot[FIRED_ANCHOR] = anchor
    if before is not None:
        record_told(membership, before)


def record_told(membership: Membership, anchor: int | str) -> None:
    """Record that the episode of an anchor is told, besides the last one that fired. Anchors of
    episodes that cannot be entered again are dropped.
    """
    segment, slot = membership.segment, membership.slot
    if segment.can_return is None and segment.earlier is None:
        return
    last, untold = last_fired(slot), untold_earlier(slot)
    told = dict.fromkeys([*fired_also(slot), anchor])
    kept = [one for one in told if one != last and _may_return(membership, one, last)]
    set_other_episodes(slot, kept[-_MAX_KEPT:], None if untold == anchor else untold)


def _may_return(membership: Membership, anchor: int | str, last: int | str | None) -> bool:
    """Whether an episode that is told may be entered again, so that its anchor has to be kept."""
    segment = membership.segment
    if segment.earlier is not None:
        return last is None or _instant_of(anchor) >= _instant_of(last)
    return segment.can_return is not None and segment.can_return(membership.contact, anchor)


def _instant_of(anchor: int | str) -> str:
    """The instant at the beginning of an anchor that is a text."""
    return str(anchor).partition("#")[0]


def is_told(segment: Segment, slot: list[Any], anchor: int | str) -> bool:
    """Whether the episode of an anchor may not fire: it is told, or one episode has fired and only
    one may (``once``).
    """
    if (segment.once and slot[FIRED_COUNT]) or has_fired_anchor(slot, anchor):
        return True
    last = None if segment.earlier is None else last_fired(slot)
    if last is None or _instant_of(anchor) >= _instant_of(last):
        return False
    return untold_earlier(slot) != anchor
