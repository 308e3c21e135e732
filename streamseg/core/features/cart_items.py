"""The items of an open cart: their quantities and prices.

An item is ``[product, price, priced_at, category, categorised_at, [[instant, change], …]]``, where
a change of null removes all. The price is a packed number; or ``[amount, quantity]`` where the
lines of a snapshot add up to an amount that no decimal number divides evenly, as 40 by 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from typing import Any, Final, NamedTuple

from streamseg.core.features.base import FOREVER, INSTANT_BYTES, LIST_BYTES
from streamseg.core.values.numbers import DIGITS, NUMBER_BYTES, pack, unpack
from streamseg.core.values.predicates import Number, add, multiply
from streamseg.core.vocabulary import MAX_ID_BYTES

MAX_STEPS: Final = 32
SEVERAL: Final = 64  # products in a cart; of each further one
FEW_STEPS: Final = 4  # changes are kept apart
MAX_TEXT: Final = 64  # characters of a category
TEXT_BYTES: Final = 4 * MAX_TEXT + 3
_STEP_BYTES: Final = 1 + INSTANT_BYTES + NUMBER_BYTES
_ITEM_BYTES: Final = (
    1 + MAX_ID_BYTES + 3 + 1 + 2 * NUMBER_BYTES + 2 * INSTANT_BYTES + TEXT_BYTES + LIST_BYTES
)

PRODUCT: Final = 0
PRICE: Final = 1
CATEGORY: Final = 3
STEPS: Final = 5
_SHOWN_DIGITS: Final = 12  # of a price that is an endless decimal


class Item(NamedTuple):
    """A product in the open cart."""

    product: str
    quantity: Number
    price: Number | None
    category: str | None


def most_bytes(items: int) -> int:
    """The most bytes that the state of a cart with so many products takes."""
    full = min(items, SEVERAL)
    updates = full * MAX_STEPS + (items - full) * FEW_STEPS
    return items * _ITEM_BYTES + updates * _STEP_BYTES


def new_item(product: str) -> list[Any]:
    """An item without any known fields."""
    return [product, None, None, None, None, []]


def describe(item: list[Any], time: int, price: Any, category: str | None) -> None:
    """Set price (as it is kept) and category, each unless a later event has told it."""
    if category is not None:
        category = category[:MAX_TEXT]
    for at, value in ((PRICE, price), (CATEGORY, category)):
        if value is not None and (item[at + 1] is None or time >= item[at + 1]):
            item[at], item[at + 1] = value, time


def forget(item: list[Any], time: int) -> None:
    """Forget what events said of an item up to a snapshot or closing at ``time``."""
    item[STEPS] = [step for step in item[STEPS] if step[0] > time]
    for at in (PRICE, CATEGORY):
        if item[at + 1] is not None and item[at + 1] <= time:
            item[at] = item[at + 1] = None


def insert(item: list[Any], time: int, change: int | str | None, items: int) -> None:
    """Put a change of an item's quantity where it belongs by its time. Where the cart has many
    ``items``, fewer changes are kept apart.
    """
    updates = item[STEPS]
    place = len(updates)
    while place and updates[place - 1][0] > time:
        place -= 1
    updates.insert(place, [time, change])
    most = MAX_STEPS if items <= SEVERAL else FEW_STEPS
    while len(updates) > most:
        # The two oldest changes become one. Only a late event that belongs before the second of
        # them could tell the difference.
        updates[:2] = [[updates[1][0], pack(_left_by(updates[:2]))]]


def quantity(item: list[Any], until: int = FOREVER) -> Number:
    """The quantity after the changes up to an instant."""
    return _left_by(item[STEPS], until)


def _left_by(updates: Iterable[list[Any]], until: int = FOREVER) -> Number:
    """The quantity after the changes up to an instant; a removal takes at most what is there."""
    left: Number = 0
    for instant, change in updates:
        if instant > until:
            break
        if type(change) is int and type(left) is int:
            left += change
            if left < 0:
                left = 0
            continue
        left = 0 if change is None else max(0, add(left, unpack(change) or 0))
    return left


def count_of(line: dict[str, Any]) -> Number:
    """The quantity of an addition, or of a line of a snapshot."""
    told: Number | None = line.get("quantity")
    return 1 if told is None else told


def price_of(lines: Sequence[dict[str, Any]]) -> Any:
    """The price by the lines of one product in a snapshot, as it is kept: the sum of their amounts
    by the sum of their quantities. A line without a price counts 0; None where no line has one.
    """
    if len(lines) == 1:
        return pack(lines[0].get("price"))
    counted = [line for line in lines if count_of(line)]
    prices = [line.get("price") for line in counted or lines]
    if not counted or all(price == prices[0] for price in prices):
        told = [price for price in prices if price is not None]
        return pack(told[-1]) if told else None
    amount: Number = 0
    whole: Number = 0
    for line, price in zip(counted, prices, strict=True):
        whole = add(whole, count_of(line))
        if price is not None:
            amount = add(amount, multiply(price, count_of(line)))
    exact: Any = Context(prec=DIGITS, traps=[])  # compiled code would want a dict for its flags
    price = exact.divide(Decimal(amount), Decimal(whole))
    if exact.flags[Inexact]:
        return [pack(amount), pack(whole)]
    return pack(int(price) if price == int(price) else price)


def contents_of(items: Iterable[list[Any]]) -> list[Item]:
    """The items with a quantity above 0, in the order in which they came."""
    found = []
    for item in items:
        count = quantity(item)
        if count > 0:
            found.append(Item(item[PRODUCT], count, _shown(item[PRICE]), item[CATEGORY]))
    return found


def _shown(price: Any) -> Number | None:
    if type(price) is not list:
        return unpack(price)
    return _rounded(_fraction(price[0]) / _fraction(price[1]), _SHOWN_DIGITS)


def total_of(items: Iterable[list[Any]]) -> Number:
    """The sum of price × quantity; an item without a price counts 0.

    It is exact where it is a finite decimal number, else rounded to 40 digits.
    """
    whole: Number = 0
    shared: Fraction | None = None  # the sum of items whose prices are no finite decimal numbers
    for item in items:
        price = item[PRICE]
        if not price:
            continue
        count = quantity(item)
        if type(price) is list:
            part = _fraction(price[0]) / _fraction(price[1]) * Fraction(count)
            shared = part if shared is None else shared + part
        elif count == 1:
            whole = add(whole, unpack(price) or 0)
        elif count:
            whole = add(whole, multiply(unpack(price) or 0, count))
    return whole if shared is None or not shared else _rounded(shared + Fraction(whole), DIGITS)


def _fraction(packed: int | str) -> Fraction:
    return Fraction(unpack(packed) or 0)


def _rounded(value: Fraction, digits: int) -> Number:
    if value.denominator == 1:
        return value.numerator
    return Context(prec=digits).divide(Decimal(value.numerator), Decimal(value.denominator))
