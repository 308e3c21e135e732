"""Carried interest: interest in a product that outlives its episode, because the episode's trigger
waited for a policy and ended as `left`.

A membership's slot has the instant (ms) at which the interest was shown: the interest may begin the
next episode, too. Once a trigger for it ends otherwise, the slot has a list of that instant: the
interest is used up, except for the episode of the present stay.
"""

from __future__ import annotations

from typing import Any

from streamseg.core.contacts.slots import ANCHOR, CARRIED, FIRED_ALSO, RELEASE, release_of


def carried_of(slot: list[Any], anchor: int | str) -> int | None:
    """When the carried interest for the episode of an anchor was shown; None if there is none."""
    used = used_of(slot)
    if used is None:
        return unused_of(slot)
    return used[0] if slot[ANCHOR] == anchor else None


def unused_of(slot: list[Any]) -> int | None:
    """When the interest was shown, if it may begin any later episode."""
    carried = slot[CARRIED] if len(slot) > CARRIED else None
    return None if carried is None or isinstance(carried, list) else int(carried)


def used_of(slot: list[Any]) -> list[int] | None:
    """The form in the slot of an interest that is good for one stay only."""
    carried = slot[CARRIED] if len(slot) > CARRIED else None
    return carried if isinstance(carried, list) else None


def use_up(slot: list[Any]) -> None:
    """Use a carried interest up, except for the episode that the contact entered last: its stay
    continues.
    """
    shown = unused_of(slot)
    if shown is not None:
        slot[CARRIED] = [shown]


def set_carried(slot: list[Any], shown: int | list[int] | None) -> None:
    """Store a carried interest; a list: used up, except for this stay; None: there is none."""
    if shown is None and len(slot) <= CARRIED:
        return
    also = slot[FIRED_ALSO:]
    if shown is not None:
        release = release_of(slot)
        del slot[RELEASE:]
        slot += [release, shown]
    elif len(slot) > CARRIED:
        del slot[CARRIED:]
        if slot[RELEASE] is None:
            del slot[RELEASE:]
    if also:
        slot += [None] * (FIRED_ALSO - len(slot)) + also
