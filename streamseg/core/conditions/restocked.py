"""``restocked``: a product that the contact waits for is back in stock.

    stock   ──────┐                 ┌──────────────
                  └─────────────────┘
                start   interest   restock   restock + hold
                                             enters here

An episode runs from its start (included) to its restock (excluded); a restock that does not last
``hold`` ends none. Interest counts from ``within`` before the restock on, and only in the episode
where ``out_of_stock``. Entering uses up all interest before that restock, unless ``each_restock``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamseg.core.conditions.base import (
    NEVER,
    SINCE_EVER,
    UNKNOWN,
    Answer,
    Condition,
    EvalContext,
    Part,
    Registry,
    Truth,
)
from streamseg.core.conditions.interest import interest_column
from streamseg.core.contacts.carried_interest import carried_of
from streamseg.core.features.base import FOREVER
from streamseg.core.features.interest import Interest
from streamseg.core.features.orders import ProductOrders
from streamseg.core.products.facts import ProductFacts
from streamseg.core.segments.dependencies import ANY, OF_KEY, Dependency
from streamseg.core.values.timestamps import format_clock, format_duration


class Restocked(Condition):
    """In stock since a restock at least ``hold`` ms ago that interest came before, and not
    ordered at or after the latest such interest.
    """

    word = "restocked"

    needs_facts = True

    def __init__(
        self, by: tuple[str, ...], within: int, out_of_stock: bool, hold: int, each_restock: bool
    ) -> None:
        self._by = by
        self._within = within
        self._out_of_stock = out_of_stock
        self._hold = hold
        self._each_restock = each_restock
        self._interest = 0
        self._orders = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        assert keyed is not None, "restocked needs a segment per product"
        self._interest = interest_column(Interest(self._by), contact, keyed)
        # The restock may be long ago, and with it the interest that an order answers.
        self._orders = contact.column(ProductOrders(None))

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._interest, ANY, keyed=True), Dependency(self._orders, OF_KEY)]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        restock = self._restock(ctx)
        if restock is None:
            return NEVER
        waited = self.waited_since(ctx)
        if waited is None:
            known = ctx.known_since(self._interest, keyed=True) is None
            return NEVER if known else UNKNOWN
        if ctx.kept_since and ctx.kept_since.get(self._orders, SINCE_EVER) >= waited:
            return UNKNOWN
        due = restock + self._hold
        return (True, FOREVER) if instant >= due else (False, due)

    def _restock(self, ctx: EvalContext) -> int | None:
        facts = ctx.facts
        if facts is None or not facts.turns or facts.out_of_stock:
            return None
        return facts.turns[-1]

    def waited_since(self, ctx: EvalContext) -> int | None:
        """The latest interest that the last restock answers, unless the contact has ordered."""
        shown = self._shown(ctx)
        if shown is None:
            return None
        ordered = ctx.features.get(self._orders, {}).get(ctx.key)
        return shown if ordered is None or ordered < shown else None

    def _shown(self, ctx: EvalContext) -> int | None:
        facts = ctx.facts
        assert facts is not None
        episodes = facts.restocks(self._hold)
        start, restock = episodes[-1]
        earliest = restock - self._within
        if self._out_of_stock and not self._each_restock:
            earliest = max(earliest, start)
        if not self._each_restock and isinstance(ctx.last_anchor, int):
            if ctx.last_anchor == restock and not ctx.inside:
                return None
            if ctx.last_anchor < restock:
                earliest = max(earliest, ctx.last_anchor)
        for shown in reversed(ctx.key_features.get(self._interest, ())):
            if shown < earliest:
                break
            if shown < restock and (not self._out_of_stock or _is_within(shown, episodes)):
                latest: int = shown
                return latest
        # Of an earlier episode, where its trigger waited until the product was sold out again.
        carried = None if ctx.slot is None else carried_of(ctx.slot, restock)
        is_near = carried is not None and restock - self._within <= carried < restock
        return carried if is_near else None

    def is_changed_by(self, before: ProductFacts, after: ProductFacts) -> bool:
        return before.turns != after.turns

    def restock(self, ctx: EvalContext) -> int:
        """The moment of the restock."""
        restock = self._restock(ctx)
        assert restock is not None
        return restock

    def context(self, ctx: EvalContext) -> dict[str, Any]:
        """The product, its stock and price."""
        facts = ctx.facts
        assert facts is not None
        return {"product": {"id": ctx.key, "stock": facts.stock, "price": facts.price}}

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        restock = format_clock(self.restock(ctx), instant)
        shown = self.waited_since(ctx)
        sentences = [f"product {ctx.key} back in stock since {restock}"]
        if shown is not None:
            sentences.insert(0, f"waited for it since {format_clock(shown, instant)}")
        return sentences

    def asks(self) -> str:
        while_out = " while it was out of stock" if self._out_of_stock else ""
        held = f", for {format_duration(self._hold)}" if self._hold else ""
        by, within = " or ".join(self._by), format_duration(self._within)
        return f"back in stock{held}; {by}{while_out} at most {within} before, not ordered since"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        facts = ctx.facts
        restock = self._restock(ctx)
        counts = None if restock is None else self._shown(ctx)
        last = max(ctx.key_features.get(self._interest, ()), default=None)
        return {
            "stock": None if facts is None else facts.stock,
            "restocked_at": restock,
            "interest_at": last if counts is None else counts,
            "ordered_at": ctx.features.get(self._orders, {}).get(ctx.key),
        }

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        restock = self._restock(ctx)
        return restock + self._hold if truth and restock is not None else None


def _is_within(shown: int, episodes: list[tuple[int, int]]) -> bool:
    return any(start <= shown < restock for start, restock in episodes)
