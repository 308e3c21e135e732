"""``due_again``: the time has come to order a product again.

orders     |──────────────|───────────────|- - - - - - - -|
          1st            2nd             last            due: last + gap
             the gaps so far, on average            |     |<- give_up ->|
                                                  early: enters here    leaves
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamseg.core.conditions.base import (
    NEVER,
    UNKNOWN,
    Answer,
    Condition,
    EvalContext,
    Part,
    Registry,
    Truth,
)
from streamseg.core.features.base import FOREVER, Feature
from streamseg.core.features.instants import Instants
from streamseg.core.prediction.rhythm import RECENT, mean_gap
from streamseg.core.segments.dependencies import ANY, Dependency
from streamseg.core.values.timestamps import format_clock, format_duration, format_time


class DueAgain(Condition):
    """The key's product is due to be ordered in ``early`` ms or less, and is not overdue by
    ``give_up`` ms.

    It is due when a gap has passed since its last order. The gap is given in ms, or (None) it is
    the average of the gaps between the contact's last 8 orders of the product, cut to whole ms. A
    gap shorter than ``least``, or not longer than ``early``, is none.
    """

    word = "due_again"

    def __init__(self, gap: int | None, early: int, give_up: int, least: int) -> None:
        self._gap = gap
        self._early = early
        self._give_up = give_up
        self._least = least
        self._asked = RECENT if gap is None else 1  # orders that must be known
        self._column = 0
        self._feature: Feature | None = None

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        assert keyed is not None, "due_again needs a segment per product"
        orders = Instants(("order_placed",), None, self._asked, None, timed=True)
        self._column = keyed.column(orders)
        self._feature = keyed.feature(self._column)

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._column, ANY, keyed=True)]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        since = ctx.known_since(self._column, keyed=True)
        if since is not None:
            asked = ctx.key_features.get(self._column, ())[-self._asked :]
            if len(asked) < self._asked or asked[0] < since:  # a late one may not be the last one
                return UNKNOWN
        due = self.due(ctx)
        if due is None:
            return NEVER
        end = due + self._give_up
        if instant >= end:
            return NEVER
        start = due - self._early
        return (True, end) if instant >= start else (False, start)

    def _cycle(self, ctx: EvalContext) -> int | None:
        """The gap between orders in ms; None where there is none."""
        gap = self._gap
        if gap is None:
            gap = mean_gap(ctx.key_features.get(self._column, ()), 2)
        return None if gap is None or gap < self._least or gap <= self._early else gap

    def due(self, ctx: EvalContext) -> int | None:
        """When the next order is due; None if that is not known."""
        gap = self._cycle(ctx)
        return None if gap is None or self._column not in ctx.key_features else self.last(ctx) + gap

    def last(self, ctx: EvalContext) -> int:
        """When the product was last ordered; there must have been an order."""
        last: int = ctx.key_features[self._column][-1]
        return last

    def context(self, ctx: EvalContext) -> dict[str, Any]:
        """When it was last ordered, and when the next order is due; it must be known."""
        due = self.due(ctx)
        assert due is not None
        return {"replenishment": {"last": format_time(self.last(ctx)), "due": format_time(due)}}

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        due = self.due(ctx)
        if due is None:
            return []
        last = format_clock(self.last(ctx), instant)
        return [f"{ctx.key} last ordered at {last}, due again at {format_clock(due, instant)}"]

    def asks(self) -> str:
        early = f" in {format_duration(self._early)}" if self._early else ""
        gap = "its usual gap" if self._gap is None else format_duration(self._gap)
        return f"due to be ordered again{early}: {gap} after the last order"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        orders, feature = ctx.key_features.get(self._column, ()), self._feature
        assert feature is not None
        is_known = ctx.known_since(self._column, keyed=True) is None
        is_complete = is_known and feature.complete_from(orders) == -FOREVER
        figure = "orders" if is_complete else "orders_at_least"
        last = orders[-1] if orders else None
        return {figure: len(orders), "last_at": last, "due_at": self.due(ctx)}

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        due = self.due(ctx)
        if truth is None or due is None:
            return None
        if truth:
            return due - self._early
        return due + self._give_up if instant >= due + self._give_up else None
