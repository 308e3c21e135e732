"""Entries that fire nothing, as their rung fires once in an episode and had its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamseg.core.contacts.membership import is_told
from streamseg.core.contacts.slots import (
    ANCHOR,
    ENTERED_AT,
    NOTIFIED,
    entry_cause_of,
    firings_of,
    is_inside,
    last_firing,
    status_of,
)
from streamseg.core.values.timestamps import format_time, parse_time
from streamseg.explain.rendering import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamseg.core.contacts.membership import Membership
    from streamseg.core.peek import Peek
    from streamseg.explain.answers import Change

# Of entries that are silent, whatever fired before them: the cause is told with the entry.
_SILENT: Final = ("rules_changed", "table", "model")


def notes_of_turns(
    look: Callable[[], Peek], members: list[Membership], nexts: list[Change | None]
) -> list[str]:
    """Of each rung that had its turn in the episode: that the entry of its present stay fired
    nothing, or that the entry that time alone brings next will not.
    """
    notes = []
    for member, change in zip(members, nexts, strict=True):
        if member.segment.definition.trigger is None or firings_of(member.slot) == 0:
            continue
        if is_inside(member.slot):
            notes += _of_stay(member)
        elif change is not None and change.to == "true":
            notes += _of_entry(look(), member, change)
    return notes


def _of_stay(member: Membership) -> list[str]:
    slot = member.slot
    last = last_firing(slot)
    if last is not None and last >= slot[ENTERED_AT]:
        return []  # it fired itself, also where a merge let the stay continue as another contact's
    is_silent = entry_cause_of(slot) in _SILENT
    if status_of(slot) == NOTIFIED or is_silent or not is_told(member.segment, slot, slot[ANCHOR]):
        return []
    entered = clock(format_time(slot[ENTERED_AT]))
    return [f"{_turn(member, slot[ANCHOR])}: the entry at {entered} fired nothing"]


def _of_entry(ahead: Peek, member: Membership, change: Change) -> list[str]:
    ahead.go_to(parse_time(change.at))
    slot = ahead.membership(member.segment, member.key, member.rung).slot
    if not is_inside(slot) or not is_told(member.segment, member.slot, slot[ANCHOR]):
        return []
    return [f"{_turn(member, slot[ANCHOR])}: the entry at {clock(change.at)} fires nothing"]


def _turn(member: Membership, anchor: int | str) -> str:
    rung = member.segment.rungs[member.rung].label or member.segment.name
    if member.segment.once:
        return f"{rung} fires once for a contact, and has fired"
    begun = clock(anchor if isinstance(anchor, str) else format_time(anchor))
    return f"{rung} fires once in an episode, and had its turn in that of {begun}"
