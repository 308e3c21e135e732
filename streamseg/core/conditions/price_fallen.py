"""``price_fallen``: a product is cheaper than when the contact last showed interest in it."""

from __future__ import annotations

from decimal import Decimal

from streamseg.core.conditions.base import ALWAYS, NEVER, Answer, Condition, Frame, Registry
from streamseg.core.effects import ANY, Effect
from streamseg.core.features.cart import Cart
from streamseg.core.features.last_interest import LastInterest
from streamseg.core.numbers import unpack
from streamseg.core.predicates import Number, add, multiply
from streamseg.core.products import ProductFacts


class PriceFallen(Condition):
    """The price is at least ``share`` percent below what it was at the last interest.

    False where one of the two prices is not known, or the earlier one is not above 0. Both sides
    are multiplied out, so that the comparison is exact.
    """

    needs_facts = True

    def __init__(self, by: tuple[str, ...], share: Number) -> None:
        self._by = by
        self._share = share
        self._interest = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        assert keyed is not None, "price_fallen needs a segment per product"
        self._interest = keyed.place(LastInterest(self._by))
        if "cart" in self._by:
            contact.place(Cart())  # it knows which products a snapshot brings

    def effects(self) -> list[Effect]:
        return [Effect(self._interest, ANY, keyed=True)]

    def at(self, frame: Frame, instant: int) -> Answer:
        price, then = frame.facts.price if frame.facts else None, self.then(frame)
        if price is None or then is None or then <= 0:
            return NEVER
        fall = add(then, multiply(price, -1))
        fallen = fall > 0 and multiply(fall, 100) >= multiply(then, self._share)
        return ALWAYS if fallen else NEVER

    def then(self, frame: Frame) -> Number | None:
        """The price at the last interest, as far as known."""
        interest = frame.keyed.get(self._interest)
        return None if interest is None else unpack(interest[1])

    def depends_on(self, before: ProductFacts, after: ProductFacts) -> bool:
        return before.price != after.price

    def why(self, frame: Frame, instant: int) -> list[str]:
        price, then = frame.facts.price if frame.facts else None, self.then(frame)
        if price is None or then is None:
            return []
        fallen = round(100 * (1 - Decimal(price) / Decimal(then)), 1)
        return [f"price of {frame.key} fell by {fallen}% from {then} to {price}"]
