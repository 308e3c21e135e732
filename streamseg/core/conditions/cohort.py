"""``cohort``: in which period of the shop's calendar a contact began."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from streamseg.core.conditions.base import (
    NEVER,
    UNKNOWN,
    Answer,
    Condition,
    EvalContext,
    Part,
    Registry,
)
from streamseg.core.conditions.dated import DateSource, next_change
from streamseg.core.features.base import FOREVER
from streamseg.core.segments.dependencies import ANY, Dependency
from streamseg.core.values.dates import day_of, first_day, period_of, period_text
from streamseg.core.values.predicates import Comparison
from streamseg.core.values.zones import DAY_MS, Zone

LAST_DAY: Final = day_of(9998, 12, 31)


class Cohort(Condition):
    """A date lies in a period that is one of ``names`` (None: any), and whose ``age`` in whole
    periods passes a comparison (None: any). ``by`` is the kind of period; days are those of
    ``zone``.
    """

    word = "cohort"

    def __init__(
        self,
        source: DateSource,
        by: str,
        names: frozenset[str] | None,
        age: Comparison | None,
        zone: Zone,
    ) -> None:
        self._source = source
        self._by = by
        self._names = names
        self._age = age
        self._zone = zone

    def bind(self, contact: Registry, keyed: Registry | None) -> None:
        self._source.bind(contact)

    def dependencies(self) -> list[Dependency]:
        return [Dependency(self._source.column, ANY)]

    def _period(self, ctx: EvalContext) -> int | None:
        written = self._source.date(ctx, self._zone)
        if written is None or not written.year:
            return None
        return period_of(day_of(*written), self._by)

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        if self._source.is_unknown(ctx):
            return UNKNOWN
        period = self._period(ctx)
        if period is None:
            return NEVER
        is_named = self._names is None or period_text(period, self._by) in self._names
        if not is_named or self._age is None:
            return is_named, FOREVER
        now = period_of(self._zone.day(instant), self._by)
        holds = now >= period and self._age(now - period)
        later = next_change(self._age, now - period)
        if later is None or period + later > period_of(LAST_DAY, self._by):
            return holds, FOREVER
        return holds, self._zone.instant(first_day(period + later, self._by) * DAY_MS)

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        period = self._period(ctx)
        if period is None:
            return [f"no {self._source.what}"]
        return [f"{self._source.what} in {period_text(period, self._by)}"]

    def asks(self) -> str:
        names = "" if self._names is None else f" in {' or '.join(sorted(self._names))}"
        age = "" if self._age is None else f", {self._by}s since then {self._age.words}"
        return f"{self._source.what}{names}{age}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        period = self._period(ctx)
        named = None if period is None else period_text(period, self._by)
        return {"period": named} | self._source.told_with_year(ctx, self._zone)
