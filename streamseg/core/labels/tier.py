"""``tier``: the highest of some sums that the contact's orders have reached."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, Final

from streamseg.core.conditions.base import EvalContext, Registry
from streamseg.core.features.base import FOREVER
from streamseg.core.features.order_figures import count_of
from streamseg.core.features.order_history import AMOUNTS, TIMES, OrderHistory, Orders, OrderTerms
from streamseg.core.labels.base import NONE, UNKNOWN, Label, Value
from streamseg.core.labels.figures import placed_within, spent
from streamseg.core.segments.dependencies import ANY, Dependency
from streamseg.core.values.numbers import unpack
from streamseg.core.values.predicates import Number, add, multiply

SPENT: Final = "spent"


class Tier(Label):
    """The highest tier whose least sum (or number) of orders within a time is reached.

    ``steps`` are names with least sums, ascending. ``within`` is the time (ms; None: ever). With
    ``keep`` (ms) a tier is kept for this long after its sum is no longer reached.
    """

    def __init__(
        self,
        terms: OrderTerms,
        of: str,
        steps: list[tuple[str, Number]],
        within: int | None,
        keep: int,
    ) -> None:
        self.name = "tier"
        self.names = tuple(name for name, _ in steps)
        self.text = f"tier {terms.text} {of} {steps} {within} {keep}"
        self._terms = terms
        self._of = of
        self._least = [least for _, least in steps]
        self._within = within
        self._keep = max(keep, 1)  # ms: the instant itself
        self._column = 0

    def bind(self, contact: Registry) -> None:
        window = 1 if self._within is None else self._within + self._keep
        self._column = contact.column(OrderHistory(self._terms, window))

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._column, ANY)]

    def at(self, ctx: EvalContext, instant: int) -> Value:
        orders: Orders | None = ctx.features.get(self._column)
        since = ctx.known_since(self._column, False)
        window = self._within
        if since is not None:
            known = FOREVER if window is None else since + window + self._keep
            if instant < known:
                value, until = self._reached(orders, instant)
                is_top = value + 1 == len(self.names)
                return (value, until) if is_top else (UNKNOWN, known)
        return self._reached(orders, instant)

    def _reached(self, orders: Orders | None, instant: int) -> Value:
        """The highest tier of (instant - keep, instant], and when time makes it another."""
        if orders is None:
            return NONE, FOREVER
        if self._within is None:
            return self._tier(self._figure(orders, instant)), FOREVER
        pieces = self._pieces(orders)
        highest, until = NONE, FOREVER
        for begin, end, tier in pieces:
            lapse = end - 1 + self._keep
            if begin <= instant < lapse and (tier > highest or (tier == highest and lapse > until)):
                highest, until = tier, lapse
        for begin, end, tier in pieces:
            if begin > instant and begin <= until:
                if tier > highest:
                    return highest, begin
                if tier == highest:
                    until = max(until, end - 1 + self._keep)
        return highest, until

    def _pieces(self, orders: Orders) -> list[tuple[int, int, int]]:
        """The spans [begin, end) in which the orders within the window give one tier, ascending."""
        assert self._within is not None
        times: list[int] = orders[TIMES]
        sums: list[Number] = [0]
        for amount in orders[AMOUNTS]:
            sums.append(add(sums[-1], (unpack(amount) or 0) if self._of == SPENT else 1))
        edges = sorted({*times, *[time + self._within for time in times]})
        pieces = []
        for begin, end in zip(edges, [*edges[1:], FOREVER], strict=False):
            start = bisect_right(times, begin - self._within)
            figure = add(sums[bisect_right(times, begin)], multiply(sums[start], -1))
            pieces.append((begin, end, self._tier(figure)))
        return pieces

    def _tier(self, figure: Number) -> int:
        """The highest tier that a sum reaches."""
        reached = NONE
        for place, least in enumerate(self._least):
            if figure >= least:
                reached = place
        return reached

    def _figure(self, orders: Orders | None, instant: int) -> Number:
        if self._of == SPENT:
            return spent(orders, self._within, instant)
        if orders is None or self._within is None:
            return count_of(orders)
        return placed_within(orders[TIMES], self._within, instant)

    def figures(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        orders: Orders | None = ctx.features.get(self._column)
        told = {
            "name": self.word(self.at(ctx, instant)[0]),
            self._of: self._figure(orders, instant),
        }
        return {"tier": told}
