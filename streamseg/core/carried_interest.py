"""Interest in a product that outlives its episode, as its trigger ended as `left` while it waited.

In a membership's slot it is the instant at which the interest was shown, in ms: it is good for the
next episode, too. Once a trigger for it is decided otherwise it is a list of that instant: it is
good for the episode of that stay alone, which goes on.
"""

from __future__ import annotations

from typing import Any

from streamseg.core.membership import ANCHOR, CARRIED, FIRED_ALSO, RELEASE, release_of


def carried_of(slot: list[Any], anchor: int | str) -> int | None:
    """When the interest was shown that is good for the episode of an anchor, besides what is
    remembered: its trigger ended as `left` while it waited. None: there is no such interest.
    """
    used = used_of(slot)
    if used is None:
        return unused_of(slot)
    return used[0] if slot[ANCHOR] == anchor else None


def unused_of(slot: list[Any]) -> int | None:
    """When the interest was shown, if it is good for any later episode."""
    carried = slot[CARRIED] if len(slot) > CARRIED else None
    return None if carried is None or isinstance(carried, list) else int(carried)


def used_of(slot: list[Any]) -> list[int] | None:
    """Such an interest that is good for one stay alone, as it lies in the slot."""
    carried = slot[CARRIED] if len(slot) > CARRIED else None
    return carried if isinstance(carried, list) else None


def use_up(slot: list[Any]) -> None:
    """Have such an interest be good for the episode that the contact entered last, and no other:
    the stay goes on as it is told.
    """
    shown = unused_of(slot)
    if shown is not None:
        slot[CARRIED] = [shown]


def set_carried(slot: list[Any], shown: int | list[int] | None) -> None:
    """Note such an interest; a list: it is used up but for this stay; None: there is none."""
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
