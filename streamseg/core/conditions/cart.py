"""``cart``: what is in the open cart, and for how long it has not changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamseg.core.conditions.base import (
    NEVER,
    SINCE_EVER,
    Answer,
    Condition,
    EvalContext,
    Part,
    Registry,
    Truth,
)
from streamseg.core.features import cart_state as carts
from streamseg.core.features.base import FOREVER
from streamseg.core.features.cart import Cart
from streamseg.core.segments.dependencies import ANY, DELAYS, Dependency
from streamseg.core.segments.preconditions import AMOUNTS_TO, Precondition
from streamseg.core.values.predicates import Comparison, Number, Where
from streamseg.core.values.timestamps import format_clock, format_duration


class CartIs(Condition):
    """All the given parts hold of the open cart.

    ``items`` compares the number of different products, ``total`` the sum of price × quantity,
    ``contains`` asks for an item with such fields, ``idle`` is a least age (ms) of the last change.
    """

    word = "cart"

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
        self._cart = cart or Cart()
        self._column = 0

    def use_cart(self, cart: Cart) -> None:
        self._cart = cart

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._column = contact.column(self._cart)

    def dependencies(self) -> list[Dependency]:
        if self._idle is None:
            return [Dependency(self._column, ANY)]
        return [Dependency(self._column, DELAYS, wait=self._idle)]

    def preconditions(self) -> list[Precondition]:
        floor = None if self._total is None else self._total.floor
        return [] if floor is None else [Precondition(AMOUNTS_TO, self._column, floor)]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        cart = ctx.features.get(self._column)
        if ctx.kept_since:
            # A cart may have been open before it was remembered. A snapshot or a closing tells what
            # is in it; after its greatest age it has closed anyhow.
            since = ctx.known_since(self._column, keyed=False)
            end = FOREVER if since is None else since + self._cart.max_age
            if since is not None and instant < end and not carts.is_told_of(cart, since):
                return None, end
        if not carts.is_open(cart):
            return NEVER
        expiry = self._cart.expiry(cart)
        if instant >= expiry or not self._has_asked_contents(ctx, cart):
            return NEVER
        if self._idle is not None:
            due = carts.changed_at(cart) + self._idle
            if instant < due:
                if due >= expiry:
                    return NEVER
                return None if carts.may_be_unchanged(cart) else False, due
        return True, expiry

    def _has_asked_contents(self, ctx: EvalContext, cart: Any) -> bool:
        if self._total is not None and not self._total(self._total_of(ctx)):
            return False
        if self._items is not None and not self._items(carts.size_of(cart)):
            return False
        contains = self._contains
        return contains is None or any(contains(item._asdict()) for item in carts.contents(cart))

    def _total_of(self, ctx: EvalContext) -> Number:
        assert ctx.contact is not None
        return ctx.contact.total(self._cart, self._column) or 0

    def opened_at(self, ctx: EvalContext) -> int:
        """When the open cart opened."""
        return carts.opened_at(ctx.features[self._column])

    def context(self, ctx: EvalContext) -> dict[str, object]:
        """The open cart: its items and their total."""
        cart = ctx.features[self._column]
        listed = []
        for product, quantity, price, category in carts.contents(cart):
            item: dict[str, object] = {"product": product, "quantity": quantity}
            if price is not None:
                item["price"] = price
            if category is not None:
                item["category"] = category
            listed.append(item)
        return {"cart": {"items": listed, "total": self._total_of(ctx)}}

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        cart = ctx.features.get(self._column)
        if not carts.is_open(cart):
            return ["no open cart"]
        count = carts.size_of(cart)
        noun = "item" if count == 1 else "items"
        since = format_clock(carts.changed_at(cart), instant)
        return [f"cart of {count} {noun} unchanged since {since}"]

    def asks(self) -> str:
        parts = [] if self._items is None else [f"items {self._items.words}"]
        if self._total is not None:
            parts.append(f"total {self._total.words}")
        if self._contains is not None:
            parts.append(f"an item with {self._contains.words}")
        if self._idle is not None:
            parts.append(f"unchanged for {format_duration(self._idle)}")
        return ", ".join(["cart is open", *parts])

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        cart = ctx.features.get(self._column)
        if not carts.is_open(cart) or instant >= self._cart.expiry(cart):
            return {"items": 0}
        return {
            "items": carts.size_of(cart),
            "total": self._total_of(ctx),
            "opened_at": carts.opened_at(cart),
            "changed_at": carts.changed_at(cart),
        }

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        cart = ctx.features.get(self._column)
        if truth is None or not carts.is_open(cart):
            return None
        changed, expiry, idle = carts.changed_at(cart), self._cart.expiry(cart), self._idle or 0
        if instant >= expiry:
            would_hold = self._has_asked_contents(ctx, cart) and changed + idle < expiry
            return expiry if would_hold else None
        began = changed + idle
        if not truth:
            is_resting = began < expiry and self._has_asked_contents(ctx, cart)
            return self._not_rested_from(ctx, cart) if idle and is_resting else None
        asks_more = self._total is not None or self._contains is not None
        if asks_more and carts.described_at(cart) > began:
            return None  # by a price that was told later, which does not count as a change
        return began if idle or changed == carts.opened_at(cart) else None

    def _not_rested_from(self, ctx: EvalContext, cart: Any) -> int | None:
        """Since when the condition is false of a cart that has not been unchanged for long enough:
        since its last change, if it held just before that.
        """
        assert self._idle is not None
        if ctx.has_merged or ctx.known_since(self._column, keyed=False) is not None:
            return None  # of two carts that became one, not all changes are remembered
        opened, changed = carts.opened_at(cart), carts.changed_at(cart)
        if changed - opened < self._idle:  # it never was; and it is the first cart there is
            return None if carts.is_told_of(cart) else SINCE_EVER
        if self._total is not None or self._contains is not None:
            return None
        size = carts.size_before(cart, self._idle)
        return changed if size and (self._items is None or self._items(size)) else None
