"""Applies an event's changes to an open cart; see `cart`."""

from __future__ import annotations

from typing import Any

from streamseg.core.features.cart_items import (
    PRODUCT,
    STEPS,
    count_of,
    describe,
    forget,
    insert,
    new_item,
    price_of,
    quantity,
)
from streamseg.core.features.cart_state import (
    BASE,
    CHANGED_AT,
    ITEMS,
    MAX_ITEMS,
    MAX_NAMES,
    NAMES,
    OPENED,
    changed_at,
    close,
    doubt_change,
)
from streamseg.core.values.numbers import pack
from streamseg.core.values.predicates import Number, add, multiply


def add_item(cart: list[Any], time: int, data: dict[str, Any]) -> None:
    """Add a quantity of a product to the cart."""
    item = _item(cart, data["product"])
    count = count_of(data)
    describe(item, time, pack(data.get("price")), data.get("category"))
    if count:
        insert(item, time, pack(count), len(cart[ITEMS]))
        _note_change(cart, time)
    settle(cart, time)


def remove_item(cart: list[Any], time: int, data: dict[str, Any]) -> None:
    """Take a quantity of a product, or all of it, out of the cart, if it is there."""
    for item in cart[ITEMS]:
        if item[PRODUCT] == data["product"] and quantity(item, time) > 0:
            count = data.get("quantity")
            if count != 0:
                step = None if count is None else pack(multiply(count, -1))
                insert(item, time, step, len(cart[ITEMS]))
                _note_change(cart, time)
                settle(cart, time)
            return


def replace_items(
    cart: list[Any], time: int, lines: list[dict[str, Any]], is_known: bool
) -> frozenset[str]:
    """Replace the cart by a snapshot; returns the products that were not in it before. Where it is
    not known what was, the wait begins with the snapshot.
    """
    before: dict[str, Number] = {}
    known = {}
    for item in cart[ITEMS]:
        known[item[PRODUCT]] = item
        count = quantity(item, time)
        if count > 0:
            before[item[PRODUCT]] = count
        forget(item, time)
    lines_of: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        lines_of.setdefault(line["product"], []).append(line)
    told: dict[str, Number] = {}
    for product, of_product in lines_of.items():
        item = known.setdefault(product, new_item(product))
        count = 0
        for line in of_product:
            count = add(count, count_of(line))
            describe(item, time, None, line.get("category"))
        describe(item, time, price_of(of_product), None)
        if count > 0:
            told[product] = count
            item[STEPS].insert(0, [time, pack(count)])
    cart[ITEMS] = [known[product] for product in told] + [
        item for product, item in known.items() if product not in told
    ]
    cart[BASE] = time
    if told != before or (told and not is_known):
        _note_change(cart, time)
        if not is_known:
            doubt_change(cart, time)
    settle(cart, time)
    return frozenset(told.keys() - before.keys())


def note_name(cart: list[Any], time: int, name: str | None) -> None:
    """Give the open cart a name from an event at ``time``."""
    opened = cart[OPENED]
    if name is None or opened is None or time < opened or name in cart[NAMES]:
        return
    cart[NAMES] = [*cart[NAMES], name][-MAX_NAMES:]


def _note_change(cart: list[Any], time: int) -> None:
    """Note a change of contents at ``time``: it restarts the wait, and opens a closed cart."""
    if cart[OPENED] is None:
        cart[OPENED], cart[CHANGED_AT] = time, None
    elif time > changed_at(cart):
        cart[CHANGED_AT] = time


def settle(cart: list[Any], time: int) -> None:
    """Drop items that no later event can bring back; close the cart when it is empty."""
    cart[ITEMS] = [item for item in cart[ITEMS] if item[STEPS]][-MAX_ITEMS:]
    is_empty = not any(quantity(item) > 0 for item in cart[ITEMS])
    if is_empty and cart[OPENED] is not None:
        close(cart, max(time, changed_at(cart)))


def _item(cart: list[Any], product: str) -> list[Any]:
    for item in cart[ITEMS]:
        if item[PRODUCT] == product:
            found: list[Any] = item
            return found
    item = new_item(product)
    cart[ITEMS].append(item)
    return item
