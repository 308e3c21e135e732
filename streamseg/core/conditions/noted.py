"""What a message needs to know besides what a segment asks: conditions that always hold.

They have a template remember more than its conditions do, and give it to the context.
"""

from __future__ import annotations

from typing import Any

from streamseg.core.conditions.base import ALWAYS, Answer, Condition, Frame, Registry
from streamseg.core.conditions.cart import CartIs
from streamseg.core.effects import Effect
from streamseg.core.features import cart_state as carts
from streamseg.core.features.base import FOREVER
from streamseg.core.features.cart import Cart
from streamseg.core.features.last_event import LastEvent
from streamseg.core.features.recent_products import RecentProducts
from streamseg.core.numbers import unpack
from streamseg.core.timestamps import format_time


class Noted(Condition):
    """Always holds; binds what a context needs."""

    def effects(self) -> list[Effect]:
        return []

    def at(self, frame: Frame, instant: int) -> Answer:
        return ALWAYS


class NotedEvent(Noted):
    """The last event of ``types``: its time and some fields of its data."""

    def __init__(self, types: tuple[str, ...], fields: tuple[str, ...]) -> None:
        self._feature = LastEvent(types, None, fields)
        self._place = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._place = contact.place(self._feature)

    def last(self, frame: Frame) -> dict[str, Any]:
        """The event's fields and ``time``; empty where there was none."""
        state = frame.contact.get(self._place)
        if state is None:
            return {}
        return {**self._feature.values(state), "time": format_time(state[0])}


class NotedProducts(Noted):
    """The last 5 products that the contact viewed."""

    def __init__(self) -> None:
        self._place = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._place = contact.place(RecentProducts(("product_viewed",)))

    def after(self, frame: Frame, instant: int | None) -> list[dict[str, Any]]:
        """Those last viewed after an instant (None: all), the latest first, with their prices."""
        since = -FOREVER if instant is None else instant
        return [
            {"id": product, "price": unpack(price), "time": format_time(time)}
            for time, product, price in reversed(frame.contact.get(self._place, ()))
            if time > since
        ]


class NotedCart(Noted):
    """The open cart, if there is one."""

    def __init__(self) -> None:
        self._cart = CartIs()
        self._place = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._cart.bind(contact, keyed)
        self._place = contact.place(Cart())

    def context(self, frame: Frame) -> dict[str, Any]:
        """The open cart as ``cart``; empty where none is open."""
        is_open = carts.is_open(frame.contact.get(self._place))
        return self._cart.context(frame) if is_open else {}
