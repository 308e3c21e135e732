"""Instants and durations as text.

Instants are integer milliseconds since 1970-01-01T00:00:00Z; text is RFC 3339 with an offset.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

EARLIEST_MS: Final = -62_135_596_800_000  # 0001-01-01T00:00:00.000Z
LATEST_MS: Final = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_RFC3339: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_DURATION: Final = re.compile(r"(\d+)(ms|s|m|h|d|w)", re.ASCII)
_UNIT_MS: Final = {
    "ms": 1,
    "s": 1_000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
}
_MAX_DURATION_MS: Final = 100 * 366 * 86_400_000
_MINUTES_KEPT: Final = 4096
_DAYS_KEPT: Final = 4096
_minutes: Final[dict[str, int]] = {}  # by text up to the seconds, "2026-11-21T10:00:", its start
_SECONDS: Final = {f"{second:02d}.": second * 1000 for second in range(60)}
_MILLISECONDS: Final = {f"{millisecond:03d}Z": millisecond for millisecond in range(1000)}
_SECOND_TEXTS: Final = list(_SECONDS)
_MILLISECOND_TEXTS: Final = list(_MILLISECONDS)
_CLOCKS: Final = [f"T{minute // 60:02d}:{minute % 60:02d}:" for minute in range(24 * 60)]
_dates: Final[dict[int, str]] = {}  # by day since 1970


def parse_time(text: str) -> int:
    """The instant that an RFC 3339 text with an offset names; decimals past three are cut.

    Raises ValueError where the text is no such time or lies outside the years 1 to 9999.
    """
    try:  # the commonest spelling, in pieces that were seen before
        return _minutes[text[:17]] + _SECONDS[text[17:20]] + _MILLISECONDS[text[20:]]
    except KeyError:
        return _parse_slowly(text)


def _parse_slowly(text: str) -> int:
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"not an RFC 3339 time with an offset: {text[:64]!r}")
    date, clock, fraction, offset = match.groups()
    zone = "+00:00" if offset in "Zz" else offset
    if zone[4:] >= "60" or zone[1:3] >= "24":
        raise ValueError(f"no such offset: {text[:64]!r}")
    moment = datetime.fromisoformat(f"{date}T{clock}+00:00")
    sign = -1 if zone[0] == "-" else 1
    shift = sign * (int(zone[1:3]) * 60 + int(zone[4:])) * 60_000
    whole = (moment - _EPOCH) // _MILLISECOND
    instant = whole + int(((fraction or "") + "000")[:3]) - shift
    if not EARLIEST_MS <= instant <= LATEST_MS:
        raise ValueError(f"outside the years 1 to 9999: {text[:64]!r}")
    if offset == "Z" and text[10] == "T":
        if len(_minutes) >= _MINUTES_KEPT:
            _minutes.clear()
        _minutes[text[:17]] = whole - moment.second * 1000
    return instant


def format_time(instant: int) -> str:
    """RFC 3339 in UTC with three decimals and ``Z``.

    What lies outside of its years 1 to 9999, as the crossing of a slow figure may, is said to be
    at their end.
    """
    day = instant // 86_400_000
    rest = instant - day * 86_400_000
    date = _dates.get(day)
    if date is None:
        if not EARLIEST_MS <= instant <= LATEST_MS:
            return format_time(min(max(instant, EARLIEST_MS), LATEST_MS))
        if len(_dates) >= _DAYS_KEPT:
            _dates.clear()
        date = _dates[day] = (_EPOCH + timedelta(days=day)).date().isoformat()
    second = _SECOND_TEXTS[rest // 1000 % 60]
    return f"{date}{_CLOCKS[rest // 60_000]}{second}{_MILLISECOND_TEXTS[rest % 1000]}"


def format_clock(instant: int, seen_from: int) -> str:
    """An instant as a reader of a sentence wants it: the date only where it is another day."""
    text = format_time(instant)
    same_day = instant // 86_400_000 == seen_from // 86_400_000
    return text[11:23] if same_day else f"{text[:10]} {text[11:23]}"


def parse_duration(text: str) -> int:
    """Milliseconds of ``90s``, ``1h``, ``30d`` (units ms s m h d w; a day is 24 h).

    Raises ValueError where the text is no such duration or is longer than a century.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"not a duration: {text!r} (a whole number and one of ms s m h d w)")
    milliseconds = int(match[1]) * _UNIT_MS[match[2]]
    if milliseconds > _MAX_DURATION_MS:
        raise ValueError(f"a duration longer than a century: {text!r}")
    return milliseconds


def format_duration(milliseconds: int) -> str:
    """The shortest text of a duration: the largest unit that divides it."""
    for unit in ("w", "d", "h", "m", "s"):
        count, rest = divmod(milliseconds, _UNIT_MS[unit])
        if count and not rest and (unit != "w" or count == 1):
            return f"{count}{unit}" if unit != "w" else "7d"
    return f"{milliseconds}ms"
