"""``aggregate``: a figure over the values of matching events."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from streamseg.core.conditions.base import (
    SINCE_EVER,
    Answer,
    Condition,
    EvalContext,
    Part,
    Registry,
    Truth,
)
from streamseg.core.conditions.wording import events_text
from streamseg.core.features.base import FOREVER, Feature
from streamseg.core.features.values import DistinctValues, Figure, Values
from streamseg.core.segments.dependencies import ANY, Dependency
from streamseg.core.segments.preconditions import AMOUNTS_TO, Precondition
from streamseg.core.values.numbers import unpack
from streamseg.core.values.predicates import (
    EXACT,
    Comparison,
    Number,
    Where,
    add,
    is_number,
    multiply,
    shown,
)
from streamseg.core.values.timestamps import format_duration

_TEN_THOUSANDTH: Final = Decimal("0.0001")


class Aggregate(Condition):
    """The figure over the matching events in (t - within, t], or of all time, passes comparisons.

    Over no events, sum and distinct are 0, and comparisons of the other figures are false. An
    average is compared without division, as sum against count × operand.
    """

    word = "aggregate"

    def __init__(
        self,
        figure: Figure,
        field: str,
        types: tuple[str, ...] | None,
        where: Where | None,
        within: int | None,
        operands: dict[str, Any],
    ) -> None:
        self._figure = figure
        self._field = field
        self._types = types
        self._where = where
        self._within = within
        self._operands = operands
        self._compare = Comparison(operands)
        self._column = 0
        self._keyed = False
        self._feature: Feature | None = None

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._keyed = keyed is not None
        feature = (
            DistinctValues(
                self._field, self._types, self._where, self._within, _told_apart(self._operands)
            )
            if self._figure == "distinct"
            else Values(self._figure, self._field, self._types, self._where, self._within)
        )
        registry = keyed or contact
        self._column = registry.column(feature)
        self._feature = registry.feature(self._column)

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._column, ANY, self._keyed)]

    def preconditions(self) -> list[Precondition]:
        floor = self._compare.floor
        if self._figure != "sum" or floor is None or self._keyed:
            return []
        return [Precondition(AMOUNTS_TO, self._column, floor)]

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        entries = self._entries(ctx, instant)
        if ctx.kept_since or ctx.key_kept_since:
            since = ctx.known_since(self._column, self._keyed)
            if since is not None and (self._within is None or instant < since + self._within):
                return self._bounded(entries, since)
        if self._within is None:
            return self._holds(entries), FOREVER
        # From the last entry back: what holds once all before it have left the window.
        holds_from = [self._holds([])]
        figure = _Figure(self._figure)
        for entry in entries[::-1]:
            figure.add(entry)
            holds_from.append(self._compares(figure))
        now = holds_from[-1]
        for left, entry in enumerate(entries, start=1):
            if holds_from[-1 - left] is not now and (
                left == len(entries) or entries[left][0] > entry[0]
            ):
                return now, entry[0] + self._within
        return now, FOREVER

    def _bounded(self, entries: list[list[Any]], since: int) -> Answer:
        """The answer from some of the events, those after ``since``: they may decide it already."""
        truth: Truth = None
        if self._figure in ("max", "min", "distinct"):
            figure = _Figure(self._figure)
            for entry in entries:
                figure.add(entry)
            truth = self._compare.bounded(figure.value, is_least=self._figure != "min")
        if self._within is None:
            return truth, FOREVER
        end = since + self._within
        return truth, min(
            end, entries[0][0] + self._within
        ) if truth is not None and entries else end

    def _entries(self, ctx: EvalContext, instant: int) -> list[list[Any]]:
        entries = self._all(ctx)
        if self._within is None:
            return entries
        earliest = instant - self._within
        return [entry for entry in entries if entry[0] > earliest]

    def _holds(self, entries: list[list[Any]]) -> bool:
        figure = _Figure(self._figure)
        for entry in entries:
            figure.add(entry)
        return self._compares(figure)

    def _compares(self, figure: _Figure) -> bool:
        if self._figure == "avg" and figure.count:
            # of a positive count, sum/count <=> operand as sum <=> count × operand
            return all(
                Comparison({name: _times(operand, figure.count)})(figure.value)
                for name, operand in self._operands.items()
            )
        return figure.value is not None and self._compare(figure.value)

    def value(self, ctx: EvalContext) -> Number | None:
        """The figure (of an average, the sum) at the contact's latest decided instant."""
        assert ctx.contact is not None
        figure = _Figure(self._figure)
        for entry in self._entries(ctx, ctx.contact.latest):
            figure.add(entry)
        return figure.value

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        value = self._shown_value(self._entries(ctx, instant))
        return [f"{self._what()} is {'nothing' if value is None else shown(value)}"]

    def _shown_value(self, entries: list[list[Any]]) -> Number | None:
        """The figure; of an average with four decimals."""
        figure = _Figure(self._figure)
        for entry in entries:
            figure.add(entry)
        value = figure.value
        if self._figure == "avg" and figure.count and value is not None:
            average = EXACT.divide(EXACT.create_decimal(value), figure.count)
            return EXACT.quantize(average, _TEN_THOUSANDTH)
        return value

    def asks(self) -> str:
        return f"{self._what()} {self._compare.words}"

    def _what(self) -> str:
        period = "" if self._within is None else f" within {format_duration(self._within)}"
        over = events_text(self._types, self._where)
        return f"{self._figure} of {self._field} over {over}{period}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        entries = self._entries(ctx, instant)
        last = entries[-1][0] if entries else None
        value = self._shown_value(entries)
        if self._figure == "distinct":
            return {self._named("value", ctx, instant): value, "last_at": last}
        count = sum(one[2] for one in entries)
        if not self._is_known(ctx, instant):
            return {"count_at_least": count, "last_at": last}
        return {"value": value, "count": count, "last_at": last}

    def _named(self, figure: str, ctx: EvalContext, instant: int) -> str:
        """The name of a number of values, which is only the least where some are not known."""
        assert self._feature is not None
        is_known = self._is_known(ctx, instant) and not self._feature.is_full(self._all(ctx))
        return figure if is_known else f"{figure}_at_least"

    def _is_known(self, ctx: EvalContext, instant: int) -> bool:
        """Whether it was remembered all along in the window of an instant."""
        since = ctx.known_since(self._column, self._keyed)
        return since is None or (self._within is not None and instant - self._within >= since)

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        if truth is None or ctx.known_since(self._column, self._keyed) is not None:
            return None
        entries, feature, within = self._all(ctx), self._feature, self._within
        if not entries:
            return SINCE_EVER
        assert feature is not None
        complete = feature.complete_from(entries)
        turns = {int(one[0]) for one in entries}
        if within is not None:
            turns.update(one[0] + within for one in entries if one[0] + within <= instant)
        for turn in sorted(turns, reverse=True):
            first = SINCE_EVER if within is None else turn - within
            if first < complete:
                return None
            if self._holds([one for one in entries if first <= one[0] < turn]) is not truth:
                return turn
        return SINCE_EVER if complete == SINCE_EVER else None

    def _all(self, ctx: EvalContext) -> list[list[Any]]:
        """All entries, also those that have left the window."""
        entries: list[list[Any]] = (ctx.key_features if self._keyed else ctx.features).get(
            self._column, []
        )
        return entries


class _Figure:
    """A figure that grows by one entry at a time; ``value`` of an average is its sum."""

    def __init__(self, figure: Figure) -> None:
        self._figure = figure
        self.count = 0
        self.value: Number | None = 0 if figure in ("sum", "distinct") else None

    def add(self, entry: list[Any]) -> None:
        if self._figure == "distinct":
            self.count += 1
            self.value = self.count
            return
        value = unpack(entry[1])
        assert value is not None
        self.count += entry[2]
        if self.value is None:
            self.value = value
        elif self._figure == "min":
            self.value = min(self.value, value)
        elif self._figure == "max":
            self.value = max(self.value, value)
        else:
            self.value = add(self.value, value)


def _times(operand: Any, count: int) -> Any:
    if isinstance(operand, list):
        return [multiply(one, count) for one in operand]
    return multiply(operand, count)


def _told_apart(operands: dict[str, Any]) -> int:
    """How many different values must be counted to decide the comparisons of a count."""
    compared = [
        number
        for operand in operands.values()
        for number in (operand if isinstance(operand, list) else [operand])
    ]
    return max((int(number) + 1 for number in compared if is_number(number)), default=1)
