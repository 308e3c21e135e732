"""The open cart of a contact, as its events tell it in whatever order they arrive.

An item's quantity is the sum, in the order of times, of its additions and removals since the last
snapshot or closing; so each item keeps its steps, not a number:

    snapshot 10:00 A=2    add 10:05 A+1    remove 10:10 A-5     -> 0
                                 a late "add 10:07 A+1" goes in between: 2 +1 +1 -5 -> 0

State: ``[opened_at, changed_at, base, names, items]``; opened_at is null while no cart is open,
changed_at while it has not changed since it opened,
base the instant of the last snapshot or closing (null: none), an item
``[product, price, priced_at, category, categorised_at, [[instant, change], …]]`` where a change of
null takes all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from streamseg.core.events import Event
from streamseg.core.features.base import (
    CHANGED,
    FOREVER,
    INSTANT_BYTES,
    LIST_BYTES,
    UNCHANGED,
    Lasting,
    Memory,
    Moment,
    States,
)
from streamseg.core.numbers import NUMBER_BYTES, pack, unpack
from streamseg.core.predicates import Number, Where, add, multiply
from streamseg.core.timestamps import format_duration
from streamseg.core.vocabulary import MAX_ID_BYTES

MAX_STEPS: Final = 32
MAX_NAMES: Final = 8
MAX_ITEMS: Final = 500
MAX_TEXT: Final = 64  # characters of a category, or of a name of the cart
DEFAULT_MAX_AGE_MS: Final = 10 * 86_400_000

_OPENED: Final = 0
_CHANGED: Final = 1
_BASE: Final = 2
_NAMES: Final = 3
_ITEMS: Final = 4
_PRODUCT: Final = 0
_PRICE: Final = 1
_PRICED_AT: Final = 2
_CATEGORY: Final = 3
_CATEGORISED_AT: Final = 4
_STEPS: Final = 5


class Item(NamedTuple):
    """A product in the open cart."""

    product: str
    quantity: Number
    price: Number | None
    category: str | None


class Cart(Lasting):
    """Opens with an item, closes when emptied, ordered, or ``max_age`` ms after its last change.

    An order closes it if it names the cart, shares a product with it or lists no items, and any
    order where ``any_order_closes``. The cart of the defaults says which products are new in it.
    """

    types: tuple[str, ...] | None = (
        "cart_item_added",
        "cart_item_removed",
        "cart_updated",
        "checkout_started",
        "order_placed",
    )
    where: Where | None = None

    def __init__(self, max_age: int = DEFAULT_MAX_AGE_MS, any_order_closes: bool = False) -> None:
        self.max_age = max_age
        self._any_order_closes = any_order_closes
        self._is_default = max_age == DEFAULT_MAX_AGE_MS and not any_order_closes

    @property
    def group(self) -> tuple[Any, ...]:
        return ("cart", self.max_age, self._any_order_closes)

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        text = 4 * MAX_TEXT + 3
        step = 1 + INSTANT_BYTES + NUMBER_BYTES
        item = 1 + MAX_ID_BYTES + 3 + NUMBER_BYTES + 2 * INSTANT_BYTES + text + LIST_BYTES
        return Memory(
            what="the open cart: its names, when it opened and last changed; of each product in "
            f"it (at most {MAX_ITEMS}) price, category, and when it was added or removed and how "
            f"many (at most {MAX_STEPS} times)",
            until="emptied when it is ordered or empty, or "
            f"{format_duration(self.max_age)} after its last change",
            typical=3 * INSTANT_BYTES + 2 * 48,
            most=1
            + 3 * INSTANT_BYTES
            + 2 * LIST_BYTES
            + MAX_NAMES * text
            + MAX_ITEMS * (item + MAX_STEPS * step),
            approximate=f"of more than {MAX_ITEMS} products the first leave, of more than "
            f"{MAX_STEPS} changes of one the two oldest become one, and of names and categories "
            f"{MAX_TEXT} characters are kept",
        )

    def update(self, states: States, place: int, event: Event, moment: Moment) -> int:
        cart = states.get(place)
        if cart is None:
            if event.type in ("cart_item_removed", "checkout_started"):
                return UNCHANGED
            cart = states[place] = [None, None, None, [], []]
        changed = CHANGED if self.expire(states, place, event.time) else UNCHANGED
        if cart[_BASE] is not None and event.time < cart[_BASE]:
            return changed
        match event.type:
            case "cart_item_added":
                _add(cart, event.time, event.data)
            case "cart_item_removed":
                _remove(cart, event.time, event.data)
            case "cart_updated":
                brought = _replace(cart, event.time, event.data["items"])
                if self._is_default:
                    moment.new_in_cart = brought
                _name(cart, event.time, event.data.get("cart"))
            case "checkout_started":
                _name(cart, event.time, event.data.get("cart"))
                return changed
            case _:
                self._order(cart, event.time, event.data)
        return CHANGED

    def expiry(self, state: Any) -> int:
        """The instant at which the open cart closes by age."""
        since = self.since(state)
        return FOREVER if since is None else since + self.max_age

    def since(self, state: Any) -> int | None:
        """When the contents of the open cart last changed; None where none is open."""
        return None if state is None or state[_OPENED] is None else changed_at(state)

    def expire(self, states: States, place: int, instant: int) -> bool:
        """Close a cart whose age it is time for by ``instant``; whether there was one."""
        expiry = self.expiry(states.get(place))
        if expiry > instant:
            return False
        _close(states[place], expiry)
        return True

    def _order(self, cart: list[Any], time: int, data: dict[str, Any]) -> None:
        present = {item[_PRODUCT] for item in cart[_ITEMS] if _quantity(item[_STEPS], time) > 0}
        items = data.get("items")
        if present and not self._any_order_closes and items:
            related = _cut(data.get("cart")) in cart[_NAMES] or any(
                item["product"] in present for item in items
            )
            if not related:
                return
        for item in cart[_ITEMS]:
            _forget(item, time)
        cart[_BASE] = time
        _settle(cart, time)


def _add(cart: list[Any], time: int, data: dict[str, Any]) -> None:
    item = _item(cart, data["product"])
    quantity = data.get("quantity", 1)
    quantity = 1 if quantity is None else quantity
    _describe(item, time, data)
    if quantity:
        _insert(item[_STEPS], time, pack(quantity))
        _changed(cart, time)
    _settle(cart, time)


def _remove(cart: list[Any], time: int, data: dict[str, Any]) -> None:
    for item in cart[_ITEMS]:
        if item[_PRODUCT] == data["product"] and _quantity(item[_STEPS], time) > 0:
            quantity = data.get("quantity")
            if quantity != 0:
                step = None if quantity is None else pack(multiply(quantity, -1))
                _insert(item[_STEPS], time, step)
                _changed(cart, time)
                _settle(cart, time)
            return


def _replace(cart: list[Any], time: int, items: list[dict[str, Any]]) -> frozenset[str]:
    """Make the cart what a snapshot says; the products that were not in it before."""
    before = {item[_PRODUCT]: _quantity(item[_STEPS], time) for item in cart[_ITEMS]}
    before = {product: quantity for product, quantity in before.items() if quantity > 0}
    told: dict[str, Number] = {}
    known = {item[_PRODUCT]: item for item in cart[_ITEMS]}
    for item in known.values():
        _forget(item, time)
    for one in items:
        product = one["product"]
        quantity = one.get("quantity")
        told[product] = add(told.get(product, 0), 1 if quantity is None else quantity)
        _describe(known.setdefault(product, _new_item(product)), time, one)
    told = {product: quantity for product, quantity in told.items() if quantity > 0}
    for product, quantity in told.items():
        known[product][_STEPS].insert(0, [time, pack(quantity)])
    cart[_ITEMS] = [known[product] for product in told] + [
        item for product, item in known.items() if product not in told
    ]
    cart[_BASE] = time
    if told != before:
        _changed(cart, time)
    _settle(cart, time)
    return frozenset(told.keys() - before.keys())


def _name(cart: list[Any], time: int, name: str | None) -> None:
    opened = cart[_OPENED]
    name = _cut(name)
    if name is None or opened is None or time < opened or name in cart[_NAMES]:
        return
    cart[_NAMES] = [*cart[_NAMES], name][-MAX_NAMES:]


def _changed(cart: list[Any], time: int) -> None:
    """A change of contents at ``time``; it restarts the wait, and opens a cart that is closed."""
    if cart[_OPENED] is None:
        cart[_OPENED], cart[_CHANGED] = time, None
    elif time > changed_at(cart):
        cart[_CHANGED] = time


def _settle(cart: list[Any], time: int) -> None:
    """Drop items that are gone for good; close the cart when nothing is left in it."""
    cart[_ITEMS] = [item for item in cart[_ITEMS] if item[_STEPS]][-MAX_ITEMS:]
    is_empty = not any(_quantity(item[_STEPS]) > 0 for item in cart[_ITEMS])
    if is_empty and cart[_OPENED] is not None:
        _close(cart, max(time, changed_at(cart)))


def _cut(text: str | None) -> str | None:
    return None if text is None else text[:MAX_TEXT]


def _close(cart: list[Any], instant: int) -> None:
    cart[_OPENED] = cart[_CHANGED] = None
    base = cart[_BASE]
    cart[_BASE] = instant if base is None else max(instant, base)
    cart[_NAMES] = []
    cart[_ITEMS] = []


def _describe(item: list[Any], time: int, data: dict[str, Any]) -> None:
    """Price and category are those told last, of what tells them."""
    for at, value in (
        (_PRICE, pack(data.get("price"))),
        (_CATEGORY, _cut(data.get("category"))),
    ):
        if value is not None and (item[at + 1] is None or time >= item[at + 1]):
            item[at], item[at + 1] = value, time


def _forget(item: list[Any], time: int) -> None:
    """Forget of an item what is not younger than a snapshot or closing at ``time``."""
    item[_STEPS] = [step for step in item[_STEPS] if step[0] > time]
    for at in (_PRICE, _CATEGORY):
        if item[at + 1] is not None and item[at + 1] <= time:
            item[at] = item[at + 1] = None


def _new_item(product: str) -> list[Any]:
    return [product, None, None, None, None, []]


def _item(cart: list[Any], product: str) -> list[Any]:
    for item in cart[_ITEMS]:
        if item[_PRODUCT] == product:
            found: list[Any] = item
            return found
    item = _new_item(product)
    cart[_ITEMS].append(item)
    return item


def _insert(steps: list[list[Any]], time: int, change: int | str | None) -> None:
    place = len(steps)
    while place and steps[place - 1][0] > time:
        place -= 1
    steps.insert(place, [time, change])
    if len(steps) > MAX_STEPS:
        # What two oldest steps come to stands for both; only an event later than those by
        # thirty others could have told the difference.
        steps[:2] = [[steps[1][0], pack(_quantity(steps[:2]))]]


def _quantity(steps: Iterable[list[Any]], until: int = FOREVER) -> Number:
    """What the steps up to an instant leave; a removal takes at most what is there."""
    quantity: Number = 0
    for instant, change in steps:
        if instant > until:
            break
        if type(change) is int and type(quantity) is int:
            quantity += change
            if quantity < 0:
                quantity = 0
            continue
        quantity = 0 if change is None else max(0, add(quantity, unpack(change) or 0))
    return quantity


def is_open(state: Any) -> bool:
    """Whether a cart is open."""
    return state is not None and state[_OPENED] is not None


def opened_at(state: Any) -> int:
    """When the open cart opened."""
    opened: int = state[_OPENED]
    return opened


def changed_at(state: Any) -> int:
    """When the contents of the open cart last changed."""
    changed: int | None = state[_CHANGED]
    return opened_at(state) if changed is None else changed


def contents(state: Any) -> list[Item]:
    """What the open cart holds, in the order in which it came."""
    items = []
    for product, price, _, category, _, steps in state[_ITEMS]:
        quantity = _quantity(steps)
        if quantity > 0:
            items.append(Item(product, quantity, unpack(price), category))
    return items


def size_of(state: Any) -> int:
    """How many different products the open cart holds."""
    return sum(_quantity(item[_STEPS]) > 0 for item in state[_ITEMS])


def total_of(state: Any) -> Number:
    """The sum of price × quantity in the open cart; an item without a price counts 0."""
    whole: Number = 0
    for item in state[_ITEMS]:
        price = unpack(item[_PRICE])
        if price:
            quantity = _quantity(item[_STEPS])
            if quantity == 1:
                whole = add(whole, price)
            elif quantity:
                whole = add(whole, multiply(price, quantity))
    return whole
