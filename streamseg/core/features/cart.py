"""The open cart of a contact; the order in which its events arrive does not matter.

An item's quantity is the sum, in the order of times, of its additions and removals since the last
snapshot or closing; so each item keeps its updates, not a number:

    snapshot 10:00 A=2    add 10:05 A+1    remove 10:10 A-5     -> 0
                                 a late "add 10:07 A+1" goes in between: 2 +1 +1 -5 -> 0

State: ``[opened_at, changed_at, base, names, items]``, and where there were orders two more,
``closed`` and ``orders``.

    opened_at    null while no cart is open
    changed_at   null while it has not changed since it opened
    base         the instant of the last snapshot or closing; null: there was none
    names        of the open cart
    items        as in `cart_items`
    closed       the names of carts that orders have closed
    orders       as in `cart_orders`
"""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.events import Event
from streamseg.core.features.base import (
    CHANGED,
    FOREVER,
    INSTANT_BYTES,
    LIST_BYTES,
    UNCHANGED,
    AgedFeature,
    Memory,
    States,
    UpdateContext,
)
from streamseg.core.features.cart_changes import (
    add_item,
    note_name,
    remove_item,
    replace_items,
    settle,
)
from streamseg.core.features.cart_items import (
    FEW_STEPS,
    MAX_STEPS,
    MAX_TEXT,
    PRODUCT,
    SEVERAL,
    TEXT_BYTES,
    forget,
    most_bytes,
    quantity,
)
from streamseg.core.features.cart_items import total_of as total_of_items
from streamseg.core.features.cart_orders import MAX_ORDERS, ORDERS_BYTES
from streamseg.core.features.cart_state import (
    BASE,
    ITEMS,
    MAX_ITEMS,
    MAX_NAMES,
    NAMES,
    OPENED,
    changed_at,
    close,
    close_name,
    closed_names,
    contents,
    is_open,
    is_told_of,
    kept_name,
    note_order,
    opened_at,
)
from streamseg.core.features.cart_union import join, one_episode
from streamseg.core.features.readable_cart import readable_cart
from streamseg.core.values.predicates import Number, Where
from streamseg.core.values.timestamps import format_duration, format_time
from streamseg.core.values.zones import DAY_MS

DEFAULT_MAX_AGE_MS: Final = 10 * DAY_MS


