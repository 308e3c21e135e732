"""The days on which a contact ordered: ``[older days, instant…]``.

An instant is that of the first order of a day; those of the last 64 days are kept, ascending.
``older days`` is how many days there were before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from streamseg.core.values.zones import Zone

MAX_DAYS: Final = 64


def add_day(days: list[int], time: int, zone: Zone) -> None:
    """Note that there was an order at ``time``."""
    day = zone.day(time)
    for index in range(len(days) - 1, 0, -1):
        known = zone.day(days[index])
        if known == day:
            days[index] = min(days[index], time)
            return
        if known < day:
            days.insert(index + 1, time)
            break
    else:
        days.insert(1, time)
    if len(days) > MAX_DAYS + 1:
        del days[1]
        days[0] += 1


def remove_day(days: list[int], time: int, orders: Sequence[int], zone: Zone) -> None:
    """Remove an order; another of ``orders`` on the same day may take its place."""
    if time not in days[1:]:
        return
    index = days.index(time, 1)
    day = zone.day(time)
    others = [one for one in orders if zone.day(one) == day]
    if others:
        days[index] = min(others)
    else:
        del days[index]


def may_be_last_again(days: Sequence[int], day: int, cancelled: int | None) -> bool:
    """Whether ``day``, as above, may be the last of ``days`` again, as orders after it are
    cancelled: no more than ``cancelled`` ms after them (None: no order ever is).
    """
    if cancelled is None:
        return False
    lasting = [one for one in days if one < days[-1] - cancelled]
    return not lasting or day >= lasting[-1]
