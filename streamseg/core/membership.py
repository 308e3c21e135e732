"""The state of one membership: whether the contact is in, and what has fired.

A slot, one for each contact, segment, key and rung:

    [status, entered_at, anchor, fired_anchor, fired_at, fired_count,
     release, carried, fired_also, untold_earlier, told_under]

``status`` is OUT, IN or NOTIFIED, plus 16 times the index in CAUSES of the entry's cause.
``fired_anchor`` and ``fired_at`` are of the episode that fired last. The fields of the second line
are written only where they are needed:

- ``release``: what was told of the trigger of this stay, where a policy released it
- ``carried``: interest that a trigger left unused, as it ended while it waited (`carried_interest`)
- ``fired_also``: the anchors of other episodes that are told: those that may be entered again (see
  `Episode`), and after a merge those that fired on either side
- ``untold_earlier``: the anchor of an earlier episode (see `Episode`) that is not told; each other
  earlier episode counts as told
- ``told_under``: the anchor under which this stay's trigger was told, where a merge has given the
  stay another anchor since

    OUT ──enters──> IN ──its trigger fires──> NOTIFIED
     ^               |                          |   by a late event: it is cancelled
     └─────────────exits────────────────────────┘

What has fired is kept after the stay: cooldowns and limits count from it, and no episode fires
twice.
"""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.contact import SLOTS, Contact
from streamseg.core.features.base import FOREVER
from streamseg.core.segments import Segment

OUT: Final = 0
IN: Final = 1
NOTIFIED: Final = 2  # older versions wrote 3 for a pending entry, which is as IN
STATUS: Final = 0
ENTERED_AT: Final = 1
ANCHOR: Final = 2
FIRED_ANCHOR: Final = 3
FIRED_AT: Final = 4
FIRED_COUNT: Final = 5
RELEASE: Final = 6
CARRIED: Final = 7
FIRED_ALSO: Final = 8
UNTOLD_EARLIER: Final = 9
TOLD_UNDER: Final = 10

_MAX_KEPT: Final = 64
_STATUS_BITS: Final = 4
_STATUS: Final = (1 << _STATUS_BITS) - 1

# Of an entry; older versions did not note it.
CAUSES: Final = ("", "event", "time", "rules_changed", "table", "merged", "consent", "model")

Release = list[Any]
Slot = list[Any]

SAME: Final = True  # as FIRED_ANCHOR: the episode of the last entry has fired
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


def status_of(slot: list[Any]) -> int:
    """OUT, IN or NOTIFIED."""
    status: int = slot[STATUS] & _STATUS
    return status


def set_status(slot: list[Any], status: int) -> None:
    """Have a stay go on as IN or NOTIFIED."""
    slot[STATUS] = slot[STATUS] & ~_STATUS | status
    if len(slot) > TOLD_UNDER:
        set_told_under(slot, slot[ANCHOR])


def note_cause(slot: list[Any], cause: str) -> None:
    """Note the cause of the entry that was just recorded."""
    slot[STATUS] |= CAUSES.index(cause) << _STATUS_BITS


