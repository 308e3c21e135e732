"""The last orders of a contact, for a merge: they may close the cart of the other contact.

An order is ``[instant, the cart's name, products]``, both as hashes of 7 bytes, those of the
products in a row.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Final

from streamseg.core.contacts.duplicates import HASH_BYTES, digest_of
from streamseg.core.features.base import INSTANT_BYTES, LIST_BYTES

MAX_ORDERS: Final = 8
MAX_PRODUCTS: Final = 64  # of one order
ORDERS_BYTES: Final = LIST_BYTES + MAX_ORDERS * (
    1 + INSTANT_BYTES + 2 + HASH_BYTES + 3 + MAX_PRODUCTS * HASH_BYTES
)
OrderSeen = list[Any]
_INSTANT: Final = itemgetter(0)


def with_order(
    orders: list[OrderSeen], time: int, name: str | None, data: dict[str, Any]
) -> list[OrderSeen]:
    """The last orders with one more, in order of time."""
    items = data.get("items") or ()
    products = dict.fromkeys(item["product"] for item in items)
    digests = b"".join([digest_of(product) for product in list(products)[:MAX_PRODUCTS]])
    kept = orders[:]
    entry = [time, b"" if name is None else digest_of(name), digests]
    kept.insert(bisect_right(kept, time, key=_INSTANT), entry)
    return kept[-MAX_ORDERS:]


def closes(order: OrderSeen, names: Sequence[bytes], present: Sequence[bytes]) -> bool:
    """Whether an order closes a cart of these names that has these products: it names the cart,
    lists no products, or shares one.
    """
    _, name, products = order
    if name in names or not products:
        return True
    digests = [products[at : at + HASH_BYTES] for at in range(0, len(products), HASH_BYTES)]
    return any(one in present for one in digests)
