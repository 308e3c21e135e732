"""The memory of alerts: sizes by minute, and usual counts by hour."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from streamseg.core.alerting.records import Hours, Sizes
from streamseg.core.alerting.reports import MINUTE_MS
from streamseg.core.alerting.surges import Usual, mean_of, usual_of
from streamseg.core.store import Store

HOUR_MS: Final = 3_600_000
WEEK: Final = 168  # hours
WEEKS: Final = 8  # that are remembered
LEAST_WEEKS: Final = 4  # else the same hour of each day counts
DAYS: Final = 14
LEAST_DAYS: Final = 7  # else nothing is known of what is usual

_MINUTES: Final = HOUR_MS // MINUTE_MS
_UNKNOWN: Final = -1
_encode: Final = msgspec.msgpack.Encoder().encode
_decode_sizes: Final = msgspec.msgpack.Decoder(Sizes).decode
_decode_hours: Final = msgspec.msgpack.Decoder(Hours).decode


class SizeMemory:
    """The size of a segment at each minute, by alert."""

    def __init__(self, prefix: bytes) -> None:
        self.store: Store[Sizes] = Store(prefix, _sizes_of, _encode)

    def note(self, alert: str, minute: int, members: int, within: int) -> None:
        """Remember the size at a minute, and forget sizes that are older than ``within`` (ms)."""
        hour = minute // HOUR_MS
        sizes = self.store.get(_key(alert, hour))
        if sizes is None:
            sizes = Sizes([_UNKNOWN] * _MINUTES)
            self.store.add(_key(alert, hour), sizes)
            forget(self.store, alert, hour - within // HOUR_MS - 1)
        sizes.members[minute % HOUR_MS // MINUTE_MS] = members

    def at(self, alert: str, minute: int) -> int | None:
        """The size at a minute; None where it is not known."""
        sizes = self.store.get(_key(alert, minute // HOUR_MS))
        found = _UNKNOWN if sizes is None else sizes.members[minute % HOUR_MS // MINUTE_MS]
        return None if found == _UNKNOWN else found


class HourMemory:
    """The counts of the buckets of each hour, by alert; hours are numbered by a local clock."""

    def __init__(self, prefix: bytes) -> None:
        self.store: Store[Hours] = Store(prefix, _hours_of, _encode)
        self._known: dict[str, tuple[int, Usual | None]] = {}  # by alert, of the hour asked last

    def note(self, alert: str, hour: int, count: int) -> None:
        """Add a bucket to its hour."""
        key = _key(alert, hour % WEEK)
        found = self.store.get(key)
        if found is None:
            found = Hours()
            self.store.add(key, found)
        buckets, total = 1, count
        for number, before, sum_before in found.hours:
            if number == hour:
                buckets, total = buckets + before, total + sum_before
        kept = [one for one in found.hours if hour - WEEKS * WEEK <= one[0] < hour]
        found.hours = [*kept, (hour, buckets, total)]

    def usual(self, alert: str, hour: int) -> Usual | None:
        """The usual count of an hour: by the same hour of the last weeks, else of the last days.

        None if too few of these hours are known.
        """
        known = self._known.get(alert)
        if known is None or known[0] != hour:
            known = self._known[alert] = hour, self._usual(alert, hour)
        return known[1]

    def _usual(self, alert: str, hour: int) -> Usual | None:
        weeks = self._means(alert, [hour - WEEK * number for number in range(1, WEEKS + 1)])
        if len(weeks) >= LEAST_WEEKS:
            return usual_of(weeks)
        days = self._means(alert, [hour - 24 * number for number in range(1, DAYS + 1)])
        return usual_of(days) if len(days) >= LEAST_DAYS else None

    def _means(self, alert: str, hours: list[int]) -> list[Decimal]:
        found: list[Decimal] = []
        for hour in hours:
            kept = self.store.get(_key(alert, hour % WEEK))
            for number, buckets, total in () if kept is None else kept.hours:
                if number == hour:
                    found.append(mean_of(total, buckets))
        return found

    def rollback(self) -> None:
        """Forget everything since the last install."""
        self.store.rollback()
        self._known = {}


def forget(store: Store[Sizes] | Store[Hours], alert: str, before: int | None = None) -> None:
    """Forget the memory of an alert: all of it, or the entries with a number below ``before``."""
    for key in {*store.live, *(raw.decode() for raw in store.resting)}:
        name, _, number = key.rpartition("/")
        if name == alert and (before is None or int(number) < before):
            store.remove(key)


def _key(alert: str, number: int) -> str:
    return f"{alert}/{number}"


def _sizes_of(_: bytes, value: bytes) -> Sizes:
    return _decode_sizes(value)


def _hours_of(_: bytes, value: bytes) -> Hours:
    return _decode_hours(value)
