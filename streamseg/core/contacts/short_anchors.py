"""Shortens anchors at rest. An anchor such as ``2026-11-21T10:00:00.000Z#new`` is written as
``#new`` if another field of the slot has the same time: the instant at which the episode was
entered or fired.

The slots are those of `slots`. Segments that keep moves or follow up predictions have other
slots, which hold no text.
"""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.values.timestamps import format_time

_ENTERED_AT: Final = 1
_ANCHOR: Final = 2
_FIRED_ANCHOR: Final = 3
_FIRED_AT: Final = 4
_MARK: Final = "#"
_TIME_LENGTH: Final = 24  # of RFC 3339 with three decimals and Z

Slots = dict[int, list[Any]]


def shorten(slots: Slots) -> Slots | None:
    """The slots with short anchors; None where there is nothing to shorten."""
    short: Slots = {}
    for number, slot in slots.items():
        anchor = _short(slot, _ANCHOR, _ENTERED_AT)
        fired = _short(slot, _FIRED_ANCHOR, _FIRED_AT)
        if anchor is not None or fired is not None:
            copied = short[number] = slot[:]
            if anchor is not None:
                copied[_ANCHOR] = anchor
            if fired is not None:
                copied[_FIRED_ANCHOR] = fired
    return {**slots, **short} if short else None


def lengthen(slots: Slots) -> None:
    """Undo ``shorten``."""
    for slot in slots.values():
        for place, beside in ((_ANCHOR, _ENTERED_AT), (_FIRED_ANCHOR, _FIRED_AT)):
            anchor = slot[place] if len(slot) > place else None
            if type(anchor) is str and anchor.startswith(_MARK):
                slot[place] = f"{format_time(slot[beside])}{anchor}"


def _short(slot: list[Any], place: int, beside: int) -> str | None:
    anchor = slot[place] if len(slot) > beside and len(slot) > place else None
    if type(anchor) is not str or type(slot[beside]) is not int:
        return None
    rest = anchor[_TIME_LENGTH:]
    is_beside = rest.startswith(_MARK) and anchor[:_TIME_LENGTH] == format_time(slot[beside])
    return rest if is_beside else None
