"""``anniversary``: it is the anniversary of a date, in the contact's local time.

date, say 14 March            2027-03-14
        |- - - offset - - ->|              offset and lasts are whole days of the calendar
                            s───lasts───e  from `at` of one day to `at` of another: in
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from streamseg.core.conditions.base import (
    UNKNOWN,
    Anchor,
    Answer,
    EvalContext,
    Part,
    Truth,
)
from streamseg.core.conditions.dated import ByClock, DateSource
from streamseg.core.conditions.zone_rule import ZoneRule
from streamseg.core.contacts.contact import Contact
from streamseg.core.features.base import FOREVER
from streamseg.core.values.dates import (
    LAST_YEAR,
    WrittenDate,
    date_of,
    day_named,
    day_text,
    in_month,
    in_year,
    months_of,
)
from streamseg.core.values.zones import DAY_MS, Zone


class Calendar(NamedTuple):
    """Which anniversaries of a date there are.

    - ``monthly``: one each month, else one each year
    - ``at``: the time of the day (ms) at which an anniversary begins; ``lasts``: its days
    - ``which``: only the anniversaries of these numbers, ascending (empty: all)
    - ``leap_to_march``: 29 February is 1 March in common years, else 28 February
    - ``ignored``: dates that count as no date
    """

    monthly: bool
    at: int
    lasts: int
    which: tuple[int, ...]
    leap_to_march: bool
    ignored: frozenset[WrittenDate]


class Occurrence(NamedTuple):
    """One anniversary: its number (0: of a date without a year), its day, and from when until when
    it lasts.
    """

    number: int
    day: int
    begin: int
    end: int


class Anniversary(ByClock):
    """It is an anniversary of a date, moved by ``offset`` days, in the contact's local time."""

    word = "anniversary"

    def __init__(self, source: DateSource, calendar: Calendar, offset: int, zone: ZoneRule) -> None:
        super().__init__(source, zone)
        self._calendar = calendar
        self._offset = offset

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        if self._source.is_unknown(ctx):
            return UNKNOWN
        occurrence, change = self._occurrence(ctx, instant)
        return occurrence is not None, change

    def _occurrence(self, ctx: EvalContext, instant: int) -> tuple[Occurrence | None, int]:
        """The anniversary that ``instant`` is in (the later one of two; None: in none), and until
        when that stays so.
        """
        written, zone = self._date(ctx)
        if written is None or written in self._calendar.ignored:
            return None, FOREVER
        found: Occurrence | None = None
        number = self._first_number(written, zone, instant)
        while True:
            number = self._next_number(number, written)
            occurrence = None if number < 0 else self._of_number(written, number, zone)
            if occurrence is None:
                return found, FOREVER if found is None else found.end
            if occurrence.begin > instant:
                begin = occurrence.begin
                return found, begin if found is None else min(found.end, begin)
            if instant < occurrence.end:
                found = occurrence
            number += 1

    def _first_number(self, written: WrittenDate, zone: Zone, instant: int) -> int:
        """A number to begin the search with: no anniversary that lasts now has a lower one. Dates
        without a year are numbered by years, or by months from year 0.
        """
        calendar = self._calendar
        today = zone.local(instant) // DAY_MS
        earliest = date_of(today - self._offset - calendar.lasts - 2)
        if calendar.monthly:
            return months_of(earliest) - (months_of(written) if written.year else 0) - 1
        return earliest.year - written.year - 1

    def _next_number(self, number: int, written: WrittenDate) -> int:
        """The first number from this one on that counts; below 0: none does."""
        which = self._calendar.which
        if which:
            return next((one for one in which if one >= number), -1) if written.year else -1
        return max(number, 1)

    def _of_number(self, written: WrittenDate, number: int, zone: Zone) -> Occurrence | None:
        """The anniversary of a number; None beyond the calendar's end."""
        calendar = self._calendar
        if calendar.monthly:
            months = number + (months_of(written) if written.year else 0)
            if months // 12 > LAST_YEAR:
                return None
            day = in_month(written, months)
        else:
            year = written.year + number
            if year > LAST_YEAR:
                return None
            day = in_year(written, year, leap_to_march=calendar.leap_to_march)
        start = (day + self._offset) * DAY_MS + calendar.at
        begin, end = zone.instant(start), zone.instant(start + calendar.lasts * DAY_MS)
        return Occurrence(number if written.year else 0, day, begin, end)

    def _now(self, ctx: EvalContext) -> Occurrence:
        occurrence = self._occurrence(ctx, ctx.instant)[0]
        assert occurrence is not None
        return occurrence

    def anchor(self, ctx: EvalContext) -> str:
        """The anniversary's own date; it must have come."""
        return day_text(self._now(ctx).day)

    def can_return(self, contact: Contact, anchor: Anchor) -> bool:
        """Whether the anniversary ``anchor`` may be the current one again: until it is over by any
        clock, as the date may be changed and changed back.
        """
        calendar = self._calendar
        last = day_named(str(anchor)) + self._offset + calendar.lasts
        return contact.latest < (last + 1) * DAY_MS + calendar.at

    def context(self, ctx: EvalContext) -> dict[str, Any]:
        """Which anniversary it is, and when; it must have come."""
        occurrence = self._now(ctx)
        told: dict[str, Any] = {"date": day_text(occurrence.day)}
        if occurrence.number:
            told["number"] = occurrence.number
        return {"anniversary": told}

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        occurrence = self._occurrence(ctx, instant)[0]
        if occurrence is None:
            return [f"no anniversary of {self._source.what}"]
        return [f"anniversary of {self._source.what} on {day_text(occurrence.day)}"]

    def asks(self) -> str:
        if not self._offset:
            return f"anniversary of {self._source.what}"
        days = abs(self._offset)
        side = "after" if self._offset > 0 else "before"
        return f"{days} day{'s' if days > 1 else ''} {side} an anniversary of {self._source.what}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        written, zone = self._date(ctx)
        told = self._source.told(ctx, zone)
        if written in self._calendar.ignored:
            told["date_is"] = "ignored"
        occurrence = self._occurrence(ctx, instant)[0]
        if occurrence is not None:
            told["anniversary"] = day_text(occurrence.day)
        return told

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        occurrence = self._occurrence(ctx, instant)[0]
        if occurrence is None or not truth or self._told_at(ctx) >= occurrence.begin:
            return None  # of a date or zone that was told later, the one before is not remembered
        return occurrence.begin
