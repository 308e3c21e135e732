"""RFM: how long ago the last order was, and how many orders there were within a window, and for how
much.

Of five scores each the names are a partition of the grid of recency and value:

    r \\ V   1                2                     3                     4          5
    5     new_customers    potential_loyalists   potential_loyalists   champions  champions
    4     promising        potential_loyalists   potential_loyalists   loyal      loyal
    3     about_to_sleep   about_to_sleep        need_attention        loyal      loyal
    2     hibernating      hibernating           at_risk               at_risk    cant_lose
    1     lost             lost                  at_risk               at_risk    cant_lose
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from streamseg.core.conditions.base import EvalContext, Registry
from streamseg.core.features.base import FOREVER
from streamseg.core.features.instants import Instants
from streamseg.core.features.order_history import TIMES, OrderHistory, Orders, OrderTerms
from streamseg.core.labels.base import NONE, UNKNOWN, Label, Value
from streamseg.core.labels.figures import moves_at, placed_within, sinks_at, spent
from streamseg.core.segments.dependencies import ANY, Dependency
from streamseg.core.tables.quantiles import Cuts
from streamseg.core.tables.terms import TableTerms
from streamseg.core.values.predicates import Number, Where
from streamseg.core.values.timestamps import format_time

# Worst first, each with its cells (r, V).
GRID: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "lost": ((1, 1), (1, 2)),
    "hibernating": ((2, 1), (2, 2)),
    "about_to_sleep": ((3, 1), (3, 2)),
    "at_risk": ((2, 3), (2, 4), (1, 3), (1, 4)),
    "cant_lose": ((2, 5), (1, 5)),
    "need_attention": ((3, 3),),
    "promising": ((4, 1),),
    "new_customers": ((5, 1),),
    "potential_loyalists": ((5, 2), (5, 3), (4, 2), (4, 3)),
    "loyal": ((4, 4), (4, 5), (3, 4), (3, 5)),
    "champions": ((5, 4), (5, 5)),
}


class Events(NamedTuple):
    """The events, other than orders, that figures are made of: types and a test of their data."""

    types: tuple[str, ...] | None
    where: Where | None


class FromTables(NamedTuple):
    """The dimensions whose cuts come from tables, and the terms on which these are made."""

    dimensions: tuple[str, ...]
    terms: TableTerms | None


NO_TABLES: Final = FromTables((), None)
MOST_COUNTED: Final = 64  # events, not orders, that a table tells apart


class Scores(NamedTuple):
    """The scores of a contact, and the instant before which time alone does not change them."""

    recency: int
    frequency: int
    monetary: int
    value: int
    until: int


class Measured(NamedTuple):
    """What scores are made of: the silence (ms), and the number and sum within the window."""

    recency: int
    frequency: int
    monetary: Number

    def of(self, dimension: str) -> Number:
        """The figure of a dimension, by its name."""
        if dimension == "recency":
            return self.recency
        return self.frequency if dimension == "frequency" else self.monetary


class Rfm(Label):
    """The name of a contact by recency, and by the frequency and sum within ``within`` ms.

    - ``over``: the events that count; None: orders, on ``terms``
    - ``grid``: the names, the worst first, with their cells (r, V)
    - ``from_tables``: the dimensions whose cuts come from tables; until there is a table, ``cuts``
      hold for them, too
    """

    def __init__(
        self,
        name: str,
        terms: OrderTerms,
        over: Events | None,
        within: int,
        cuts: Cuts,
        grid: dict[str, tuple[tuple[int, int], ...]],
        from_tables: FromTables = NO_TABLES,
    ) -> None:
        self.name = name
        self.names = tuple(grid)
        self._terms = terms
        self._over = over
        self._within = within
        self.cuts = cuts
        self.quantiles = quantiles = from_tables.dimensions
        self.tables = from_tables.terms
        self.has_sums = bool(cuts.monetary)
        self._cells = {cell: place for place, one in enumerate(grid.values()) for cell in one}
        what = terms.text if over is None else f"{over.types} {over.where and over.where.text}"
        # Names the figures of tables; a table of other figures is not used.
        self.counts = f"{what} {within} {len(cuts.recency) + 1} {quantiles}"
        self.text = f"rfm {what} {within} {cuts} {sorted(self._cells.items())}"
        if quantiles:
            self.text += f" {quantiles}"
        self._column = 0

    @property
    def scores_of_each(self) -> int:
        """How many scores each dimension has."""
        return len(self.cuts.recency) + 1

    def place_of(self, recency: int, value: int) -> int:
        """The position of a cell's name in ``names``."""
        return self._cells[recency, value]

    def bind(self, contact: Registry) -> None:
        over = self._over
        if self.quantiles:
            contact.use_table(self)
        if over is None:
            self._column = contact.column(OrderHistory(self._terms, self._within))
        else:
            keep = self.cuts.frequency[-1]
            if "frequency" in self.quantiles:
                keep = max(keep, MOST_COUNTED)
            self._column = contact.column(
                Instants(over.types, over.where, keep, self._within, timed=True)
            )

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._column, ANY)]

    def at(self, ctx: EvalContext, instant: int) -> Value:
        scores = self.scores(ctx, instant)
        if scores is None:
            return self.without_scores(ctx, instant)
        return self._cells[scores.recency, scores.value], scores.until

    def without_scores(self, ctx: EvalContext, instant: int) -> Value:
        """NONE or UNKNOWN, and the instant by which it is known at the latest."""
        since = ctx.known_since(self._column, False)
        if since is None:
            return NONE, FOREVER
        is_of_none = not self._times(ctx.features.get(self._column))
        return UNKNOWN, FOREVER if is_of_none else since + self._within

    def scores(self, ctx: EvalContext, instant: int) -> Scores | None:
        """The scores at an instant; None where there are none, or none is known."""
        state = ctx.features.get(self._column)
        times = self._times(state)
        within, cuts = self._within, self._cuts_for(ctx)
        since = ctx.known_since(self._column, False)
        if not times or (since is not None and instant < since + within):
            return None
        top = len(cuts.recency) + 1
        last = times[-1]
        silence = instant - last
        recency = top - sum([cut <= silence for cut in cuts.recency])
        until = last + cuts.recency[top - recency] if recency > 1 else FOREVER
        count = placed_within(times, within, instant)
        frequency = 1 + sum([cut <= count for cut in cuts.frequency])
        if frequency > 1:
            until = min(until, sinks_at(times, within, cuts.frequency[frequency - 2], count))
        if not cuts.monetary:
            return Scores(recency, frequency, 0, frequency, until)
        total = spent(state, within, instant)
        level = _Level(cuts.monetary)
        monetary = level(total)
        until = min(until, moves_at(state, within, instant, total, level))
        return Scores(recency, frequency, monetary, (frequency + monetary + 1) // 2, until)

    def _times(self, state: Any) -> list[int]:
        if state is None:
            return []
        times: list[int] = state if self._over is not None else state[TIMES]
        return times

    def _cuts_for(self, ctx: EvalContext) -> Cuts:
        """The cuts that a contact is evaluated under."""
        contact = ctx.contact
        return self.cuts if contact is None else contact.cuts.get(self.name, self.cuts)

    def measured(self, ctx: EvalContext, instant: int) -> Measured | None:
        """The figures behind the scores at an instant; None if there are no scores, or none are
        known.

        Tables are made of the contacts with a frequency.
        """
        state = ctx.features.get(self._column)
        times, within = self._times(state), self._within
        since = ctx.known_since(self._column, False)
        if not times or (since is not None and instant < since + within):
            return None
        total = spent(state, within, instant) if self.has_sums else 0
        return Measured(instant - times[-1], placed_within(times, within, instant), total)

    def scores_by(self, cuts: Cuts, measured: Measured) -> tuple[int, int, int]:
        """The scores of recency, frequency and sum (0: there is none) by these cuts."""
        top = len(cuts.recency) + 1
        recency = top - sum([cut <= measured.recency for cut in cuts.recency])
        frequency = 1 + sum([cut <= measured.frequency for cut in cuts.frequency])
        if not cuts.monetary:
            return recency, frequency, 0
        return recency, frequency, 1 + sum([cut <= measured.monetary for cut in cuts.monetary])

    def name_by(self, scores: tuple[int, int, int]) -> str:
        """The name for these scores."""
        recency, frequency, monetary = scores
        value = (frequency + monetary + 1) // 2 if self.has_sums else frequency
        return self.names[self._cells[recency, value]]

    @property
    def columns(self) -> tuple[int]:
        """The column of what is measured."""
        return (self._column,)

    def figures(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        scores = self.scores(ctx, instant)
        if scores is None:
            return {"rfm": {"segment": None}}
        orders: Orders | None = ctx.features.get(self._column)
        times = self._times(orders)
        told: dict[str, Any] = {
            "segment": self.names[self._cells[scores.recency, scores.value]],
            "recency": scores.recency,
            "frequency": scores.frequency,
            "value": scores.value,
            "last": format_time(times[-1]),
            "count": placed_within(times, self._within, instant),
        }
        if self.has_sums:
            total = spent(orders, self._within, instant)
            told |= {"monetary": scores.monetary, "spent": total}
        if self.quantiles and ctx.contact is not None and self.name in ctx.contact.cuts:
            told["table"] = format_time(ctx.contact.table)
        return {"rfm": told}


class _Level:
    """The score of a sum between cuts."""

    def __init__(self, cuts: tuple[Number, ...]) -> None:
        self._cuts = cuts

    def __call__(self, total: Number) -> int:
        return 1 + sum([cut <= total for cut in self._cuts])