def entry_cause_of(slot: list[Any]) -> str | None:
    """The cause of the present stay's entry; None where it is not known."""
    return CAUSES[slot[STATUS] >> _STATUS_BITS] or None


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

    A segment with ``consents`` is told as another segment (``told_as`` names the first one). The
    cause is a consent where the first segment's stay began earlier, or goes on.
    """
    segment, slot, contact = membership.segment, membership.slot, membership.contact
    source = segment.told_as
    if source is segment:
        return False
    slots = contact.slots
    if membership.key is not None:
        state = contact.key(source.key_group, membership.key)
        assert state is not None
        slots = state[SLOTS]
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
        _set_others(slot, fired_also(slot), untold)
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
    _set_others(slot, kept[-_MAX_KEPT:], None if untold == anchor else untold)


def _may_return(membership: Membership, anchor: int | str, last: int | str | None) -> bool:
    """Whether an episode that is told may be entered again, so that its anchor has to be kept."""
    segment = membership.segment
    if segment.earlier is not None:
        return last is None or _instant_of(anchor) >= _instant_of(last)
    return segment.can_return is not None and segment.can_return(membership.contact, anchor)


def _instant_of(anchor: int | str) -> str:
    """The instant at the beginning of an anchor that is a text."""
    return str(anchor).partition("#")[0]


def release_of(slot: list[Any]) -> Release | None:
    """What was told of the trigger of this stay: [released_at, deferred, allowed, variant]."""
    return slot[RELEASE] if len(slot) > RELEASE else None


def set_release(slot: list[Any], release: Release | None) -> None:
    """Note what was told of the trigger of this stay; None: it is over."""
    if len(slot) > CARRIED:
        slot[RELEASE] = release
    else:
        del slot[RELEASE:]
        if release is not None:
            slot.append(release)


def fired_also(slot: list[Any]) -> list[int | str]:
    """The anchors of other episodes that are told, besides the last that fired."""
    return (slot[FIRED_ALSO] if len(slot) > FIRED_ALSO else None) or []


def set_fired_also(slot: list[Any], anchors: list[int | str]) -> None:
    """Set these anchors; an empty list takes no room."""
    _set_others(slot, anchors, untold_earlier(slot))


def untold_earlier(slot: list[Any]) -> int | str | None:
    """The anchor of an earlier episode that is not told; None: there is none."""
    return slot[UNTOLD_EARLIER] if len(slot) > UNTOLD_EARLIER else None


def _set_others(slot: list[Any], told: list[int | str], untold: int | str | None) -> None:
    slot += [None] * (UNTOLD_EARLIER + 1 - len(slot))
    slot[FIRED_ALSO], slot[UNTOLD_EARLIER] = told or None, untold
    _trim(slot)


def told_under(slot: list[Any]) -> Any:
    """The anchor under which the trigger of this stay was told, if it was."""
    told = slot[TOLD_UNDER] if len(slot) > TOLD_UNDER else None
    return slot[ANCHOR] if told is None else told


def set_told_under(slot: list[Any], anchor: int | str) -> None:
    """Note under which anchor the trigger of this stay was told; the stay's own takes no room."""
    if len(slot) <= TOLD_UNDER:
        if anchor == slot[ANCHOR]:
            return
        slot += [None] * (TOLD_UNDER + 1 - len(slot))
    slot[TOLD_UNDER] = None if anchor == slot[ANCHOR] else anchor
    _trim(slot)


def _trim(slot: list[Any]) -> None:
    while len(slot) > RELEASE and slot[-1] is None:
        slot.pop()


def is_in_stay(slot: list[Any], entered_at: int, anchor: int | str) -> bool:
    """Whether the contact is in, in the very stay that began at ``entered_at`` with ``anchor``."""
    return slot[STATUS] != OUT and (slot[ENTERED_AT], slot[ANCHOR]) == (entered_at, anchor)


def last_firing(slot: list[Any]) -> int | None:
    """When the last episode that fired was entered; None where none fired."""
    last: int | None = slot[ENTERED_AT] if slot[FIRED_ANCHOR] is SAME else slot[FIRED_AT]
    return last


def last_fired(slot: list[Any]) -> int | str | None:
    """The anchor of the last episode that fired; None where none fired."""
    anchor: int | str | None = slot[ANCHOR] if slot[FIRED_ANCHOR] is SAME else slot[FIRED_ANCHOR]
    return anchor


def firings_of(slot: list[Any]) -> int:
    """How many episodes fired."""
    count: int = slot[FIRED_COUNT]
    return count


def new_slot() -> list[Any]:
    """The slot of a membership that never was."""
    return [OUT, None, None, None, None, 0]


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


def has_fired_anchor(slot: list[Any], anchor: int | str) -> bool:
    """Whether the episode of an anchor is the last that fired, or another that is told."""
    return last_fired(slot) == anchor or anchor in fired_also(slot)
