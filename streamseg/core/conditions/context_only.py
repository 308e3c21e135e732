"""Conditions that always hold. Templates have them to remember what only the context of a message
needs.
"""

from __future__ import annotations

from typing import Any

from streamseg.core.conditions.base import (
    ALWAYS,
    SINCE_EVER,
    Answer,
    Condition,
    EvalContext,
    Registry,
    Truth,
)
from streamseg.core.conditions.cart import CartIs
from streamseg.core.features import cart_state as carts
from streamseg.core.features.base import FOREVER
from streamseg.core.features.cart import Cart
from streamseg.core.features.last_event import LastEvent
from streamseg.core.features.recent_products import RecentProducts
from streamseg.core.segments.dependencies import Dependency
from streamseg.core.values.numbers import unpack
from streamseg.core.values.timestamps import format_time


class ContextOnly(Condition):
    """Always holds; binds what a context needs."""

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        return SINCE_EVER

    def dependencies(self) -> list[Dependency]:
        return []

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        return ALWAYS


class LastEventContext(ContextOnly):
    """The last event of ``types``: its time and some fields of its data."""

    def __init__(self, types: tuple[str, ...], fields: tuple[str, ...]) -> None:
        self._feature = LastEvent(types, None, fields)
        self._column = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._column = contact.column(self._feature)

    def last(self, ctx: EvalContext) -> dict[str, Any]:
        """The event's fields and ``time``; empty where there was none."""
        state = ctx.features.get(self._column)
        if state is None:
            return {}
        return {**self._feature.values(state), "time": format_time(state[0])}


class RecentProductsContext(ContextOnly):
    """The last 5 products that the contact viewed."""

    def __init__(self) -> None:
        self._column = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._column = contact.column(RecentProducts(("product_viewed",)))

    def after(self, ctx: EvalContext, instant: int | None) -> list[dict[str, Any]]:
        """Those last viewed after an instant (None: all), the latest first, with their prices."""
        since = -FOREVER if instant is None else instant
        return [
            {"id": product, "price": unpack(price), "time": format_time(time)}
            for time, product, price in reversed(ctx.features.get(self._column, ()))
            if time > since
        ]


class CartContext(ContextOnly):
    """The open cart, if there is one."""

    def __init__(self) -> None:
        self._cart = CartIs()
        self._column = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._cart.bind(contact, keyed)
        self._column = contact.column(Cart())

    def context(self, ctx: EvalContext) -> dict[str, Any]:
        """The open cart as ``cart``; empty where none is open."""
        is_open = carts.is_open(ctx.features.get(self._column))
        return self._cart.context(ctx) if is_open else {}
