"""Favourites: how often a contact's events named each value of a field, by periods of a half-life.

State: a list of ``[value, last instant, latest period, counts]``, in the order of the values.
Periods are as long as the half-life and numbered from 1970 on. The first count is that of the
latest period; each one after it is of the period before, and weighs half as much.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import Any, Final

from streamseg.core.events import Event
from streamseg.core.features.base import (
    CHANGED,
    IGNORED,
    INSTANT_BYTES,
    LIST_BYTES,
    UNCHANGED,
    USUAL,
    Memory,
    SharedFeature,
    States,
    UpdateContext,
)
from streamseg.core.features.wording import events_of, moment
from streamseg.core.values.predicates import Where
from streamseg.core.values.timestamps import format_duration
from streamseg.core.vocabulary import MAX_ID_BYTES

MAX_VALUES: Final = 32
MAX_COUNT: Final = 255  # of a value in a period
PERIODS: Final = 6  # that count
VALUE: Final = 0
LAST: Final = 1
PERIOD: Final = 2
COUNTS: Final = 3

Entry = list[Any]


class Favourites(SharedFeature):
    """Counts of the values of ``field`` in events of ``types``, each with its weight (1)."""

    where: Where | None = None

    def __init__(
        self, field: str, types: tuple[str, ...], weights: Mapping[str, int], half_life: int
    ) -> None:
        self.types: tuple[str, ...] | None = types
        self.half_life = half_life
        self._field = field
        self._weights = dict(weights)

    @property
    def column_key(self) -> tuple[Any, ...]:
        weights = tuple(sorted(self._weights.items()))
        return ("favourites", self._field, self.types, weights, self.half_life)

    @property
    def memory(self) -> Memory:
        """What is remembered, in words."""
        return Memory(
            what=f"of {events_of(self.types)}: how often they named which `{self._field}`, by "
            f"periods of {format_duration(self.half_life)}, and when each last, at most "
            f"{MAX_VALUES} values",
            until=f"a period counts no more after {PERIODS - 1} others",
            typical=1 + USUAL * (1 + 9 + INSTANT_BYTES + 3 + 3),
            most=LIST_BYTES + MAX_VALUES * (1 + MAX_ID_BYTES + 3 + INSTANT_BYTES + 5 + 13),
            approximate=f"beyond {MAX_VALUES} values the one of the lowest score leaves",
        )

    def reads(self) -> list[str]:
        return [self._field]

    def readable(self, state: Any) -> Any:
        return [
            {
                "value": entry[VALUE],
                "last_at": moment(entry[LAST]),
                "counts": [
                    {"from": moment((entry[PERIOD] - at) * self.half_life), "count": count}
                    for at, count in enumerate(entry[COUNTS])
                ],
            }
            for entry in state
        ]

    def update(self, states: States, column: int, event: Event, ctx: UpdateContext) -> int:
        named = values_of(event, self._field)
        if not named:
            return IGNORED
        kept: list[Entry] = states.setdefault(column, [])
        period = event.time // self.half_life
        if kept and period <= _latest(kept) - PERIODS:
            return UNCHANGED
        weight = self._weights.get(event.type, 1)
        for value in named:
            _put(kept, [value, event.time, period, [weight]])
        self._shorten(kept)
        return CHANGED

    def join(self, older: list[Entry], newer: list[Entry], ctx: UpdateContext) -> list[Entry]:
        """The counts of both, added; then the bound."""
        kept = [[*entry[:COUNTS], entry[COUNTS][:]] for entry in older]
        for entry in newer:
            _put(kept, [*entry[:COUNTS], entry[COUNTS][:]])
        self._shorten(kept)
        return kept

    def _shorten(self, kept: list[Entry]) -> None:
        """Forget values that count no more, and beyond the bound those of the lowest scores."""
        least = _latest(kept) - PERIODS
        for entry in kept:
            del entry[COUNTS][max(entry[PERIOD] - least, 0) :]
            while entry[COUNTS] and not entry[COUNTS][-1]:
                del entry[COUNTS][-1]
        kept[:] = [entry for entry in kept if entry[COUNTS]]
        if len(kept) > MAX_VALUES:
            best = ranked(kept, _latest(kept))[:MAX_VALUES]
            kept[:] = sorted(best, key=_value)


def values_of(event: Event, field: str) -> list[str]:
    """The values that an event names: that of its field or, without one, those of its items."""
    own = event.data.get(field)
    values = [own]
    if own is None:
        items = event.data.get("items")
        listed = items if type(items) is list else []
        values = [item.get(field) for item in listed if type(item) is dict]
    return list(
        dict.fromkeys(
            one for one in values if type(one) is str and len(one.encode()) <= MAX_ID_BYTES
        )
    )


def _latest(kept: list[Entry]) -> int:
    latest: int = max([entry[PERIOD] for entry in kept])
    return latest


def _put(kept: list[Entry], entry: Entry) -> None:
    """Add an entry to that of its value, or put it in its place."""
    at = bisect_left(kept, entry[VALUE], key=_value)
    if at == len(kept) or kept[at][VALUE] != entry[VALUE]:
        kept.insert(at, entry)
        return
    add_to(kept[at], entry, MAX_COUNT)


def _value(entry: Entry) -> str:
    value: str = entry[VALUE]
    return value


def add_to(known: Entry, entry: Entry, most: int | None = None) -> None:
    """Add an entry to another of its value, up to ``most`` a period (None: all of it)."""
    known[LAST] = max(known[LAST], entry[LAST])
    period = max(known[PERIOD], entry[PERIOD])
    length = max(period - one[PERIOD] + len(one[COUNTS]) for one in (known, entry))
    counts = [0] * length
    for one in (known, entry):
        for at, count in enumerate(one[COUNTS], start=period - one[PERIOD]):
            counts[at] = counts[at] + count if most is None else min(counts[at] + count, most)
    known[PERIOD], known[COUNTS] = period, counts


def score(entry: Entry, period: int) -> int:
    """An entry's score in a period: the sum of its counts, each halved once per period of age; 0 if
    none counts.
    """
    total = 0
    for at, count in enumerate(entry[COUNTS]):
        age = period - entry[PERIOD] + at
        if age < PERIODS:
            total += count << (PERIODS - 1 - age)
    return total


def ranked(kept: list[Entry], period: int) -> list[Entry]:
    """Entries that count in a period: by score, then the later last event, then code point."""
    scored = [(-score(entry, period), -entry[LAST], entry[VALUE], entry) for entry in kept]
    return [one[3] for one in sorted(scored, key=_rank) if one[0] < 0]


def _rank(one: tuple[int, int, str, Entry]) -> tuple[int, int, str]:
    return one[:3]


def lapses_at(kept: list[Entry], period: int) -> int:
    """The period from which on the oldest count that still counts no longer does; below 0 if none
    counts.
    """
    oldest = [
        entry[PERIOD] - at
        for entry in kept
        for at, count in enumerate(entry[COUNTS])
        if count and period - entry[PERIOD] + at < PERIODS
    ]
    return min(oldest) + PERIODS if oldest else -1
