"""The figures as batches add to them. Adding to the structs of the state at each event would cost
more: they are made of these when they are encoded or read.
"""

from __future__ import annotations

from typing import Any

from streamseg.core.counting.exposure_bytes import Opening
from streamseg.core.counting.figures import Figures, Size, Sums
from streamseg.core.counting.money import Amount, Sum


class RunningSize:
    """The size of a segment, see `Size`. ``figures`` are those of the segment on the day that the
    batch asked for last, ``came`` its entries of any contact. ``is_touched``: by the batch.
    """

    __slots__ = (
        "active",
        "came",
        "entered",
        "exited",
        "figures",
        "fired",
        "is_touched",
        "members",
        "rungs",
        "segment",
        "spent",
        "sums",
    )

    def __init__(self, segment: str) -> None:
        self.segment = segment
        self.is_touched = False
        self.figures: RunningFigures | None = None
        self.came = 0
        self.members = self.entered = self.exited = self.fired = self.active = 0
        self.rungs: dict[str, int] = {}
        self.spent = Sum()
        self.sums: Sums | None = None

    def load(self, size: Size) -> None:
        """Continue with a size at rest."""
        self.members, self.entered, self.exited = size.members, size.entered, size.exited
        self.fired, self.active = size.fired, size.active
        self.rungs, self.sums = size.rungs, size.sums
        self.spent = Sum(str(size.spent))

    def add_rung(self, label: str | None, change: int) -> None:
        """Add to the number of those on a rung."""
        if label is not None:
            self.rungs[label] = self.rungs.get(label, 0) + change

    def fields(self) -> tuple[Any, ...]:
        """The fields of the struct."""
        spent = self.spent.text()
        return (
            self.members, self.entered, self.exited, self.rungs, spent, self.fired, self.active,
            self.sums,
        )  # fmt: skip

    def settle(self, entered: dict[str, int]) -> None:
        """The batch is over: add to the news of who entered."""
        self.is_touched = False
        self.figures = None
        if self.came:
            entered[self.segment] = entered.get(self.segment, 0) + self.came
            self.came = 0


class RunningFigures:
    """The figures of a segment and a variant on a day, see `Figures`. The day is [``began``,
    ``ended``). ``is_touched``: by the batch. ``at_rest`` holds the fields, by variant.
    """

    __slots__ = (
        "_earned",
        "_entered",
        "_entered_by_event",
        "_entered_by_time",
        "_exited",
        "_exited_by_event",
        "_exited_by_time",
        "_followed",
        "_has_news",
        "at_rest",
        "began",
        "cancelled",
        "control",
        "converted",
        "credited",
        "ended",
        "exposures",
        "fired",
        "is_touched",
        "late_missed",
        "opening",
        "revenue",
        "segment",
        "squared",
        "suppressed",
        "variant",
    )

    def __init__(
        self, segment: str, variant: str, began: int, ended: int, at_rest: dict[str, Any]
    ) -> None:
        self.segment = segment
        self.variant = variant
        self.began = began
        self.ended = ended
        self.at_rest = at_rest
        self.is_touched = False
        self.opening: Opening | None = None
        # By cause; the two usual ones apart, which needs no dict.
        self._entered: dict[str, int] = {}
        self._exited: dict[str, int] = {}
        self._entered_by_event = self._entered_by_time = 0
        self._exited_by_event = self._exited_by_time = 0
        self.suppressed: dict[str, int] = {}
        self.fired = self.control = self.cancelled = 0
        self.exposures = self.converted = self.late_missed = 0
        self.revenue, self.squared, self.credited = Sum(), Sum(), Sum()
        # For the news: exposures that an order followed for the first time, and all orders.
        self._has_news = False
        self._followed = 0
        self._earned = 0.0

    def load(self, figures: Figures) -> None:
        """Continue with figures at rest."""
        self._entered, self._exited = figures.entered, figures.exited
        self._entered_by_event = self._entered.pop("event", 0)
        self._entered_by_time = self._entered.pop("time", 0)
        self._exited_by_event = self._exited.pop("event", 0)
        self._exited_by_time = self._exited.pop("time", 0)
        self.suppressed = figures.suppressed
        self.fired = figures.fired
        self.control = figures.control
        self.cancelled = figures.cancelled
        self.exposures = figures.exposures
        self.converted = figures.converted
        self.late_missed = figures.late_missed
        self.revenue = Sum(str(figures.revenue))
        self.squared = Sum(str(figures.revenue_squared))
        self.credited = Sum(str(figures.credited))
        self.rest()

    def enter(self, cause: str, change: int = 1) -> None:
        """Count entries by a cause."""
        if cause == "event":
            self._entered_by_event += change
        elif cause == "time":
            self._entered_by_time += change
        else:
            self._entered[cause] = self._entered.get(cause, 0) + change

    def exit(self, cause: str) -> None:
        """Count an exit by a cause."""
        if cause == "event":
            self._exited_by_event += 1
        elif cause == "time":
            self._exited_by_time += 1
        else:
            self._exited[cause] = self._exited.get(cause, 0) + 1

    def convert(self, order: Amount) -> None:
        """Count an exposure's first order."""
        self.converted += 1
        self.revenue.add(order.units, order.decimals)
        self.squared.add(order.square(), 2 * order.decimals)
        self._followed += 1
        self._earned += order.value()
        self._has_news = True

    def convert_again(self, before: Amount, order: Amount, after: Amount) -> None:
        """Count a further order of an exposure; its revenue was ``before`` and is ``after``."""
        if before.decimals == after.decimals:
            self.revenue.add(after.units - before.units, after.decimals)
            self.squared.add(after.square() - before.square(), 2 * after.decimals)
        else:
            self.change_revenue(before, -1)
            self.change_revenue(after, 1)
        self._earned += order.value()
        self._has_news = True

    def change_revenue(self, revenue: Amount, change: int) -> None:
        """Count the revenue of an exposure (1), or take it back (-1)."""
        self.revenue.add(change * revenue.units, revenue.decimals)
        self.squared.add(change * revenue.square(), 2 * revenue.decimals)

    def credit(self, order: Amount, change: int = 1) -> None:
        """Credit an order to the segment (1), or take the credit back (-1)."""
        self.credited.add(change * order.units, order.decimals)

    def rest(self) -> None:
        """Make the fields of the struct anew."""
        self.at_rest[self.variant] = (
            _by_cause(self._entered_by_event, self._entered_by_time, self._entered),
            _by_cause(self._exited_by_event, self._exited_by_time, self._exited),
            self.suppressed,
            self.fired,
            self.control,
            self.cancelled,
            self.exposures,
            self.converted,
            self.late_missed,
            self.revenue.text(),
            self.squared.text(),
            self.credited.text(),
        )

    def settle(self, conversions: list[tuple[str, str, int, float]]) -> None:
        """The batch is over: add to the news."""
        self.is_touched = False
        if self._has_news:
            conversions.append((self.segment, self.variant, self._followed, self._earned))
            self._followed, self._earned, self._has_news = 0, 0.0, False


def _by_cause(by_event: int, by_time: int, others: dict[str, int]) -> dict[str, int]:
    counts: dict[str, int] = {}
    if by_event:
        counts["event"] = by_event
    if by_time:
        counts["time"] = by_time
    if others:
        counts.update(others)
    return counts
