"""The figures by local day; the counts of a batch are kept as running figures until the day's are
read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from streamseg.core.counting.figures import NO_VARIANT, PREFIX, Day, Figures, News
from streamseg.core.counting.running import RunningFigures
from streamseg.core.counting.terms import month_of
from streamseg.core.dates import day_text
from streamseg.core.store import Store
from streamseg.core.zones import DAY_MS, Zone

NO_SEGMENT: Final = ""  # of what is told of none
_KNOWN: Final = 16  # days

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Day).decode


class _OpenDay:
    """A local day: when it begins and ends, and the figures that the batch has asked for."""

    def __init__(self, number: int, began: int, ended: int) -> None:
        self.number = number
        self.began = began
        self.ended = ended
        self.name = day_text(number)
        self.month = month_of(number)
        # By segment and variant; by segment alone where there is none, which takes half as long.
        self.of_variants: dict[tuple[str, str], RunningFigures] = {}
        self.of_segments: dict[str, RunningFigures] = {}

    def settle(self, news: News) -> None:
        """Add the running figures to the day's."""
        for running in self.of_segments.values():
            running.settle(news)
        for running in self.of_variants.values():
            running.settle(news)

    def close(self) -> None:
        """Forget the figures that the batch has asked for."""
        self.of_segments, self.of_variants = {}, {}


_NO_DAY: Final = _OpenDay(0, 0, 0)


class Days:
    """Days by a zone's clock. ``touched``: the days and segments that the batch has counts for.
    Conversions also go to ``news``.
    """

    def __init__(self, zone: Zone, news: News) -> None:
        self.touched: set[tuple[str, str]] = set()
        self.store: Store[Day] = Store(PREFIX, _day_of, _encode, keeps_decoded=True)
        self._zone = zone
        self._news = news
        self._known: list[_OpenDay] = []  # days that were asked for last
        self._open = _NO_DAY  # the last of them
        self._of_batch: dict[int, _OpenDay] = {}  # by number, days that the batch asked for

    def figures(self, segment: str, variant: str, instant: int) -> Figures:
        """The figures of a segment and a variant on an instant's day; the caller adds to them."""
        return self.running(segment, variant, instant).figures

    def running(self, segment: str, variant: str, instant: int) -> RunningFigures:
        """The running figures of a segment and a variant, which are added to the day's later. They
        are the same until the batch is taken.
        """
        day = self._open
        if not day.began <= instant < day.ended:
            day = self._open_day(instant)
        if variant == NO_VARIANT:
            found = day.of_segments.get(segment)
            if found is None:
                found = day.of_segments[segment] = self._new_running(day, segment, variant)
            return found
        place = segment, variant
        found = day.of_variants.get(place)
        if found is None:
            found = day.of_variants[place] = self._new_running(day, segment, variant)
        return found

    def _new_running(self, day: _OpenDay, segment: str, variant: str) -> RunningFigures:
        self.touched.add((day.name, segment))
        by_variant = self._counted_on(day).figures.setdefault(segment, {})
        figures = by_variant.get(variant)
        if figures is None:
            figures = by_variant[variant] = Figures()
        return RunningFigures(segment, variant, figures, day.began, day.ended)

    def move(self, old: str, new: str, instant: int, change: int) -> None:
        """Add to the number of contacts that moved from one life cycle stage to another on the day
        of an instant.
        """
        day = self._open_day(instant)
        self.touched.add((day.name, NO_SEGMENT))
        moves = self._counted_on(day).moves.setdefault(old, {})
        moves[new] = moves.get(new, 0) + change

    def month(self, instant: int) -> int:
        """The month of an instant."""
        return self._open_day(instant).month

    def _counted_on(self, day: _OpenDay) -> Day:
        counted = self.store.live.get(day.name) or self.store.get(day.name)
        if counted is None:
            counted = Day(day.number)
            self.store.add(day.name, counted)
        return counted

    def _open_day(self, instant: int) -> _OpenDay:
        """The day of an instant; recent days are cached, as asking the zone costs."""
        for day in self._known:
            if day.began <= instant < day.ended:
                self._open = self._of_batch[day.number] = day
                return day
        number = self._zone.day(instant)
        found = self._of_batch.get(number)
        if found is None:
            began = self._zone.instant(number * DAY_MS)
            ended = self._zone.instant((number + 1) * DAY_MS)
            found = self._of_batch[number] = _OpenDay(number, began, ended)
        self._known = [*self._known[1 - _KNOWN :], found]
        self._open = found
        return found

    def counted(self) -> Iterator[Day]:
        """The days that have counts, in order."""
        for name in sorted({raw.decode() for raw in self.store.resting} | set(self.store.live)):
            day = self.store.get(name)
            assert day is not None
            yield day

    def settle(self) -> None:
        """Add the running figures to the day's."""
        for day in self._of_batch.values():
            day.settle(self._news)

    def close(self) -> None:
        """Forget the figures that the batch has asked for."""
        self.touched = set()
        for day in self._of_batch.values():
            day.close()
        self._of_batch = {}
        self._open = _NO_DAY


def _day_of(_: bytes, value: bytes) -> Day:
    return _decode(value)