class Cart(AgedFeature):
    """The open cart. It opens with the first item, and closes when it is emptied, ordered, or
    ``max_age`` ms after its last change.

    An order closes it if it names the cart, shares a product with it or lists no items, and any
    order where ``any_order_closes``. Only the cart of the defaults tells other features which
    products are new in it (`UpdateContext.new_in_cart`).
    """

    types: tuple[str, ...] | None = (
        "cart_item_added",
        "cart_item_removed",
        "cart_updated",
        "checkout_started",
        "order_placed",
    )
    where: Where | None = None
    has_total = True
    is_told_whole = True

    def __init__(self, max_age: int = DEFAULT_MAX_AGE_MS, any_order_closes: bool = False) -> None:
        self.max_age = max_age
        self._any_order_closes = any_order_closes
        self._is_default = max_age == DEFAULT_MAX_AGE_MS and not any_order_closes

    @property
    def column_key(self) -> tuple[Any, ...]:
        return ("cart", self.max_age, self._any_order_closes)

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        return Memory(
            what="the open cart: its names, when it opened and last changed; of each product in "
            f"it (at most {MAX_ITEMS}) price, category, and when it was added or removed and how "
            f"many (at most {MAX_STEPS} times); the last {MAX_NAMES} names of carts that were "
            f"ordered; of the last {MAX_ORDERS} orders when they were, and hashes of the cart's "
            "name and of the products",
            until="emptied when it is ordered or empty, or "
            f"{format_duration(self.max_age)} after its last change",
            typical=3 * INSTANT_BYTES + 2 * 48,
            most=1
            + 4 * INSTANT_BYTES
            + 3 * LIST_BYTES
            + 2 * MAX_NAMES * TEXT_BYTES
            + ORDERS_BYTES
            + most_bytes(MAX_ITEMS),
            approximate=f"of more than {MAX_ITEMS} products the first leave, of more than "
            f"{MAX_STEPS} changes of one ({FEW_STEPS}, in a cart of more than {SEVERAL} products) "
            "the two oldest become one, and of categories "
            f"{MAX_TEXT} characters are kept",
        )

    def reads(self) -> list[str]:
        return ["cart", "items", "order", "price", "product", "quantity"]

    def readable(self, state: Any) -> Any:
        return readable_cart(state)

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        cart = states.get(column)
        if cart is None:
            if event.type in ("cart_item_removed", "checkout_started"):
                return UNCHANGED
            cart = states[column] = [None, None, None, [], []]
        time, data = event.time, event.data
        changed = CHANGED if self.expire(states, column, time) else UNCHANGED
        if event.type == "order_placed":
            self._order(cart, time, data)
            return CHANGED
        if cart[BASE] is not None and time < cart[BASE]:
            return changed
        match event.type:
            case "cart_item_added":
                add_item(cart, time, data)
            case "cart_item_removed":
                remove_item(cart, time, data)
            case _:
                name = kept_name(data.get("cart"))
                if name is not None and name in closed_names(cart):
                    return changed
                if event.type == "cart_updated":
                    since = ctx.kept_since.get(column)
                    is_known = since is None or is_told_of(cart, since)
                    brought = replace_items(cart, time, data["items"], is_known)
                    changed = CHANGED
                    if self._is_default and is_known:
                        ctx.new_in_cart = brought
                    elif self._is_default:  # they may have been in it before
                        ctx.maybe_new_in_cart = brought
                note_name(cart, time, name)
                return changed
        return CHANGED

    def total(self, state: Any) -> Number | None:
        """The sum of price × quantity in the open cart, where one is open; an item without a price
        counts 0.
        """
        return total_of_items(state[ITEMS]) if is_open(state) else None

    def shown(self, state: Any, instant: int) -> tuple[str, str, Any] | None:
        """The items of the open cart. The cart with default settings has no name."""
        if not is_open(state) or instant >= self.expiry(state):
            return None
        name = "" if self._is_default else "of its own terms"
        items = [item._asdict() for item in contents(state)]
        opened, changed = format_time(opened_at(state)), format_time(changed_at(state))
        total = self.total(state)
        value = {"items": items, "total": total, "opened_at": opened, "changed_at": changed}
        return "cart", name, value

    def expiry(self, state: Any) -> int:
        """The instant at which the open cart closes by age."""
        since = self.ages_from(state)
        return FOREVER if since is None else since + self.max_age

    def ages_from(self, state: Any) -> int | None:
        """When the contents of the open cart last changed; None where none is open."""
        return None if state is None or state[OPENED] is None else changed_at(state)

    def expire(self, states: States, column: int, instant: int) -> bool:
        """Close the cart if it has reached ``max_age`` by ``instant``; returns whether it was
        closed.
        """
        expiry = self.expiry(states.get(column))
        if expiry > instant:
            return False
        close(states[column], expiry)
        return True

    def _order(self, cart: list[Any], time: int, data: dict[str, Any]) -> None:
        """Apply an order: close the cart, if the order does that, and the names that it closes."""
        name = kept_name(data.get("cart"))
        names = cart[NAMES]
        if name is not None and name in names:
            # An order that names the open cart closes it, however late it is.
            close(cart, max(time, changed_at(cart)))
        elif (cart[BASE] is None or time >= cart[BASE]) and self._closes(cart, time, data):
            for item in cart[ITEMS]:
                forget(item, time)
            cart[BASE] = time
            settle(cart, time)
        if cart[OPENED] is None:
            for one in names:
                close_name(cart, one)
        if name is not None:
            close_name(cart, name)
        note_order(cart, time, name, data)

    def join(self, older: list[Any], newer: list[Any], ctx: UpdateContext) -> list[Any]:
        """One cart of two, see `cart_union`. It may differ from the cart of all events: closings of
        one side do not close the other side's cart, but for its last orders.
        """
        return join(older, newer, self._any_order_closes)

    def one_episode(self, older: Any, newer: Any) -> tuple[int, ...]:
        return one_episode(older, newer, self._any_order_closes)

    def _closes(self, cart: list[Any], time: int, data: dict[str, Any]) -> bool:
        """Whether an order closes what was in the cart at its time."""
        items = data.get("items")
        if self._any_order_closes or not items:
            return True
        present = {item[PRODUCT] for item in cart[ITEMS] if quantity(item, time) > 0}
        return not present or any(item["product"] in present for item in items)
