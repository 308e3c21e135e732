"""Local clocks: what a zone's clock shows at an instant, and when it shows a time.

A local time is ms since 1970-01-01T00:00 on the zone's own clock; a day is its number since then.
The rules of zones are given as a whole: `streamseg.rules.zones` reads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from streamseg.core.values.timestamps import EARLIEST_MS, LATEST_MS

DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
_MOST_KNOWN: Final = 1_024  # hours of a zone whose offsets are kept
_OFFSET: Final = re.compile(r"([+-])(\d\d):?([0-5]\d)", re.ASCII)
_MOST_HOURS: Final = 18  # of an offset, as ISO 8601 libraries have it
_MARGIN: Final = 2 * DAY_MS  # that a datetime needs to the years 1 and 9999
_MILLISECOND: Final = timedelta(milliseconds=1)


class Zone:
    """A zone: its name, and the rules of its clock."""

    __slots__ = ("_known", "_rules", "name")

    def __init__(self, name: str, rules: tzinfo) -> None:
        self.name = name
        self._rules = rules
        self._known: dict[int, int] = {}  # by hour, where the clock is not moved in it

    def offset(self, instant: int) -> int:
        """How far the clock is ahead of UTC at an instant, in ms."""
        hour = instant // HOUR_MS
        known = self._known.get(hour)
        if known is not None:
            return known
        offset = self._offset(hour * HOUR_MS)
        if self._offset((hour + 1) * HOUR_MS - 1) != offset:
            return self._offset(instant)
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[hour] = offset
        return offset

    def _offset(self, instant: int) -> int:
        bounded = min(max(instant, EARLIEST_MS + _MARGIN), LATEST_MS - _MARGIN)
        ahead = datetime.fromtimestamp(bounded // 1000, self._rules).utcoffset()
        assert ahead is not None
        return ahead // _MILLISECOND

    def local(self, instant: int) -> int:
        """The local time at an instant."""
        return instant + self.offset(instant)

    def day(self, instant: int) -> int:
        """The local day at an instant."""
        return self.local(instant) // DAY_MS

    def after(self, instant: int, wait: int) -> int:
        """The instant ``wait`` ms after another, or the one in between at which the clock is moved.

        ``wait`` is at most some weeks. Who asks again there knows each local time that comes.
        """
        end = instant + wait
        before = self.offset(instant)
        if self.offset(end) == before:
            return end
        while end - instant > 1:
            middle = (instant + end) // 2
            if self.offset(middle) == before:
                instant = middle
            else:
                end = middle
        return end

    def instant(self, local: int) -> int:
        """The first instant at which the clock shows a local time or a later one.

        Of a time that the clock skips that is the end of the gap, of one that it shows twice the
        first. (`zoneinfo` would count from the offset before a gap.)
        """
        low, high = local - DAY_MS, local + DAY_MS
        before, after = self.offset(low), self.offset(high)
        if before == after:
            return local - before
        while high - low > 1:  # the instant at which the offset becomes another
            middle = (low + high) // 2
            if self.offset(middle) == before:
                low = middle
            else:
                high = middle
        return local - before if local - before < high else max(high, local - after)


class Zones:
    """Zones by their IANA names, in any case."""

    def __init__(self, version: str, rules: Mapping[str, tzinfo]) -> None:
        self.version = version
        self.names = list(rules)
        self._zones = {name.casefold(): Zone(name, one) for name, one in rules.items()}
        self._as_named = {zone.name: zone for zone in self._zones.values()}

    def find(self, name: str) -> Zone | None:
        """The zone of an IANA name or of an offset such as ``+02:00``; None where it is neither."""
        zone = self._as_named.get(name) or self._zones.get(name.casefold())
        return _of_offset(name) if zone is None else zone

    def __contains__(self, name: str) -> bool:
        return self.find(name) is not None


UTC_ZONE: Final = Zone("UTC", UTC)
_offsets: Final[dict[str, Zone]] = {}  # by text; there are some 2,000 at most


def _of_offset(text: str) -> Zone | None:
    known = _offsets.get(text)
    if known is not None:
        return known
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    sign, hours, minutes = match.groups()
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    if ahead > timedelta(hours=_MOST_HOURS):
        return None
    zone = Zone(text, timezone(-ahead if sign == "-" else ahead))
    _offsets[text] = zone
    return zone
