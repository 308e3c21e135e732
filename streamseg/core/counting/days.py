"""The figures by local day. Those that a batch adds to are running figures; the others of a day
stay encoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from streamseg.core.counting.figures import (
    NO_VARIANT,
    PREFIX,
    Day,
    DayAtRest,
    FiguresByVariant,
    News,
)
from streamseg.core.counting.running import RunningFigures
from streamseg.core.counting.terms import month_of
from streamseg.core.store import Store
from streamseg.core.values.dates import day_text
from streamseg.core.values.zones import DAY_MS, Zone

NO_SEGMENT: Final = ""  # of what is told of none
_KNOWN: Final = 16  # days

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Day).decode
_decode_at_rest: Final = msgspec.msgpack.Decoder(DayAtRest).decode
_decode_figures: Final = msgspec.msgpack.Decoder(FiguresByVariant).decode


class _Span:
    """A local day: its number and name, and when it begins and ends."""

    def __init__(self, number: int, began: int, ended: int) -> None:
        self.number = number
        self.began = began
        self.ended = ended
        self.name = day_text(number)


class RunningDay:
    """The figures of a local day, see `Day`. It begins and ends at two instants, which `Days` sets
    where the batch adds to them.
    """

    def __init__(self, at_rest: DayAtRest) -> None:
        self.number: int = at_rest.number
        self.moves: dict[str, dict[str, int]] = at_rest.moves
        self.began = self.ended = 0
        self.touched: list[RunningFigures] = []  # what the batch has asked for
        # By segment and variant; by segment alone where there is none, which takes half as long.
        self._of_variants: dict[tuple[str, str], RunningFigures] = {}
        self._of_segments: dict[str, RunningFigures] = {}
        self._at_rest: dict[str, Any] = at_rest.figures  # by segment, see `_decoded`
        self._decoded: dict[str, dict[str, Any]] = {}  # the fields by variant, which are at rest

    def running(self, segment: str, variant: str) -> RunningFigures:
        """The running figures of a segment and a variant; the caller adds to them."""
        if variant == NO_VARIANT:
            found = self._of_segments.get(segment)
        else:
            found = self._of_variants.get((segment, variant))
        if found is None:
            found = self._find(segment, variant)
        if not found.is_touched:
            found.is_touched = True
            self.touched.append(found)
        return found

    def _find(self, segment: str, variant: str) -> RunningFigures:
        """The running figures that were not asked for yet."""
        if segment not in self._decoded:
            encoded = self._at_rest.get(segment)
            self._at_rest[segment] = self._decoded[segment] = {}
            if encoded is not None:
                for name, figures in _decode_figures(encoded).items():
                    self._run(segment, name).load(figures)
        if variant == NO_VARIANT:
            found = self._of_segments.get(segment)
        else:
            found = self._of_variants.get((segment, variant))
        return self._run(segment, variant) if found is None else found

    def _run(self, segment: str, variant: str) -> RunningFigures:
        at_rest = self._decoded[segment]
        running = RunningFigures(segment, variant, self.began, self.ended, at_rest)
        if variant == NO_VARIANT:
            self._of_segments[segment] = running
        else:
            self._of_variants[segment, variant] = running
        return running

    def read(self, segment: str) -> FiguresByVariant | None:
        """Copies of the figures of a segment, by variant; None where it has none."""
        self._rest()
        at_rest = self._at_rest.get(segment)
        return None if at_rest is None else _decode_figures(_encode(at_rest))

    def encode(self) -> bytes:
        """The day at rest; only the fields that the batch has asked for are made anew."""
        self._rest()
        return _encode((self.number, self._at_rest, self.moves))

    def _rest(self) -> None:
        for running in self.touched:
            running.rest()

    def settle(self, conversions: list[tuple[str, str, int, float]]) -> None:
        """The batch is over: add to the news."""
        for running in self.touched:
            running.settle(conversions)
        self.touched = []


_NO_DAY: Final = RunningDay(DayAtRest(0))


class Days:
    """Days by a zone's clock."""

    def __init__(self, zone: Zone) -> None:
        self.store: Store[RunningDay] = Store(PREFIX, _day_of, _bytes_of, keeps_decoded=True)
        self._zone = zone
        self._known: list[_Span] = []  # days that were asked for last
        self._open = _NO_DAY  # the last of them
        self._of_batch: dict[str, RunningDay] = {}  # by name, days that the batch asked for
        self._moved: set[str] = set()  # names of days on which the batch has moves

    def running(self, segment: str, variant: str, instant: int) -> RunningFigures:
        """The figures of a segment and a variant on an instant's day; the caller adds to them. They
        are the same until the batch is taken.
        """
        day = self._open
        if not day.began <= instant < day.ended:
            day = self._open_day(instant)
        return day.running(segment, variant)

    def move(self, old: str, new: str, instant: int, change: int) -> None:
        """Add to the number of contacts that moved from one life cycle stage to another on the day
        of an instant.
        """
        day = self._open_day(instant)
        self._moved.add(day_text(day.number))
        moves = day.moves.setdefault(old, {})
        moves[new] = moves.get(new, 0) + change

    def month(self, instant: int) -> int:
        """The month of an instant."""
        return month_of(self._span(instant).number)

    def _open_day(self, instant: int) -> RunningDay:
        """The day of an instant."""
        span = self._span(instant)
        found = self._of_batch.get(span.name)
        if found is None:
            found = self.store.get(span.name)
            if found is None:
                found = RunningDay(DayAtRest(span.number))
                self.store.add(span.name, found)
            found.began, found.ended = span.began, span.ended
            self._of_batch[span.name] = found
        self._open = found
        return found

    def _span(self, instant: int) -> _Span:
        """The day of an instant; recent days are cached, as asking the zone costs."""
        for span in self._known:
            if span.began <= instant < span.ended:
                return span
        number = self._zone.day(instant)
        began = self._zone.instant(number * DAY_MS)
        span = _Span(number, began, self._zone.instant((number + 1) * DAY_MS))
        self._known = [*self._known[1 - _KNOWN :], span]
        return span

    def counted(self) -> Iterator[Day]:
        """Copies of the days that have counts, in order."""
        for name in sorted({raw.decode() for raw in self.store.resting} | set(self.store.live)):
            day = self.store.get(name)
            assert day is not None
            yield _decode(day.encode())

    def touched(self) -> set[tuple[str, str]]:
        """The days and segments that the batch has counts for."""
        touched = {(name, NO_SEGMENT) for name in self._moved}
        for name, day in self._of_batch.items():
            touched.update([(name, running.segment) for running in day.touched])
        return touched

    def settle(self, news: News) -> None:
        """The batch is over: add to the news, and forget what it has asked for."""
        for day in self._of_batch.values():
            day.settle(news.conversions)
        self._of_batch, self._moved = {}, set()
        self._open = _NO_DAY


def _day_of(_: bytes, value: bytes) -> RunningDay:
    return RunningDay(_decode_at_rest(value))


def _bytes_of(day: RunningDay) -> bytes:
    return day.encode()
