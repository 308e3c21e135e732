"""When a contact last ordered which product."""

from __future__ import annotations

from typing import Any, Final

from streamseg.core.events import Event
from streamseg.core.features.base import Moment, States

MAX_PRODUCTS: Final = 64


class ProductOrders:
    """The last order of each product: state is an object from product to instant.

    Of a contact's last 64 products by time of order; an order without items is of no product.
    Kept for all products, since interest in one may become known only after its order.
    """

    types: tuple[str, ...] | None = ("order_placed",)
    group: tuple[Any, ...] = ("product_orders",)
    id = "product_orders"

    def merge(self, other: ProductOrders) -> None:
        """Nothing: there is one."""

    def update(self, states: States, place: int, event: Event, moment: Moment) -> bool:
        items = event.data.get("items")
        if not items:
            return False
        orders: dict[str, int] = states.setdefault(place, {})
        for item in items:
            product = item["product"]
            orders[product] = max(event.time, orders.get(product, event.time))
        while len(orders) > MAX_PRODUCTS:
            del orders[min(orders, key=lambda product: (orders[product], product))]
        return True
