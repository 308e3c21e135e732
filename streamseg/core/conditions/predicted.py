"""``predict``: what a model says of a contact is above a threshold, or has come down to it.

In silence every figure falls, so it is crossed once, at an instant that the last order day decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from streamseg.core.conditions.base import (
    NEVER,
    UNKNOWN,
    Anchor,
    Answer,
    Condition,
    EvalContext,
    Part,
    Registry,
    Truth,
)
from streamseg.core.contacts.contact import Contact
from streamseg.core.features.base import FOREVER
from streamseg.core.features.order_days import may_be_last_again
from streamseg.core.features.order_figures import days_of
from streamseg.core.features.order_history import OrderHistory, Orders, OrderTerms
from streamseg.core.prediction.crossings import LIMIT_MS, Predictor
from streamseg.core.prediction.crossings import NEVER as NEVER_CROSSES
from streamseg.core.prediction.curves import Curve
from streamseg.core.prediction.past import ALIVE, BUYS, CLV, Past, curve_of, past_of, worth_of
from streamseg.core.segments.dependencies import ANY, Dependency
from streamseg.core.values.timestamps import format_clock, format_duration

_CACHED: Final = 10_000  # crossings


class Predicted(Condition):
    """A predicted figure of the contact is at least a threshold, or (``below``) has come down to
    it.

    ``within`` (ms) is the time that all figures but ``alive`` look ahead. The condition is unknown
    for a contact without an order, and false for one with fewer than ``at_least`` order days.
    """

    word = "predict"

    def __init__(
        self,
        predictor: Predictor,
        terms: OrderTerms,
        figure: str,
        within: int,
        threshold: Decimal,
        below: bool,
        at_least: int = 1,
    ) -> None:
        self.predictor = predictor
        self.terms = terms
        self._figure = figure
        self.within = within
        self._threshold = threshold
        self._below = below
        self.at_least = at_least
        self.column = 0
        self._crossings: dict[tuple[int, int, Decimal | None], int] = {}

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self.column = contact.column(order_days(self.terms))
        if self._figure == BUYS and self._below:
            contact.follow_up(self)

    @property
    def text(self) -> str:
        """Model, terms and question: predictions of the same text are the same."""
        return f"{self.predictor.model.text} of {self.terms.text}: {self.asks()}"

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self.column, ANY)]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        past = self.past(ctx)
        if past is None or ctx.known_since(self.column, False) is not None:
            return UNKNOWN
        if past.x + 1 < self.at_least:
            return NEVER
        crossing = self.crosses_at(ctx, past)
        if crossing is None:
            return not self._below, FOREVER
        if instant >= crossing:
            return self._below, FOREVER
        return not self._below, crossing

    def orders(self, ctx: EvalContext) -> Orders | None:
        """The contact's orders."""
        orders: Orders | None = ctx.features.get(self.column)
        return orders

    def past(self, ctx: EvalContext) -> Past | None:
        """The contact's past; None without an order."""
        return past_of(self.orders(ctx))

    def crosses_at(self, ctx: EvalContext, past: Past) -> int | None:
        """The instant from which on the figure is not above the threshold; None: it always is."""
        worth = self.worth(ctx, past) if self._figure == CLV else None
        asked = (past.x, past.recency, worth)
        silence = self._crossings.get(asked)
        if silence is None:
            if len(self._crossings) >= _CACHED:
                self._crossings.clear()
            silence = self._crossings[asked] = self._falls(past, worth)
        return None if silence == NEVER_CROSSES else past.last + silence

    def _falls(self, past: Past, worth: Decimal | None) -> int:
        if self._figure == ALIVE:
            return self.predictor.alive_until(past.x, past.recency, self._threshold)
        curve = curve_of(self._figure, self.within, past, worth)
        return self.predictor.falls_at(curve, self._threshold)

    def worth(self, ctx: EvalContext, past: Past) -> Decimal:
        """What the contact's next order is worth."""
        orders = self.orders(ctx)
        assert orders is not None
        return worth_of(self.predictor.model, past, orders, self.terms.zone)

    def curve(self, ctx: EvalContext, past: Past) -> Curve:
        """The figure as it goes on in silence."""
        worth = self.worth(ctx, past) if self._figure == CLV else None
        return curve_of(self._figure, self.within, past, worth)

    def anchor(self, ctx: EvalContext) -> int:
        """The first order of the last order day; there must be one."""
        past = self.past(ctx)
        assert past is not None
        return past.last

    def can_return(self, contact: Contact, anchor: Anchor) -> bool:
        """Whether an order day may be the last one again."""
        days = days_of(contact.state(self.column))[1]
        return may_be_last_again(days, int(anchor), self.terms.cancelled)

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        past = self.past(ctx)
        if past is None:
            return ["no order is known, so nothing is predicted"]
        curve = self.curve(ctx, past)
        value = self.predictor.told(curve, curve.told_after(instant - past.last))
        within = "" if self._figure == ALIVE else f" within {format_duration(self.within)}"
        told = f"{self._figure}{within} is {value}"
        crossing = self.crosses_at(ctx, past)
        if crossing is None:
            return [f"{told}, and never comes down to {self._threshold}"]
        verb = "came" if instant >= crossing else "comes"
        return [f"{told}, {verb} down to {self._threshold} at {format_clock(crossing, instant)}"]

    def asks(self) -> str:
        within = "" if self._figure == ALIVE else f" within {format_duration(self.within)}"
        orders = f", of at least {self.at_least} order days" if self.at_least > 1 else ""
        return f"{self._figure}{within} {'≤' if self._below else '>'} {self._threshold}{orders}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        past = self.past(ctx)
        if past is None:
            return {"order_days": 0}
        curve = self.curve(ctx, past)
        value = self.predictor.told(curve, curve.told_after(instant - past.last))
        return {"value": value, "order_days": past.x + 1, "last_at": past.last}

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        past = self.past(ctx)
        if truth is None or past is None or past.x + 1 < self.at_least:
            return None
        crossing = self.crosses_at(ctx, past)
        return crossing if crossing is not None and past.last < crossing <= instant else None


def order_days(terms: OrderTerms) -> OrderHistory:
    """What is remembered: order days, and what all orders came to.

    The same for a model that does not tell what orders are worth, so that a new one that does finds
    what it needs.
    """
    return OrderHistory(terms, LIMIT_MS, days=True)
