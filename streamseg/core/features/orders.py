"""When a contact last ordered which product."""

from __future__ import annotations

from heapq import nsmallest
from typing import Any, Final

from streamseg.core.events import Event
from streamseg.core.features.base import (
    CHANGED,
    IGNORED,
    INSTANT_BYTES,
    LIST_BYTES,
    USUAL,
    Feature,
    Memory,
    States,
    UpdateContext,
    wider,
)
from streamseg.core.features.wording import moment
from streamseg.core.values.predicates import Where
from streamseg.core.values.timestamps import format_duration
from streamseg.core.vocabulary import MAX_ID_BYTES

MAX_PRODUCTS: Final = 1024


class ProductOrders(Feature):
    """The last order of each product: state is an object from product to instant.

    Orders older than ``window`` ms before the last one are forgotten, where interest from before
    them is too old to matter (None: it never is). Of what remains the contact's last 1024 products
    are kept; an order without items is of no product. Kept for all products, since interest in one
    may become known only after its order.
    """

    types: tuple[str, ...] | None = ("order_placed",)
    where: Where | None = None

    def __init__(self, window: int | None) -> None:
        self._window = window

    @property
    def column_key(self) -> tuple[Any, ...]:
        return ("product_orders",)

    @property
    def id(self) -> str:
        return f"product_orders window={self._window}"

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        window = None if self._window is None else format_duration(self._window)
        return Memory(
            what=f"of `order_placed`: which products were ordered, and when each last, at most "
            f"{MAX_PRODUCTS:,} of them",
            until=f"one that was ordered {window} before the last order goes"
            if window
            else "for as long as the contact is",
            typical=1 + USUAL * (INSTANT_BYTES + 10),
            most=LIST_BYTES + MAX_PRODUCTS * (INSTANT_BYTES + MAX_ID_BYTES + 3),
            approximate=f"beyond {MAX_PRODUCTS:,} products{f' within {window}' if window else ''} "
            "the order that is longest ago is forgotten",
        )

    def widen(self, other: ProductOrders) -> None:
        self._window = wider(self._window, other._window)

    def reads(self) -> list[str]:
        return ["items"]

    def readable(self, state: Any) -> Any:
        return {product: moment(time) for product, time in state.items()}

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        items = event.data.get("items")
        if not items:
            return IGNORED
        orders: dict[str, int] = states.get(column, {})
        for item in items:
            product = item["product"]
            orders[product] = max(event.time, orders.get(product, event.time))
        states[column] = self._within_bounds(orders)
        return CHANGED

    def join(
        self, older: dict[str, int], newer: dict[str, int], ctx: UpdateContext
    ) -> dict[str, int]:
        """The later order of each product."""
        orders = dict(older)
        for product, time in newer.items():
            orders[product] = max(time, orders.get(product, time))
        return self._within_bounds(orders)

    def _within_bounds(self, orders: dict[str, int]) -> dict[str, int]:
        if self._window is not None:
            oldest = max(orders.values()) - self._window
            orders = {product: time for product, time in orders.items() if time >= oldest}
        beyond = len(orders) - MAX_PRODUCTS
        if beyond > 0:
            for product in nsmallest(beyond, orders, key=lambda one: (orders[one], one)):
                del orders[product]
        return orders
