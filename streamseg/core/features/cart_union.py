"""Unites the carts of two contacts that are merged.

A   hat 10:00 ───────── bag 10:10
K   hat 10:00 ── order {coat} 10:05 leaves it open
both open, and no order of the other side closes one: {hat, bag}, opened 10:00, changed 10:10
"""

from __future__ import annotations

from typing import Any

from streamseg.core.contacts.duplicates import digest_of
from streamseg.core.features.cart_items import PRODUCT, STEPS, quantity
from streamseg.core.features.cart_orders import MAX_ORDERS, OrderSeen, closes
from streamseg.core.features.cart_state import (
    BASE,
    CLOSED,
    DOUBTED,
    ITEMS,
    MAX_ITEMS,
    MAX_NAMES,
    NAMES,
    changed_at,
    close,
    close_name,
    closed_names,
    doubt_change,
    is_open,
    opened_at,
    orders_of,
)


def join(older: list[Any], newer: list[Any], any_closes: bool) -> list[Any]:
    """The united cart: the one that is open, or, if both are, one with all products.

    Before that, each open cart meets the other side's orders that are not before its last change:
    one of them may close it (``any_closes``: any does). A cart that was closed otherwise, by being
    emptied or by age, closes none of the other side's.
    """
    one, other = _met(older, newer, any_closes)
    if is_open(one) and is_open(other):
        state = _unite(one, other)
    elif is_open(one) or is_open(other):
        state = one if is_open(one) else other
    else:
        state = [None, None, _later(one[BASE], other[BASE]), [], []]
    closed = list(dict.fromkeys([*closed_names(one), *closed_names(other)]))[-MAX_NAMES:]
    orders = sorted([*orders_of(older), *orders_of(newer)], key=_instant)[-MAX_ORDERS:]
    state[CLOSED:] = [closed, orders] if orders else [closed] if closed else []
    doubted = [cart[DOUBTED] for cart in (one, other) if len(cart) > DOUBTED]
    if doubted and is_open(state):
        doubt_change(state, max(doubted))
    return state


def one_episode(older: list[Any], newer: list[Any], any_closes: bool) -> tuple[int, ...]:
    """When the two open carts opened that become one; empty where not both are open."""
    one, other = _met(older, newer, any_closes)
    return (opened_at(one), opened_at(other)) if is_open(one) and is_open(other) else ()


def _met(older: list[Any], newer: list[Any], any_closes: bool) -> tuple[list[Any], list[Any]]:
    """Copies of both carts, once each has met the other side's orders."""
    one = _meet(_copy_of(older), orders_of(newer), any_closes)
    return one, _meet(_copy_of(newer), orders_of(older), any_closes)


def _meet(cart: list[Any], orders: list[OrderSeen], any_closes: bool) -> list[Any]:
    """Close an open cart if an order of the other contact does: one that is not before the cart's
    last change.
    """
    for seen in orders:
        if not is_open(cart) or seen[0] < changed_at(cart):
            continue
        names = [digest_of(name) for name in cart[NAMES]]
        present = [digest_of(item[PRODUCT]) for item in cart[ITEMS] if quantity(item) > 0]
        if any_closes or closes(seen, names, present):
            for name in cart[NAMES]:
                close_name(cart, name)
            close(cart, seen[0])
    return cart


def _unite(one: list[Any], other: list[Any]) -> list[Any]:
    """One cart of two open ones. A product in both is as the side has it that changed it later (of
    one instant ``other``). Quantities are not added up: both contacts may report the same cart.
    """
    first, second = (one, other) if opened_at(one) <= opened_at(other) else (other, one)
    items = {item[PRODUCT]: item for item in first[ITEMS]}
    for item in second[ITEMS]:
        known = items.get(item[PRODUCT])
        if known is None or _is_later(item, known, second is other):
            items[item[PRODUCT]] = item
    opened, changed = opened_at(first), max(changed_at(one), changed_at(other))
    return [
        opened,
        None if changed == opened else changed,
        _later(one[BASE], other[BASE]),
        list(dict.fromkeys([*one[NAMES], *other[NAMES]]))[-MAX_NAMES:],
        list(items.values())[-MAX_ITEMS:],
    ]


def _copy_of(cart: list[Any]) -> list[Any]:
    """A cart that can be altered; its items are the same objects."""
    return [list(part) if type(part) is list else part for part in cart]


def _is_later(item: list[Any], known: list[Any], wins: bool) -> bool:
    """Whether an item was changed later than ``known``; of one instant: whether it ``wins``."""
    at, before = item[STEPS][-1][0], known[STEPS][-1][0]
    return bool(at > before or (at == before and wins))


def _later(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)


def _instant(order: OrderSeen) -> int:
    instant: int = order[0]
    return instant
