"""The slot of a membership: its state, whether the contact is in and what has fired.

There is one for each contact, segment, key and rung:

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

_STATUS_BITS: Final = 4
_STATUS: Final = (1 << _STATUS_BITS) - 1

# Of an entry; older versions did not note it.
CAUSES: Final = ("", "event", "time", "rules_changed", "table", "merged", "consent", "model")
_CAUSE_BITS: Final = {cause: number << _STATUS_BITS for number, cause in enumerate(CAUSES)}

Release = list[Any]
Slot = list[Any]

SAME: Final = True  # as FIRED_ANCHOR: the episode of the last entry has fired


def status_of(slot: list[Any]) -> int:
    """OUT, IN or NOTIFIED."""
    status: int = slot[STATUS] & _STATUS
    return status


def is_inside(slot: list[Any] | None) -> bool:
    """Whether a slot says that the contact is in: its status is not OUT."""
    return slot is not None and slot[STATUS] != OUT


def set_status(slot: list[Any], status: int) -> None:
    """Have a stay go on as IN or NOTIFIED."""
    slot[STATUS] = slot[STATUS] & ~_STATUS | status
    if len(slot) > TOLD_UNDER:
        set_told_under(slot, slot[ANCHOR])


def note_cause(slot: list[Any], cause: str) -> None:
    """Note the cause of the entry that was just recorded."""
    slot[STATUS] |= _CAUSE_BITS[cause]


def entry_cause_of(slot: list[Any]) -> str | None:
    """The cause of the present stay's entry; None where it is not known."""
    return CAUSES[slot[STATUS] >> _STATUS_BITS] or None


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
    set_other_episodes(slot, anchors, untold_earlier(slot))


def untold_earlier(slot: list[Any]) -> int | str | None:
    """The anchor of an earlier episode that is not told; None: there is none."""
    return slot[UNTOLD_EARLIER] if len(slot) > UNTOLD_EARLIER else None


def set_other_episodes(slot: list[Any], told: list[int | str], untold: int | str | None) -> None:
    """Set the other episodes that are told, and the earlier one that is not (None: none is)."""
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


def has_fired_anchor(slot: list[Any], anchor: int | str) -> bool:
    """Whether the episode of an anchor is the last that fired, or another that is told."""
    return last_fired(slot) == anchor or anchor in fired_also(slot)
