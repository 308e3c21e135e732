"""Quiet hours: an interval of the local clock in which no trigger is released.

Quiet hours follow the local clock. So a night of nine hours in which clocks go back lasts ten
hours. If the clock skips the end of the quiet hours, they end at the end of the gap.
"""

from __future__ import annotations

from streamseg.core.values.zones import DAY_MS, Zone


def weekday(day: int) -> int:
    """The weekday of a day since 1970-01-01, a Thursday; Monday is 0."""
    return (day + 3) % 7


class Quiet:
    """From ``begin`` (included) to ``end`` (excluded), in ms of the day; over midnight where
    ``begin`` is later than ``end``. Only for nights that begin on ``days`` (Monday is 0; None:
    all).
    """

    def __init__(self, begin: int, end: int, days: frozenset[int] | None = None) -> None:
        self.begin = begin
        self.end = end
        self.days = days

    def covers(self, local: int) -> bool:
        """Whether a local time is quiet."""
        clock = local % DAY_MS
        if self.begin < self.end:
            if not self.begin <= clock < self.end:
                return False
        elif self.end <= clock < self.begin:
            return False
        if self.days is None:
            return True
        day = local // DAY_MS
        if self.begin >= self.end > clock:
            day -= 1  # the night began the day before
        return weekday(day) in self.days

    def opens(self, zone: Zone, instant: int) -> int:
        """The first instant from ``instant`` on that is not quiet."""
        while True:
            local = zone.local(instant)
            if not self.covers(local):
                return instant
            instant = zone.after(instant, (self.end - local) % DAY_MS)
