"""``anniversary``: a date comes round, by the contact's own clock.

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
from streamseg.core.contact import Contact
from streamseg.core.dates import (
    LAST_YEAR,
    WrittenDate,
    date_of,
    day_named,
    day_text,
    in_month,
    in_year,
    months_of,
)
from streamseg.core.features.base import FOREVER
from streamseg.core.zone_rule import ZoneRule
from streamseg.core.zones import DAY_MS, Zone


class Calendar(NamedTuple):
    """Which anniversaries of a date there are.

    ``monthly``: each month, else each year. ``at``: from which time of the day (ms), ``lasts``: for
    how many days. ``which``: only these, ascending (empty: all). ``leap_to_march``: 29 February is
    1 March in common years, else 28 February. ``ignored`` dates are none.
    """

    monthly: bool
    at: int
    lasts: int
    which: tuple[int, ...]
    leap_to_march: bool
    ignored: frozenset[WrittenDate]


class Turn(NamedTuple):
    """One anniversary: its number (0: of a date without a year), its day, and the span."""

    number: int
    day: int
    begin: int
    end: int


class Anniversary(ByClock):
    """An anniversary of a date, ``offset`` days later, has come by the contact's clock."""

    word = "anniversary"

    def __init__(self, source: DateSource, calendar: Calendar, offset: int, zone: ZoneRule) -> None:
        super().__init__(source, zone)
        self._calendar = calendar
        self._offset = offset

    def at(self, ctx: EvalContext, instant: int) -> Answer:
        if self._source.is_unknown(ctx):
            return UNKNOWN
        turn, change = self._turn(ctx, instant)
        return turn is not None, change

    def _turn(self, ctx: EvalContext, instant: int) -> tuple[Turn | None, int]:
        """The anniversary that it is (the later one of two), and until when that is so."""
        written, zone = self._date(ctx)
        if written is None or written in self._calendar.ignored:
            return None, FOREVER
        found: Turn | None = None
        number = self._first_number(written, zone, instant)
        while True:
            number = self._next_number(number, written)
            turn = None if number < 0 else self._of_number(written, number, zone)
            if turn is None:
                return found, FOREVER if found is None else found.end
            if turn.begin > instant:
                return found, turn.begin if found is None else min(found.end, turn.begin)
            if instant < turn.end:
                found = turn
            number += 1

    def _first_number(self, written: WrittenDate, zone: Zone, instant: int) -> int:
        """A number that is not after those that can be now. Of a date without a year it is a year,
        or a month counted from year 0.
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

    def _of_number(self, written: WrittenDate, number: int, zone: Zone) -> Turn | None:
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
        return Turn(number if written.year else 0, day, begin, end)

    def _now(self, ctx: EvalContext) -> Turn:
        turn = self._turn(ctx, ctx.instant)[0]
        assert turn is not None
        return turn

    def anchor(self, ctx: EvalContext) -> str:
        """The anniversary's own date; it must have come."""
        return day_text(self._now(ctx).day)

    def recalls(self, contact: Contact, anchor: Anchor) -> bool:
        """Whether it may be an anniversary again, of a date that was another meanwhile: until it is
        over, whatever the clock.
        """
        calendar = self._calendar
        last = day_named(str(anchor)) + self._offset + calendar.lasts
        return contact.latest < (last + 1) * DAY_MS + calendar.at

    def context(self, ctx: EvalContext) -> dict[str, Any]:
        """Which anniversary it is, and when; it must have come."""
        turn = self._now(ctx)
        told: dict[str, Any] = {"date": day_text(turn.day)}
        if turn.number:
            told["number"] = turn.number
        return {"anniversary": told}

    def words(self, ctx: EvalContext, instant: int, parts: Sequence[Part]) -> list[str]:
        turn = self._turn(ctx, instant)[0]
        if turn is None:
            return [f"no anniversary of {self._source.what}"]
        return [f"anniversary of {self._source.what} on {day_text(turn.day)}"]

    def asks(self) -> str:
        if not self._offset:
            return f"anniversary of {self._source.what}"
        days = abs(self._offset)
        side = "after" if self._offset > 0 else "before"
        return f"{days} day{'s' if days > 1 else ''} {side} an anniversary of {self._source.what}"

    def saw(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        turn = self._turn(ctx, instant)[0]
        return {"date": None if turn is None else day_text(turn.day)}

    def held_from(self, ctx: EvalContext, instant: int, truth: Truth) -> int | None:
        turn = self._turn(ctx, instant)[0]
        return None if turn is None or not truth else turn.begin
