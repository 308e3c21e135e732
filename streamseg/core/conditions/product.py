"""``product``: the facts of the product that the segment's key names."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from streamseg.core.conditions.base import NEVER, UNKNOWN, Answer, Condition, Frame, Registry
from streamseg.core.conditions.interest import place_interest
from streamseg.core.effects import ANY, Effect
from streamseg.core.features.base import FOREVER
from streamseg.core.features.last_interest import LastInterest
from streamseg.core.numbers import unpack
from streamseg.core.predicates import EXACT, Comparison, Number, add, multiply, shown
from streamseg.core.products import ProductFacts

_UNKNOWN = ProductFacts()
_TENTH: Final = Decimal("0.1")


class ProductIs(Condition):
    """Facts compare so; a fact never told is missing. ``comparisons`` by fact: stock, price,
    category, brand.
    """

    def __init__(self, comparisons: Mapping[str, Comparison]) -> None:
        self._comparisons = dict(comparisons)

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        assert keyed is not None, "product needs a segment per product"

    def effects(self) -> list[Effect]:
        return []

    def at(self, frame: Frame, instant: int) -> Answer:
        facts = frame.facts or _UNKNOWN
        for fact, compare in self._comparisons.items():
            if not compare(getattr(facts, fact)):
                return False, FOREVER
        return True, FOREVER

    def depends_on(self, before: ProductFacts, after: ProductFacts) -> bool:
        return any(
            compare(getattr(before, fact)) is not compare(getattr(after, fact))
            for fact, compare in self._comparisons.items()
        )

    def why(self, frame: Frame, instant: int) -> list[str]:
        facts = frame.facts or _UNKNOWN
        told = [f"{fact} {shown(getattr(facts, fact))}" for fact in self._comparisons]
        return [f"product {frame.key}: {', '.join(told)}"]


class PriceDrop(Condition):
    """The price has fallen by a share of what it was, and has stood for ``hold`` ms.

    It is compared with the price at the contact's last interest ``by`` some ways, or (None) with
    the price before this one; false where one of the two is not known or not above 0, and where
    both have a currency and not the same. ``operands`` are percentages; both sides are multiplied
    out, so that the comparison is exact.
    """

    needs_facts = True

    def __init__(
        self, operands: Mapping[str, Number], by: tuple[str, ...] | None, hold: int = 0
    ) -> None:
        self._operands = dict(operands)
        self._by = by
        self._hold = hold
        self._place = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        assert keyed is not None, "price_drop needs a segment per product"
        if self._by is not None:
            self._place = place_interest(LastInterest(self._by), contact, keyed)

    def effects(self) -> list[Effect]:
        return [Effect(self._place, ANY, keyed=True)] if self._by is not None else []

    def reference(self, frame: Frame) -> Number | None:
        """The price that this one is compared with, as far as known."""
        return self._reference(frame)[0]

    def _reference(self, frame: Frame) -> tuple[Number | None, str | None]:
        """The same with its currency."""
        if self._by is None:
            facts = frame.facts or _UNKNOWN
            return facts.price_before, facts.currency_before
        interest = frame.keyed.get(self._place)
        if interest is None:
            return None, None
        return unpack(interest[1]), interest[2] if len(interest) > 2 else None

    def at(self, frame: Frame, instant: int) -> Answer:
        reference, currency = self._reference(frame)
        facts = frame.facts or _UNKNOWN
        price = facts.price
        if price is None or reference is None or price <= 0 or reference <= 0:
            is_lost = self._by is not None and self._place not in frame.keyed
            is_lost = is_lost and frame.known_since(self._place, keyed=True) is not None
            return UNKNOWN if is_lost else NEVER
        if currency is not None and facts.currency is not None and currency != facts.currency:
            return NEVER
        fall = multiply(add(reference, multiply(price, -1)), 100)
        for name, share in self._operands.items():
            if not Comparison({name: multiply(share, reference)})(fall):
                return NEVER
        due = (facts.price_time or 0) + self._hold
        return (True, FOREVER) if not self._hold or instant >= due else (False, due)

    def depends_on(self, before: ProductFacts, after: ProductFacts) -> bool:
        return _prices(before) != _prices(after)

    def why(self, frame: Frame, instant: int) -> list[str]:
        reference = self.reference(frame)
        price = frame.facts.price if frame.facts else None
        if price is None or not reference:
            return [f"no prices of {frame.key} to compare"]
        share = EXACT.divide(Decimal(price), Decimal(reference))
        fallen = EXACT.quantize(EXACT.multiply(100, EXACT.subtract(1, share)), _TENTH)
        change = f"fell by {shown(fallen)}%" if fallen >= 0 else f"rose by {shown(-fallen)}%"
        return [f"price of {frame.key} {change} from {shown(reference)} to {shown(price)}"]


def _prices(facts: ProductFacts) -> tuple[object, ...]:
    return (
        facts.price,
        facts.price_time,
        facts.price_before,
        facts.currency,
        facts.currency_before,
    )
