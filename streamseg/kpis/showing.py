"""How the figures look: a table for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from rich.table import Table

from streamseg.core.values.dates import day_text
from streamseg.core.values.zones import DAY_MS, UTC_ZONE, Zone
from streamseg.kpis.lift import Interval, Lift
from streamseg.kpis.summing import Segment, Summary, lifts
from streamseg.rules.zones import known_zones

_BARS: Final = "▁▂▃▄▅▆▇█"
_EPOCH: Final = date(1970, 1, 1)
MOST_DAYS: Final = 36_500  # that are shown


class Period:
    """The days that are shown of a segment, and those of them whose exposures have all ended."""

    def __init__(self, segment: Segment, now: int, since: date | int) -> None:
        zone = _zone_of(segment.zone)
        today = zone.day(now)
        numbers = range(_first(zone, now, since), today + 1)
        self.days = [day_text(number) for number in numbers]
        within = segment.within
        self.mature = [
            day_text(number) for number in numbers if _has_ended(zone, number, within, now)
        ]
        ended = {*self.mature}
        self.young = [day for day in self.days if day not in ended]


def first_day(summary: Summary, now: int, since: date | int) -> str:
    """The first day of a period, by the clock of the shop."""
    zones = [one.zone for one in summary.segments.values() if one.zone]
    return day_text(_first(_zone_of(zones[0] if zones else None), now, since))


def _first(zone: Zone, now: int, since: date | int) -> int:
    today = zone.day(now)
    first = (since - _EPOCH).days if isinstance(since, date) else today - since + 1
    return min(first, today)


def _zone_of(name: str | None) -> Zone:
    return (name and known_zones().find(name)) or UTC_ZONE


def _has_ended(zone: Zone, day: int, within: int | None, now: int) -> bool:
    return within is not None and zone.instant((day + 1) * DAY_MS) + within <= now


def to_json(segment: Segment, now: int, since: date | int) -> dict[str, Any]:
    """All that is known of a segment in a period."""
    period = Period(segment, now, since)
    of_days = [
        {"day": day, "variant": variant, **_plain(figures)}
        for (variant, day), figures in sorted(
            segment.days.items(), key=lambda one: (one[0][0] or "", one[0][1])
        )
        if day in period.days
    ]
    rate, revenue = lifts(segment, period.mature)
    return {
        "segment": segment.name,
        **_plain(segment.size),
        "within_ms": segment.within,
        "zone": segment.zone,
        "days": of_days,
        "mature": _plain(segment.of_days(period.mature)),
        "so_far": _plain(segment.of_days(period.young)),
        "variants": list(_by_variant(segment, period)),
        "lift": {"rate": _lift(rate), "revenue": _lift(revenue)},
    }


def _by_variant(segment: Segment, period: Period) -> Iterator[dict[str, Any]]:
    """The same sums of each variant that anything is known of in a period."""
    for variant in segment.variants:
        mature = segment.of_days(period.mature, [variant])
        so_far = segment.of_days(period.young, [variant])
        if mature or so_far:
            yield {"variant": variant, "mature": _plain(mature), "so_far": _plain(so_far)}


def _lift(lift: Lift | None) -> dict[str, Any] | None:
    if lift is None:
        return None
    return {
        "difference": lift.difference,
        "newcombe": _ends(lift.newcombe),
        "always_valid": _ends(lift.always),
        "proven": lift.is_proven,
    }


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else list(interval)


def _plain(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: _as_json(value) for name, value in figures.items()}


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return _plain(value)
    return str(value) if isinstance(value, Decimal) else value


def table(summary: Summary, names: Sequence[str], now: int, since: date | int) -> Table:
    """The segments, one a line."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("segment")
    for title in ("members", "entered", "exited", "fired", "exposures", "converted", "so far"):
        shown.add_column(title, justify="right")
    shown.add_column("revenue", justify="right")
    shown.add_column("lift")
    shown.add_column("entered by day")
    for name in names:
        shown.add_row(*_row(summary.segments[name], now, since))
    return shown


def _row(segment: Segment, now: int, since: date | int) -> Iterator[str]:
    period = Period(segment, now, since)
    every = segment.of_days(period.days)
    mature = segment.of_days(period.mature)
    younger = segment.of_days(period.young)
    yield segment.name
    yield f"{segment.size.get('members', 0):,}"
    for name in ("entered", "exited", "fired", "exposures"):
        yield f"{every.get(name, 0):,}"
    yield rate(mature)
    yield rate(younger)
    yield f"{every.get('revenue', 0):,}"
    yield lift_text(lifts(segment, period.mature)[0])
    entered = [segment.of_days([day]).get("entered", 0) for day in period.days]
    yield sparkline(entered)


def rate(figures: dict[str, Any]) -> str:
    """Converted of exposures, in percent."""
    exposures = figures.get("exposures", 0)
    return f"{100 * figures.get('converted', 0) / exposures:.1f} %" if exposures else ""


def lift_text(lift: Lift | None) -> str:
    """A lift in percentage points, with the interval that holds however often one looks."""
    if lift is None:
        return ""
    text = f"{100 * lift.difference:+.1f} pp"
    if lift.always is None:
        return f"{text}, too few orders to tell"
    low, high = (100 * end for end in lift.always)
    return f"{text} [{low:+.1f}, {high:+.1f}] {'proven' if lift.is_proven else 'not proven'}"


def sparkline(values: Sequence[int]) -> str:
    """A bar for each value; the highest is the largest value."""
    most = max(values, default=0)
    if most <= 0:
        return _BARS[0] * len(values)
    return "".join(_BARS[max(0, value) * (len(_BARS) - 1) // most] for value in values)


def parse_since(text: str) -> date | int:
    """``2026-11-01``, or a number of days such as ``30d``. Raises ValueError."""
    if text.endswith("d"):
        days = int(text[:-1])
        if not 0 < days <= MOST_DAYS:
            raise ValueError(f"no number of days from 1 to {MOST_DAYS}: {text}")
        return days
    found = date.fromisoformat(text)
    if found < _EPOCH or found > date.max - timedelta(days=2):
        raise ValueError(f"no day of this calendar: {text}")
    return found
