"""Reads and changes the fields of a cart's state; see `cart`."""

from __future__ import annotations

from typing import Any, Final

import xxhash

from streamseg.core.features.cart_items import (
    CATEGORY,
    FEW_STEPS,
    MAX_TEXT,
    PRICE,
    STEPS,
    Item,
    contents_of,
    quantity,
)
from streamseg.core.features.cart_orders import OrderSeen, with_order

MAX_NAMES: Final = 8  # of the open cart, and closed ones
MAX_ITEMS: Final = 500
_HASHED: Final = 16  # characters of a hash

OPENED: Final = 0
CHANGED_AT: Final = 1
BASE: Final = 2
NAMES: Final = 3
ITEMS: Final = 4
CLOSED: Final = 5
ORDERS: Final = 6
DOUBTED: Final = 7


def is_told_of(state: list[Any] | None, since: int | None = None) -> bool:
    """Whether there was a snapshot or a closing, so that the contents are known for sure. It must
    not be from before ``since``: later ones from before that are not known.
    """
    if state is None or state[BASE] is None:
        return False
    return since is None or bool(state[BASE] >= since)


def is_open(state: list[Any] | None) -> bool:
    """Whether a cart is open."""
    return state is not None and state[OPENED] is not None


def opened_at(state: Any) -> int:
    """When the open cart opened."""
    cart: list[Any] = state
    opened: int = cart[OPENED]
    return opened


def changed_at(state: Any) -> int:
    """When the contents of the open cart last changed."""
    cart: list[Any] = state
    changed: int | None = cart[CHANGED_AT]
    return opened_at(cart) if changed is None else changed


def doubt_change(cart: list[Any], time: int) -> None:
    """Note that the contents may have been as they are before a snapshot at ``time``, from which
    they are known.
    """
    while len(cart) < DOUBTED:
        cart.append([])
    cart[DOUBTED:] = [time]


def may_be_unchanged(state: Any) -> bool:
    """Whether the contents of the open cart may not have changed at `changed_at`, but before."""
    cart: list[Any] = state
    return len(cart) > DOUBTED and bool(cart[DOUBTED] == changed_at(cart))


def contents(state: Any) -> list[Item]:
    """What the open cart holds, in the order in which it came."""
    return contents_of(state[ITEMS])


def size_of(state: Any) -> int:
    """How many different products the open cart holds."""
    return sum(quantity(item) > 0 for item in state[ITEMS])


def described_at(state: Any) -> int:
    """When prices and categories in the open cart were last told, or forgotten by a snapshot."""
    told = [item[at + 1] for item in state[ITEMS] for at in (PRICE, CATEGORY)]
    return max((one for one in [state[BASE], *told] if one is not None), default=opened_at(state))


def size_before(state: Any, rest: int) -> int:
    """How many different products the open cart held just before its last change, if it had been
    unchanged for ``rest`` ms by then; 0 if it had not, or if that is not remembered.
    """
    changed, items = changed_at(state), state[ITEMS]
    begin = changed - rest
    if opened_at(state) > begin or (state[BASE] or 0) > begin or len(items) >= MAX_ITEMS:
        return 0
    for item in items:
        times = [step[0] for step in item[STEPS]]
        if any(begin < time < changed for time in times):
            return 0
        if len(times) >= FEW_STEPS and times[0] == changed:
            return 0  # older steps may have become one with it
    return sum(quantity(item, changed - 1) > 0 for item in items)


def close(cart: list[Any], instant: int) -> None:
    """Close a cart at an instant; nothing before it counts any more."""
    cart[OPENED] = cart[CHANGED_AT] = None
    base = cart[BASE]
    cart[BASE] = instant if base is None else max(instant, base)
    cart[NAMES] = []
    cart[ITEMS] = []


def closed_names(cart: list[Any]) -> list[str]:
    """The last closed names: events under them change no cart."""
    closed: list[str] = cart[CLOSED] if len(cart) > CLOSED else []
    return closed


def close_name(cart: list[Any], name: str) -> None:
    """Close a name: events under it change no cart any more."""
    closed = [one for one in closed_names(cart) if one != name]
    cart[CLOSED : CLOSED + 1] = [[*closed, name][-MAX_NAMES:]]


def note_order(cart: list[Any], time: int, name: str | None, data: dict[str, Any]) -> None:
    """Remember an order, as it may close the cart of another contact in a later merge."""
    if len(cart) <= CLOSED:
        cart.append([])
    cart[ORDERS : ORDERS + 1] = [with_order(orders_of(cart), time, name, data)]


def orders_of(cart: list[Any]) -> list[OrderSeen]:
    """The last orders, in order of time."""
    orders: list[OrderSeen] = cart[ORDERS] if len(cart) > ORDERS else []
    return orders


def kept_name(text: str | None) -> str | None:
    """A cart's name as it is kept: a long one as its beginning and a hash of the whole."""
    if text is None or len(text) <= MAX_TEXT:
        return text
    return text[: MAX_TEXT - _HASHED] + xxhash.xxh3_64_hexdigest(text.encode())
