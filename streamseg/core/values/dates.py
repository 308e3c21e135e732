"""Calendar dates: reading them, their anniversaries, and calendar periods.

A day is its number since 1970-01-01.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from datetime import date
from typing import Any, Final, NamedTuple

EPOCH: Final = date(1970, 1, 1).toordinal()
LAST_YEAR: Final = 9998
_DATE: Final = re.compile(r"(?:(\d{4})-|--)?(\d\d)-(\d\d)(?:[Tt ]\d\d:\d\d.*)?", re.ASCII)
_LEAP: Final = 2000

BY_DAY: Final = "day"
BY_WEEK: Final = "week"
BY_MONTH: Final = "month"
BY_QUARTER: Final = "quarter"
BY_YEAR: Final = "year"


class WrittenDate(NamedTuple):
    """A date; ``year`` 0 if it has none."""

    year: int
    month: int
    day: int


def read_date(value: Any) -> WrittenDate | None:
    """The date in an attribute: ``YYYY-MM-DD``, ``MM-DD``, ``--MM-DD``, or an instant, of which the
    date as written is taken; None if it is no date.
    """
    match = _DATE.fullmatch(value) if type(value) is str else None
    if match is None:
        return None
    year, month, day = int(match[1] or 0), int(match[2]), int(match[3])
    if not 1 <= month <= 12 or not 1 <= day <= monthrange(year or _LEAP, month)[1]:
        return None
    return WrittenDate(year, month, day)


def date_text(written: WrittenDate) -> str:
    """A date as ``YYYY-MM-DD``, or ``MM-DD`` if it has no year."""
    day = f"{written.month:02d}-{written.day:02d}"
    return f"{written.year:04d}-{day}" if written.year else day


def date_of(day: int) -> WrittenDate:
    """The date of a day."""
    found = date.fromordinal(day + EPOCH)
    return WrittenDate(found.year, found.month, found.day)


def day_of(year: int, month: int, day: int) -> int:
    """The day of a date."""
    return date(year, month, day).toordinal() - EPOCH


def day_text(day: int) -> str:
    """A day as ``YYYY-MM-DD``."""
    return date.fromordinal(day + EPOCH).isoformat()


def day_named(text: str) -> int:
    """The day that is written ``YYYY-MM-DD``."""
    return date.fromisoformat(text).toordinal() - EPOCH


def in_year(written: WrittenDate, year: int, *, leap_to_march: bool) -> int:
    """The day of a date's anniversary in a year; for 29 February, the last day of February or 1
    March.
    """
    if written.month == 2 and written.day == 29 and not isleap(year):
        return day_of(year, 3, 1) if leap_to_march else day_of(year, 2, 28)
    return day_of(year, written.month, written.day)


def in_month(written: WrittenDate, months: int) -> int:
    """The day of a date in a month, counted from year 0; the last day, if the month is shorter."""
    year, month = divmod(months, 12)
    return day_of(year, month + 1, min(written.day, monthrange(year, month + 1)[1]))


def months_of(written: WrittenDate) -> int:
    """The number of a date's month, counted from year 0."""
    return 12 * written.year + written.month - 1


def years_between(written: WrittenDate, today: int) -> int:
    """Whole years from a date to a day."""
    this = date_of(today)
    has_been = today >= in_year(written, this.year, leap_to_march=False)
    return this.year - written.year - (0 if has_been else 1)


def period_of(day: int, by: str) -> int:
    """The number of the period that contains a day; periods are numbered consecutively."""
    if by == BY_DAY:
        return day
    if by == BY_WEEK:
        return (day + 3) // 7  # 1970-01-01 was a Thursday
    found = date_of(day)
    if by == BY_YEAR:
        return found.year
    months = months_of(found)
    return months // 3 if by == BY_QUARTER else months


def first_day(period: int, by: str) -> int:
    """The day on which a period begins."""
    if by == BY_DAY:
        return period
    if by == BY_WEEK:
        return 7 * period - 3
    if by == BY_YEAR:
        return day_of(period, 1, 1)
    year, month = divmod(3 * period if by == BY_QUARTER else period, 12)
    return day_of(year, month + 1, 1)


def period_text(period: int, by: str) -> str:
    """A period's name: ``2026-11-30``, ``2026-W48``, ``2026-11``, ``2026-Q4`` or ``2026``."""
    first = first_day(period, by)
    if by == BY_WEEK:
        year, week, _ = date.fromordinal(first + EPOCH).isocalendar()
        return f"{year:04d}-W{week:02d}"
    text = day_text(first)
    if by == BY_QUARTER:
        return f"{text[:4]}-Q{(int(text[5:7]) + 2) // 3}"
    return text[: {BY_DAY: 10, BY_MONTH: 7, BY_YEAR: 4}[by]]
