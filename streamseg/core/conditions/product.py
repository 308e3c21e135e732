"""``product``: the facts of the product that the segment's key names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

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
from streamseg.core.conditions.interest import interest_column, last_interest
from streamseg.core.features.base import FOREVER
from streamseg.core.features.last_interest import LastInterest
from streamseg.core.products.facts import ProductFacts
from streamseg.core.segments.dependencies import ANY, Dependency
from streamseg.core.values.numbers import unpack
from streamseg.core.values.predicates import EXACT, Comparison, Number, add, multiply, shown
from streamseg.core.values.timestamps import format_duration

_UNKNOWN = ProductFacts()
_TENTH: Final = Decimal("0.1")


class ProductIs(Condition):
    """Facts compare so; a fact never told is missing. ``comparisons`` by fact: stock, price,
    category, brand.
    """

    word = "product"

    def __init__(self, comparisons: Mapping[str, Comparison]) -> None:
        self._comparisons = dict(comparisons)

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        assert keyed is not None, "product needs a segment per product"

    def dependencies(self) -> list[Dependency]:
        return []

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        facts = ctx.facts or _UNKNOWN
        for fact, compare in self._comparisons.items():
            if not compare(getattr(facts, fact)):
                return False, FOREVER
        return True, FOREVER

    def is_changed_by(self, before: ProductFacts, after: ProductFacts) -> bool:
        return any(
            compare(getattr(before, fact)) is not compare(getattr(after, fact))
            for fact, compare in self._comparisons.items()
        )

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        facts = ctx.facts or _UNKNOWN
        told = [f"{fact} {shown(getattr(facts, fact))}" for fact in self._comparisons]
        return [f"product {ctx.key}: {', '.join(told)}"]

    def asks(self) -> str:
        asked = self._comparisons.items()
        return f"product: {', '.join(f'{fact} {compare.words}' for fact, compare in asked)}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        facts = ctx.facts or _UNKNOWN
        seen = {fact: getattr(facts, fact) for fact in self._comparisons}
        return {**seen, "changed_at": facts.changed_at}

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        is_untold = ctx.facts is None or ctx.facts.changed_at is None
        return SINCE_EVER if is_untold else None


class PriceDrop(Condition):
    """The price has fallen by a share of what it was, and has stood for ``hold`` ms.

    It is compared with the price at the contact's last interest, shown ``by`` one of some ways; or
    (None) with the price before this one. It is false where one of the two prices is not known or
    not above 0, and where both have a currency and the currencies differ. ``operands`` are
    percentages; both sides are multiplied out, so that the comparison is exact.
    """

    word = "price_drop"

    needs_facts = True

    def __init__(
        self, operands: Mapping[str, Number], by: tuple[str, ...] | None, hold: int = 0
    ) -> None:
        self._operands = dict(operands)
        self._by = by
        self._hold = hold
        self._column = 0

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        assert keyed is not None, "price_drop needs a segment per product"
        if self._by is not None:
            self._column = interest_column(LastInterest(self._by), contact, keyed)

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._column, ANY, keyed=True)] if self._by is not None else []

    def reference(self, ctx: EvalContext) -> Number | None:
        """The price that this one is compared with, as far as known."""
        return self._reference(ctx)[0]

    def _reference(self, ctx: EvalContext) -> tuple[Number | None, str | None]:
        """The same with its currency."""
        if self._by is None:
            facts = ctx.facts or _UNKNOWN
            return facts.price_before, facts.currency_before
        interest = last_interest(ctx, self._column)
        if interest is None:
            return None, None
        return unpack(interest[1]), interest[2] if len(interest) > 2 else None

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        reference, currency = self._reference(ctx)
        facts = ctx.facts or _UNKNOWN
        price = facts.price
        if price is None or reference is None or price <= 0 or reference <= 0:
            return UNKNOWN if self._may_have_shown_interest(ctx) else NEVER
        if currency is not None and facts.currency is not None and currency != facts.currency:
            return NEVER
        fall = multiply(add(reference, multiply(price, -1)), 100)
        for name, share in self._operands.items():
            if not Comparison({name: multiply(share, reference)})(fall):
                return NEVER
        due = (facts.price_time or 0) + self._hold
        return (True, FOREVER) if not self._hold or instant >= due else (False, due)

    def _may_have_shown_interest(self, ctx: EvalContext) -> bool:
        """Whether there may have been interest that is not known."""
        if self._by is None or last_interest(ctx, self._column) is not None:
            return False
        is_doubtful = self._column in ctx.key_features
        return is_doubtful or ctx.known_since(self._column, keyed=True) is not None

    def is_changed_by(self, before: ProductFacts, after: ProductFacts) -> bool:
        return _prices(before) != _prices(after)

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        reference = self.reference(ctx)
        price = ctx.facts.price if ctx.facts else None
        if price is None or not reference:
            return [f"no prices of {ctx.key} to compare"]
        share = EXACT.divide(Decimal(price), Decimal(reference))
        fallen = EXACT.quantize(EXACT.multiply(100, EXACT.subtract(1, share)), _TENTH)
        change = f"fell by {shown(fallen)}%" if fallen >= 0 else f"rose by {shown(-fallen)}%"
        return [f"price of {ctx.key} {change} from {shown(reference)} to {shown(price)}"]

    def asks(self) -> str:
        compared = "the last interest" if self._by is not None else "the price before"
        words = Comparison(self._operands).words
        held = f", for {format_duration(self._hold)}" if self._hold else ""
        return f"price fell by {words} % since {compared}{held}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        facts = ctx.facts or _UNKNOWN
        seen = {"price": facts.price, "compared_with": self.reference(ctx)}
        return {**seen, "changed_at": facts.price_time}


def _prices(facts: ProductFacts) -> tuple[object, ...]:
    return (
        facts.price,
        facts.price_time,
        facts.price_before,
        facts.currency,
        facts.currency_before,
    )
