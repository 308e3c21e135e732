"""The best hour: the hour at which a contact most likely reads messages. It is computed in whole
numbers, and does not depend on the order of arrival.

Each of the last quarter hours with an engagement weighs its count * 2^(5 - floor(age / 28 d)). The
score of an hour is twice its own weight plus the weights of the hours before and after it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, Final

from streamseg.core.events import Event
from streamseg.core.features.base import (
    CHANGED,
    UNCHANGED,
    USUAL,
    Memory,
    SharedFeature,
    States,
    UpdateContext,
)
from streamseg.core.features.wording import events_of, moment
from streamseg.core.policies.quiet import Quiet
from streamseg.core.values.predicates import Where
from streamseg.core.values.zones import DAY_MS, HOUR_MS, Zone

QUARTER_MS: Final = 900_000
_KEPT: Final = 128  # quarter hours
_BYTES: Final = 5  # of each: its number since 1970, and a count
_MOST: Final = 255
_BAND_MS: Final = 28 * DAY_MS
_BANDS: Final = 6
_OF_WEEK: Final = 12  # events from which on the hours of the week are told apart,
_OF_DAY: Final = 5  # and those of the day
_LATEST: Final = (1 << 32) - 1


class Engagement(SharedFeature):
    """The last 128 different quarter hours (UTC) with such an event, each with a count.

    State: 5 bytes each in their order, a quarter hour's number since 1970 and a count up to 255.
    """

    def __init__(self, types: tuple[str, ...], where: Where | None) -> None:
        self.types: tuple[str, ...] | None = types
        self.where = where

    @property
    def column_key(self) -> tuple[Any, ...]:
        return ("engagement", self.types, "" if self.where is None else self.where.text)

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        return Memory(
            what=f"of {events_of(self.types, self.where)}: how many fell into each of the last "
            f"{_KEPT} quarter hours that had any",
            until="a later quarter hour takes the place of the oldest",
            typical=2 + USUAL * _BYTES,
            most=3 + _KEPT * _BYTES,
        )

    def readable(self, state: Any) -> Any:
        return [
            {"from": moment((one >> 8) * QUARTER_MS), "count": one & 255} for one in _numbers(state)
        ]

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        quarter = min(max(event.time // QUARTER_MS, 0), _LATEST)
        kept = _numbers(states.get(column))
        at = bisect_left(kept, quarter << 8)
        if at < len(kept) and kept[at] >> 8 == quarter:
            if kept[at] & 255 == _MOST:
                return UNCHANGED
            kept[at] += 1
        else:
            kept.insert(at, (quarter << 8) + 1)
            if len(kept) > _KEPT:
                del kept[0]
        states[column] = _packed(kept)
        return CHANGED

    def join(self, older: bytes, newer: bytes, ctx: UpdateContext) -> bytes:
        """The last quarter hours of both, with the sums of their counts."""
        counts = {one >> 8: one & 255 for one in _numbers(newer)}
        for one in _numbers(older):
            quarter = one >> 8
            counts[quarter] = min(counts.get(quarter, 0) + (one & 255), _MOST)
        return _packed([(one << 8) + counts[one] for one in sorted(counts)[-_KEPT:]])


def _numbers(state: bytes | None) -> list[int]:
    """Quarter hours, each times 256 with its count."""
    if state is None:
        return []
    return [int.from_bytes(state[at : at + _BYTES], "big") for at in range(0, len(state), _BYTES)]


def _packed(numbers: list[int]) -> bytes:
    return b"".join([one.to_bytes(_BYTES, "big") for one in numbers])


class BestTime:
    """The best hour at most ``within`` ms away. If too little is known of the contact,
    ``otherwise`` holds: a time of the local clock in ms (None: now).
    """

    def __init__(self, engagement: Engagement, within: int, otherwise: int | None) -> None:
        self.engagement = engagement
        self.within = within
        self.otherwise = otherwise
        self.column = -1  # of the engagement among the contact's features

    def target(self, state: bytes | None, zone: Zone, quiet: Quiet | None, instant: int) -> int:
        """The instant at which to send a trigger that became a candidate at ``instant``."""
        weighed = _weighed(state, instant)
        events = sum([count for _, count, _ in weighed])
        if events < _OF_DAY:
            return self._without(zone, instant)
        hours = 168 if events >= _OF_WEEK else 24
        own = [0] * hours
        for begin, count, band in weighed:
            own[_hour(zone.local(begin), hours)] += count << (_BANDS - 1 - band)
        best, target = -1, instant
        for begin in _begins(zone, instant, instant + self.within):
            local = zone.local(begin)
            if quiet is not None and quiet.covers(local):
                continue
            hour = _hour(local, hours)
            score = 2 * own[hour] + own[hour - 1] + own[(hour + 1) % hours]
            if score > best:
                best, target = score, begin
        return target

    def _without(self, zone: Zone, instant: int) -> int:
        """The next time at which the clock shows ``otherwise``, or skips it."""
        if self.otherwise is None:
            return instant
        while True:
            local = zone.local(instant)
            wait = (self.otherwise - local) % DAY_MS
            end = zone.after(instant, wait)
            if end == instant + wait:
                return end
            moved = zone.local(end) - local - (end - instant)
            if moved >= instant + wait - end:
                return end
            instant = end


def _weighed(state: bytes | None, instant: int) -> list[tuple[int, int, int]]:
    """The quarter hours that still have weight: when each begins, its count, and how many times 28
    d it is old.
    """
    found = []
    for number in _numbers(state):
        begin = (number >> 8) * QUARTER_MS
        band = max(instant - begin, 0) // _BAND_MS
        if band < _BANDS:
            found.append((begin, number & 255, band))
    return found


def _hour(local: int, hours: int) -> int:
    """The hour of the day, or of the week from Monday on."""
    hour = local // HOUR_MS
    return hour % 24 if hours == 24 else (hour + 3 * 24) % 168


def _begins(zone: Zone, instant: int, end: int) -> Iterator[int]:
    """An instant, and those up to ``end`` at which an hour of the local clock begins."""
    while instant <= end:
        yield instant
        while True:
            local = zone.local(instant)
            instant = zone.after(instant, HOUR_MS - local % HOUR_MS)
            if zone.local(instant) % HOUR_MS == 0:
                break
