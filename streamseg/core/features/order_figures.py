"""Figures of a contact's orders, read from an `order_history`: when, how many, and for how much."""

from __future__ import annotations

from streamseg.core.features.order_history import (
    AMOUNTS,
    DAYS,
    FIRST,
    OLDER,
    SUM,
    TIMES,
    Orders,
)
from streamseg.core.values.numbers import unpack
from streamseg.core.values.predicates import Number, add


def first_of(state: Orders | None) -> int | None:
    """When the first order was; None where there is none."""
    if state is None:
        return None
    if state[FIRST] is not None:
        return int(state[FIRST])
    return state[TIMES][0] if state[TIMES] else None


def last_of(state: Orders | None) -> int | None:
    """When the last order was; None where there is none."""
    return state[TIMES][-1] if state is not None and state[TIMES] else None


def days_of(state: Orders | None) -> tuple[int, list[int]]:
    """The number of days with an order, and when the first order of each of the last days was."""
    if state is None:
        return 0, []
    days: list[int] = state[DAYS][1:]
    return state[DAYS][0] + len(days), days


def count_of(state: Orders | None) -> int:
    """How many orders there were, ever."""
    return 0 if state is None else state[OLDER] + len(state[TIMES])


def total_of(state: Orders | None) -> Number:
    """The sum of all orders, ever."""
    if state is None:
        return 0
    total: Number = unpack(state[SUM]) or 0
    for amount in state[AMOUNTS]:
        total = add(total, unpack(amount) or 0)
    return total
