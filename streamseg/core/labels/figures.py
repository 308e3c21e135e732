"""Figures of the orders within a sliding window, and when time alone changes them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from streamseg.core.features.base import FOREVER
from streamseg.core.features.order_figures import total_of
from streamseg.core.features.order_history import AMOUNTS, TIMES, Orders
from streamseg.core.values.numbers import unpack
from streamseg.core.values.predicates import Number, add, multiply


def placed_within(times: Sequence[int], within: int, instant: int) -> int:
    """How many of some ascending instants lie in (instant - within, instant]."""
    return len(times) - bisect_right(times, instant - within)


def sinks_at(times: Sequence[int], within: int, least: int, count: int) -> int:
    """When fewer than ``least`` of the last ``count`` instants lie in the window; FOREVER: fewer
    do already, or never will.
    """
    return times[-least] + within if 0 < least <= count else FOREVER


def spent(orders: Orders | None, within: int | None, instant: int) -> Number:
    """The sum of the orders in (instant - within, instant]; ever, without ``within``."""
    if within is None:
        return total_of(orders)
    total: Number = 0
    if orders is not None:
        for amount in orders[AMOUNTS][bisect_right(orders[TIMES], instant - within) :]:
            total = add(total, unpack(amount) or 0)
    return total


def moves_at(
    orders: Orders | None,
    within: int,
    instant: int,
    total: Number,
    level: Callable[[Number], Any],
) -> int:
    """When the level of the sum changes, as orders leave the window; FOREVER: never.

    ``total`` is the sum at ``instant``.
    """
    if orders is None:
        return FOREVER
    now = level(total)
    times, amounts = orders[TIMES], orders[AMOUNTS]
    for at in range(bisect_right(times, instant - within), len(times)):
        total = add(total, multiply(unpack(amounts[at]) or 0, -1))
        is_last = at + 1 == len(times) or times[at + 1] > times[at]
        if is_last and level(total) != now:
            leaves: int = times[at] + within
            return leaves
    return FOREVER
