"""``restocked``: a product that the contact waits for is back in stock.

    stock   ──────┐                 ┌──────────────
                  └─────────────────┘
                start   interest   restock   restock + hold
                           (1)               enters here

An episode runs from its start (included) to its restock (excluded); a restock that does not last
``hold`` ends none. Interest counts from ``within`` before the restock on, and only in the episode
where ``out_of_stock``. Entering uses up all interest before that restock, unless ``each_restock``.
"""

from __future__ import annotations

from typing import Any

from streamseg.core.conditions.base import (
    NEVER,
    NEVER_SINCE,
    UNKNOWN,
    Answer,
    Condition,
    Frame,
    Registry,
)
from streamseg.core.conditions.interest import place_interest
from streamseg.core.effects import ANY, OF_KEY, Effect
from streamseg.core.features.base import FOREVER
from streamseg.core.features.interest import Interest
from streamseg.core.features.orders import ProductOrders
from streamseg.core.products import ProductFacts
from streamseg.core.timestamps import format_clock


class Restocked(Condition):
    """In stock since a restock at least ``hold`` ms ago that interest came before, and not
    ordered at or after the latest such interest.
    """

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
        self._interest = place_interest(Interest(self._by), contact, keyed)
        # The restock may be long ago, and with it the interest that an order answers.
        self._orders = contact.place(ProductOrders(None))

    def effects(self) -> list[Effect]:
        return [Effect(self._interest, ANY, keyed=True), Effect(self._orders, OF_KEY)]

    def at(self, frame: Frame, instant: int) -> Answer:
        restock = self._restock(frame)
        if restock is None:
            return NEVER
        waited = self._waited_since(frame)
        if waited is None:
            known = frame.known_since(self._interest, keyed=True) is None
            return NEVER if known else UNKNOWN
        if frame.since and frame.since.get(self._orders, NEVER_SINCE) >= waited:
            return UNKNOWN
        due = restock + self._hold
        return (True, FOREVER) if instant >= due else (False, due)

    def _restock(self, frame: Frame) -> int | None:
        facts = frame.facts
        if facts is None or not facts.turns or facts.out_of_stock:
            return None
        return facts.turns[-1]

    def _waited_since(self, frame: Frame) -> int | None:
        """The latest interest that the last restock answers, unless the contact has ordered."""
        facts = frame.facts
        assert facts is not None
        episodes = facts.restocks(self._hold)
        start, restock = episodes[-1]
        earliest = restock - self._within
        if self._out_of_stock and not self._each_restock:
            earliest = max(earliest, start)
        if not self._each_restock and frame.entered is not None:
            if frame.entered == restock and not frame.inside:
                return None
            if frame.entered < restock:
                earliest = max(earliest, frame.entered)
        for shown in reversed(frame.keyed.get(self._interest, ())):
            if shown < earliest:
                return None
            if shown < restock and (not self._out_of_stock or _is_within(shown, episodes)):
                ordered = frame.contact.get(self._orders, {}).get(frame.key)
                return shown if ordered is None or ordered < shown else None
        return None

    def depends_on(self, before: ProductFacts, after: ProductFacts) -> bool:
        return before.turns != after.turns

    def restock(self, frame: Frame) -> int:
        """The moment of the restock."""
        restock = self._restock(frame)
        assert restock is not None
        return restock

    def context(self, frame: Frame) -> dict[str, Any]:
        """The product, its stock and price."""
        facts = frame.facts
        assert facts is not None
        return {"product": {"id": frame.key, "stock": facts.stock, "price": facts.price}}

    def why(self, frame: Frame, instant: int) -> list[str]:
        restock = format_clock(self.restock(frame), instant)
        shown = self._waited_since(frame)
        sentences = [f"product {frame.key} back in stock since {restock}"]
        if shown is not None:
            sentences.insert(0, f"waited for it since {format_clock(shown, instant)}")
        return sentences


def _is_within(shown: int, episodes: list[tuple[int, int]]) -> bool:
    return any(start <= shown < restock for start, restock in episodes)
