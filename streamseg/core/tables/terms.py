"""The terms of quantile tables: when they are made, and of how many contacts at least."""

from __future__ import annotations

from typing import Final, NamedTuple

from streamseg.core.values.zones import DAY_MS, UTC_ZONE, Zone

_WEEK: Final = 7
_MONDAY: Final = 4  # the first one was day 4 since 1970-01-01


class TableTerms(NamedTuple):
    """A census at ``at`` (ms of the local day) each week on ``weekday`` (0: Monday; None: each
    day), by the clock of ``zone``. Of fewer than ``least`` contacts no table is made, and a cut
    stays while its share is within ``drift`` points (of 100).
    """

    zone: Zone = UTC_ZONE
    weekday: int | None = 0
    at: int = 4 * 3_600_000
    least: int = 500
    drift: int = 3

    def after(self, instant: int) -> int:
        """The first census after an instant."""
        day = self.zone.day(instant)
        for ahead in range(-1, _WEEK + 2):
            boundary = self._on(day + ahead)
            if boundary is not None and boundary > instant:
                return boundary
        raise AssertionError("a week without its weekday")

    def until(self, instant: int) -> int:
        """The last census at or before an instant."""
        day = self.zone.day(instant)
        for back in range(-1, _WEEK + 2):
            boundary = self._on(day - back)
            if boundary is not None and boundary <= instant:
                return boundary
        raise AssertionError("a week without its weekday")

    def _on(self, day: int) -> int | None:
        if self.weekday is not None and (day - _MONDAY) % _WEEK != self.weekday:
            return None
        return self.zone.instant(day * DAY_MS + self.at)
