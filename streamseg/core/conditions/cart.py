"""``cart``: what is in the open cart, and for how long it has not changed."""

from __future__ import annotations

from typing import Any

from streamseg.core.conditions.base import NEVER, Answer, Condition, Frame, Registry
from streamseg.core.effects import ANY, DELAYS, Bar, Effect
from streamseg.core.features import cart_state as carts
from streamseg.core.features.base import FOREVER
from streamseg.core.features.cart import Cart
from streamseg.core.predicates import Comparison, Number, Where
from streamseg.core.timestamps import format_clock


class CartIs(Condition):
    """All the given parts hold of the open cart.

    ``items`` compares the number of different products, ``total`` the sum of price × quantity,
    ``contains`` asks for an item with such fields, ``idle`` is a least age (ms) of the last change.
    """

    def __init__(
        self,
        *,
        items: Comparison | None = None,
        total: Comparison | None = None,
        contains: Where | None = None,
        idle: int | None = None,
        cart: Cart | None = None,
    ) -> None:
        self._items = items
        self._total = total
        self._contains = contains
        self._idle = idle
        self.cart = cart or Cart()
        self._place = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._place = contact.place(self.cart)

    def effects(self) -> list[Effect]:
        if self._idle is None:
            return [Effect(self._place, ANY)]
        return [Effect(self._place, DELAYS, wait=self._idle)]

    def bars(self) -> list[Bar]:
        floor = None if self._total is None else self._total.floor
        return [] if floor is None else [Bar(self._place, floor=floor)]

    def at(self, frame: Frame, instant: int) -> Answer:
        cart = frame.contact.get(self._place)
        if frame.since:
            # Its contents are known from a snapshot or a closing on, or when it is too old.
            since = frame.known_since(self._place, keyed=False)
            end = FOREVER if since is None else since + self.cart.max_age
            if since is not None and instant < end and not carts.is_begun(cart):
                return None, end
        if not carts.is_open(cart):
            return NEVER
        expiry = self.cart.expiry(cart)
        if instant >= expiry or not self._is_of_kind(frame, cart):
            return NEVER
        if self._idle is not None:
            due = carts.changed_at(cart) + self._idle
            if instant < due:
                return (False, due) if due < expiry else NEVER
        return True, expiry

    def _is_of_kind(self, frame: Frame, cart: Any) -> bool:
        if self._total is not None and not self._total(self._total_of(frame)):
            return False
        if self._items is not None and not self._items(carts.size_of(cart)):
            return False
        contains = self._contains
        return contains is None or any(contains(item._asdict()) for item in carts.contents(cart))

    def _total_of(self, frame: Frame) -> Number:
        assert frame.owner is not None
        return frame.owner.total(self.cart, self._place) or 0

    def opened_at(self, frame: Frame) -> int:
        """When the open cart opened."""
        return carts.opened_at(frame.contact[self._place])

    def context(self, frame: Frame) -> dict[str, object]:
        """The open cart: its items and their total."""
        cart = frame.contact[self._place]
        listed = []
        for product, quantity, price, category in carts.contents(cart):
            item: dict[str, object] = {"product": product, "quantity": quantity}
            if price is not None:
                item["price"] = price
            if category is not None:
                item["category"] = category
            listed.append(item)
        return {"cart": {"items": listed, "total": self._total_of(frame)}}

    def why(self, frame: Frame, instant: int) -> list[str]:
        cart = frame.contact.get(self._place)
        if not carts.is_open(cart):
            return ["no open cart"]
        count = carts.size_of(cart)
        noun = "item" if count == 1 else "items"
        since = format_clock(carts.changed_at(cart), instant)
        return [f"cart of {count} {noun} unchanged since {since}"]
