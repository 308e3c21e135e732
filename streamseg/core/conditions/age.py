"""``age``: whole years since a date that an attribute names, by the contact's own clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamseg.core.conditions.base import (
    NEVER,
    UNKNOWN,
    Answer,
    EvalContext,
    Part,
)
from streamseg.core.conditions.dated import AttributeDate, ByClock, next_change
from streamseg.core.conditions.zone_rule import ZoneRule
from streamseg.core.features.base import FOREVER
from streamseg.core.values.dates import LAST_YEAR, WrittenDate, in_year, years_between
from streamseg.core.values.predicates import Comparison
from streamseg.core.values.zones import DAY_MS, Zone


class Age(ByClock):
    """The number of whole years meets a comparison. The condition is false for a date without a
    year, or in the future.
    """

    word = "age"

    def __init__(self, path: str, compare: Comparison, zone: ZoneRule) -> None:
        super().__init__(AttributeDate(path), zone)
        self._compare = compare

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        if self._source.is_unknown(ctx):
            return UNKNOWN
        written, zone = self._date(ctx)
        if written is None or not written.year:
            return NEVER
        years = years_between(written, zone.day(instant))
        holds_now = years >= 0 and self._compare(years)
        later = next_change(self._compare, years)
        if later is None or written.year + later > LAST_YEAR:
            return holds_now, FOREVER
        return holds_now, _birthday(written, later, zone)

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        written, zone = self._date(ctx)
        if written is None or not written.year:
            return [f"no age by {self._source.what}"]
        return [f"{years_between(written, zone.day(instant))} years since {self._source.what}"]

    def asks(self) -> str:
        return f"years since {self._source.what} {self._compare.words}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        written, zone = self._date(ctx)
        is_known = written is not None and bool(written.year)
        years = years_between(written, zone.day(instant)) if written and is_known else None
        return {"years": years} | self._source.told_with_year(ctx, zone)


def _birthday(written: WrittenDate, age: int, zone: Zone) -> int:
    return zone.instant(in_year(written, written.year + age, leap_to_march=False) * DAY_MS)
