"""A cart's state as a person can read it."""

from __future__ import annotations

from typing import Any

from streamseg.core.contacts.duplicates import HASH_BYTES
from streamseg.core.features.cart_items import CATEGORY, PRICE, PRODUCT, STEPS, contents_of
from streamseg.core.features.cart_orders import OrderSeen
from streamseg.core.features.cart_state import (
    BASE,
    ITEMS,
    NAMES,
    OPENED,
    changed_at,
    closed_names,
    orders_of,
)
from streamseg.core.features.wording import moment
from streamseg.core.values.numbers import unpack


def readable_cart(state: list[Any]) -> dict[str, Any]:
    """When it opened and changed, its names, each product with its changes, and former orders."""
    there = {item.product: item for item in contents_of(state[ITEMS])}
    return {
        "opened_at": moment(state[OPENED]),
        "changed_at": None if state[OPENED] is None else moment(changed_at(state)),
        "known_since": moment(state[BASE]),
        "names": state[NAMES],
        "items": [
            {
                "product": item[PRODUCT],
                "quantity": there[item[PRODUCT]].quantity if item[PRODUCT] in there else 0,
                "price": there[item[PRODUCT]].price if item[PRODUCT] in there else None,
                "priced_at": moment(item[PRICE + 1]),
                "category": item[CATEGORY],
                "categorised_at": moment(item[CATEGORY + 1]),
                "changes": [
                    {"at": moment(at), "by": "all removed" if by is None else unpack(by)}
                    for at, by in item[STEPS]
                ],
            }
            for item in state[ITEMS]
        ],
        "closed_names": closed_names(state),
        "orders": [_order(one) for one in orders_of(state)],
    }


def _order(order: OrderSeen) -> dict[str, Any]:
    at, name, products = order
    hashes = [products[n : n + HASH_BYTES].hex() for n in range(0, len(products), HASH_BYTES)]
    return {"at": moment(at), "cart_hash": name.hex() or None, "product_hashes": hashes}
