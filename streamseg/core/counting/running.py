"""Running figures: the counts of a batch, until they are read. Adding to the structs of the state
at each event would cost more.
"""

from __future__ import annotations

from decimal import Decimal

from streamseg.core.counting.figures import Figures, News, Size
from streamseg.core.counting.money import NOTHING, plus


class RunningSize:
    """Counts to add to the size of a segment; ``came``: entries of any contact. ``figures`` are
    those of the segment on the day that was asked for last.
    """

    __slots__ = ("came", "entered", "exited", "figures", "members", "size", "spent")

    def __init__(self, size: Size) -> None:
        self.size = size
        self.figures: RunningFigures | None = None
        self.came = 0
        self.members = 0
        self.entered = 0
        self.exited = 0
        self.spent = NOTHING

    def settle(self) -> None:
        """Add it to the size."""
        size = self.size
        if self.members:
            size.members += self.members
        if self.entered:
            size.entered += self.entered
        if self.exited:
            size.exited += self.exited
        self.came = self.members = self.entered = self.exited = 0
        if self.spent is not NOTHING:
            size.spent = plus(size.spent, self.spent)
            self.spent = NOTHING


class RunningFigures:
    """Counts to add to the figures of a segment and a variant on a day.

    ``converted`` counts exposures that an order follows for the first time, with their ``revenue``.
    ``credited`` adds up each order once. The day is [``began``, ``ended``).
    """

    __slots__ = (
        "_entered",
        "_entered_by_event",
        "_entered_by_time",
        "_exited",
        "_exited_by_event",
        "_exited_by_time",
        "began",
        "converted",
        "credited",
        "ended",
        "exposures",
        "figures",
        "fired",
        "revenue",
        "segment",
        "squared",
        "variant",
    )

    def __init__(
        self, segment: str, variant: str, figures: Figures, began: int, ended: int
    ) -> None:
        self.segment = segment
        self.variant = variant
        self.figures = figures
        self.began = began
        self.ended = ended
        self.converted = 0
        self.revenue = NOTHING
        self.squared = NOTHING
        self.credited = NOTHING
        self.fired = 0
        self.exposures = 0
        # By cause; the two usual ones apart, which needs no dict.
        self._entered_by_event = self._entered_by_time = 0
        self._exited_by_event = self._exited_by_time = 0
        self._entered: dict[str, int] = {}
        self._exited: dict[str, int] = {}

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

    def convert(self, revenue: Decimal, squared: Decimal) -> None:
        """Count an exposure's first order, with its amount."""
        self.converted += 1
        self.revenue = plus(self.revenue, revenue)
        self.squared = plus(self.squared, squared)

    def settle(self, news: News) -> None:
        """Add the counts to the figures, and conversions to the news."""
        figures = self.figures
        if self.converted:
            where = self.segment, self.variant
            figures.converted += self.converted
            figures.revenue = plus(figures.revenue, self.revenue)
            figures.revenue_squared = plus(figures.revenue_squared, self.squared)
            news.converted[where] = news.converted.get(where, 0) + self.converted
            news.revenue[where] = plus(news.revenue.get(where, NOTHING), self.revenue)
            self.converted, self.revenue, self.squared = 0, NOTHING, NOTHING
        if self.credited is not NOTHING:
            figures.credited = plus(figures.credited, self.credited)
            self.credited = NOTHING
        if self.fired or self.exposures:
            figures.fired += self.fired
            figures.exposures += self.exposures
            self.fired = self.exposures = 0
        if self._entered_by_event or self._entered_by_time or self._entered:
            _add_up(figures.entered, self._entered_by_event, self._entered_by_time, self._entered)
            self._entered_by_event = self._entered_by_time = 0
            self._entered = {}
        if self._exited_by_event or self._exited_by_time or self._exited:
            _add_up(figures.exited, self._exited_by_event, self._exited_by_time, self._exited)
            self._exited_by_event = self._exited_by_time = 0
            self._exited = {}


def _add_up(counts: dict[str, int], by_event: int, by_time: int, others: dict[str, int]) -> None:
    """Add counts to others of the same names."""
    if by_event:
        counts["event"] = counts.get("event", 0) + by_event
    if by_time:
        counts["time"] = counts.get("time", 0) + by_time
    for name, count in others.items():
        counts[name] = counts.get(name, 0) + count
