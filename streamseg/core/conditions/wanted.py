"""``wanted``: the contact showed interest in the product and has not ordered it since."""

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
from streamseg.core.conditions.interest import (
    interest_column,
    last_interest,
    without_last_interest,
)
from streamseg.core.features.last_interest import LastInterest
from streamseg.core.features.orders import ProductOrders
from streamseg.core.segments.dependencies import ANY, OF_KEY, Dependency
from streamseg.core.values.timestamps import format_clock, format_duration


class Wanted(Condition):
    """The last interest in the key's product is at least ``after`` and less than ``within`` ms
    old, and no order of the product is at its time or later.

    An order without items is of no product.
    """

    word = "wanted"

    def __init__(self, by: tuple[str, ...], after: int, within: int) -> None:
        self._by = by
        self._after = after
        self._within = within
        self._interest = 0
        self._orders = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        assert keyed is not None, "wanted needs a segment per product"
        self._interest = interest_column(LastInterest(self._by), contact, keyed)
        self._orders = contact.column(ProductOrders(self._within))

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._interest, ANY, keyed=True), Dependency(self._orders, OF_KEY)]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        interest = last_interest(ctx, self._interest)
        if interest is None:
            return without_last_interest(ctx, self._interest, instant, self._within)
        shown: int = interest[0]
        ordered = ctx.features.get(self._orders, {}).get(ctx.key)
        end = shown + self._within
        if instant >= end or (ordered is not None and ordered >= shown):
            return NEVER
        if ordered is None and ctx.kept_since.get(self._orders, SINCE_EVER) >= shown:
            return None, end
        due = shown + self._after
        return (True, end) if instant >= due else (False, due)

    def last_at(self, ctx: EvalContext) -> int:
        """The instant of the last interest; there must be one."""
        shown: int = ctx.key_features[self._interest][0]
        return shown

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        if last_interest(ctx, self._interest) is None:
            return []
        return [f"showed interest in {ctx.key} at {format_clock(self.last_at(ctx), instant)}"]

    def asks(self) -> str:
        after = f" at least {format_duration(self._after)} and" if self._after else ""
        within, by = format_duration(self._within), " or ".join(self._by)
        return f"{by}{after} less than {within} ago, not ordered since"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        interest = last_interest(ctx, self._interest)
        ordered = ctx.features.get(self._orders, {}).get(ctx.key)
        return {"last_at": None if interest is None else interest[0], "ordered_at": ordered}

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        if truth is None or last_interest(ctx, self._interest) is None:
            return None
        shown = self.last_at(ctx)
        due, end = shown + self._after, shown + self._within
        if truth:
            return due if self._after else None
        ordered: int | None = ctx.features.get(self._orders, {}).get(ctx.key)
        if ordered is not None and ordered >= shown:
            return None  # when the first of these was is not remembered
        return end if instant >= end else None


def product(ctx: EvalContext) -> dict[str, Any]:
    """The key's product with its stock and price as far as they are known, for a context."""
    facts = ctx.facts
    stock, price = (None, None) if facts is None else (facts.stock, facts.price)
    return {"product": {"id": ctx.key, "stock": stock, "price": price}}
