"""Keeps a partition's counters: sizes by now, figures by day (see `days`), cohorts by month.

Keys of changelog records, after ``m``: none (the summary), a date (a local day's figures), ``+``
and a month (a cohort).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from decimal import Decimal
from typing import Final

import msgspec

from streamseg.core.counting.days import NO_SEGMENT, Days
from streamseg.core.counting.figures import (
    PREFIX,
    Cohort,
    CountRecord,
    Day,
    News,
    Size,
    Summary,
)
from streamseg.core.counting.money import NOTHING, plus
from streamseg.core.counting.running import RunningSize
from streamseg.core.counting.terms import month_text
from streamseg.core.features.base import FOREVER
from streamseg.core.store import Store
from streamseg.core.zones import Zone

_SUMMARY: Final = ""
_COHORT: Final = "+"
PUBLISH_MS: Final = 60_000  # between two records of one figure

_encode: Final = msgspec.msgpack.Encoder().encode
_decode_summary: Final = msgspec.msgpack.Decoder(Summary).decode
_decode_cohort: Final = msgspec.msgpack.Decoder(Cohort).decode


class Ledger:
    """The counters, which are taken and installed as all state is; days are days of a zone."""

    def __init__(self, zone: Zone) -> None:
        self.news = News()
        self.by_day = Days(zone, self.news)
        self._zone = zone
        self._summaries: Store[Summary] = Store(PREFIX, _summary_of, _encode, keeps_decoded=True)
        self._cohorts: Store[Cohort] = Store(PREFIX, _cohort_of, _encode)
        self._touched: set[tuple[str, str]] = set()  # besides days, with segments, by the batch
        self._running: dict[str, RunningSize] = {}  # what the batch has asked for, by segment
        self.publish_at = FOREVER  # when something is to be told next, at the earliest

    # -- what is counted -------------------------------------------------------------------

    def size(self, segment: str) -> Size:
        """The size of a segment; the caller adds to it."""
        return self.running_size(segment).size

    def running_size(self, segment: str) -> RunningSize:
        """The running counts that will be added to the size of a segment."""
        running = self._running.get(segment)
        if running is None:
            self._touched.add((_SUMMARY, segment))
            size = self._summary().sizes.setdefault(segment, Size())
            running = self._running[segment] = RunningSize(size)
        return running

    def running_former(self, segment: str) -> RunningSize | None:
        """The same for a segment that the rules no longer have; None if it can have no members."""
        running = self._running.get(segment)
        if running is None:
            former = self._summary().former.get(segment)
            if former is None:
                return None
            running = self._running[segment] = RunningSize(former)
        return running

    def _add_up(self) -> None:
        """Add up the running figures; needed before anything is read."""
        entered = self.news.entered
        for segment, running in self._running.items():
            if running.came:
                entered[segment] = entered.get(segment, 0) + running.came
            running.settle()
        self.by_day.settle()

    def came(self, cohort: int, later: int) -> None:
        """Count an order, ``later`` months after it, of a buyer who first ordered in the month
        ``cohort``.
        """
        name = _COHORT + month_text(cohort)
        self._touched.add((name, NO_SEGMENT))
        found = self._cohorts.get(name)
        if found is None:
            found = Cohort(cohort)
            self._cohorts.add(name, found)
        found.contacts[later] = found.contacts.get(later, 0) + 1

    def be_active(self, segment: str) -> None:
        """Count an event of a member of a segment."""
        self.size(segment).active += 1
        self.news.active[segment] = self.news.active.get(segment, 0) + 1

    def earn(self, segment: str, variant: str, revenue: Decimal) -> None:
        """Count one more order that an exposure led to, with its amount."""
        news, where = self.news, (segment, variant)
        news.converted.setdefault(where, 0)
        news.revenue[where] = plus(news.revenue.get(where, NOTHING), revenue)

    # -- who is counted --------------------------------------------------------------------

    def is_counted(self, layout: int) -> bool:
        """Whether contacts at rest under a layout are among those counted."""
        return layout in self._summary().layouts

    def begin(self, layout: int, segments: Sequence[str], is_mixed: bool) -> bool:
        """Continue counting under a layout and its segments; returns whether nothing was counted
        before.

        ``is_mixed``: there are contacts under other layouts. Their stays in segments that are gone
        stay counted, as these segments may come back before the contacts are brought to the rules.
        """
        summary = self._summary()
        is_new = not summary.layouts
        if layout not in summary.layouts:
            summary.layouts.append(layout)
        for name in list(summary.sizes):
            if name not in segments:
                self._touched.add((_SUMMARY, name))
                self._running.pop(name, None)
                summary.former[name] = summary.sizes.pop(name)
        for name in list(summary.former):
            if name in segments:
                self._touched.add((_SUMMARY, name))
                summary.sizes[name] = summary.former.pop(name)
        if not is_mixed:
            summary.former = {}
        if summary.unpublished:
            self.publish_at = summary.published_at + PUBLISH_MS
        return is_new

    def _summary(self) -> Summary:
        summary = self._summaries.live.get(_SUMMARY) or self._summaries.get(_SUMMARY)
        if summary is None:
            summary = Summary([])
            self._summaries.add(_SUMMARY, summary)
        return summary

    # -- what is there ---------------------------------------------------------------------

    @property
    def sizes(self) -> dict[str, Size]:
        """The sizes by segment."""
        self._add_up()
        return self._summary().sizes

    def days(self) -> Iterator[Day]:
        """The days that have counts, in order."""
        self._add_up()
        return self.by_day.counted()

    def cohorts(self) -> Iterator[Cohort]:
        """The cohorts, in their order."""
        names = {raw.decode() for raw in self._cohorts.resting} | set(self._cohorts.live)
        for name in sorted(names):
            cohort = self._cohorts.get(name)
            assert cohort is not None
            yield cohort

    # -- what is told ----------------------------------------------------------------------

    def publish(self, clock: int) -> list[CountRecord]:
        """The records of the counts that changed since the last records, at most once in
        `PUBLISH_MS`.

        Which counts are not published yet is part of the state, so none is lost with a worker.
        """
        self._add_up()
        summary = self._summary()
        for name, segment in sorted(self._touched | self.by_day.touched):
            segments = summary.unpublished.setdefault(name, [])
            if segment not in segments:
                segments.append(segment)
        self.publish_at = FOREVER
        if not summary.unpublished:
            return []
        if clock < summary.published_at + PUBLISH_MS:
            self.publish_at = summary.published_at + PUBLISH_MS
            return []
        told = [
            self._record(name, segment, clock)
            for name, segments in summary.unpublished.items()
            for segment in segments
        ]
        summary.unpublished, summary.published_at = {}, clock
        return told

    def _record(self, name: str, segment: str, clock: int) -> CountRecord:
        """A copy of the present counts, as the next batch adds to the originals."""
        record = CountRecord(segment, name, clock, zone=self._zone.name)
        if not name:
            record.size = self._summary().sizes.get(segment)
        elif name.startswith(_COHORT):
            record.cohort = self._cohorts.get(name)
        else:
            day = self.by_day.store.get(name)
            if segment == NO_SEGMENT:
                record.moves = None if day is None else day.moves
            else:
                record.figures = None if day is None else day.figures.get(segment)
        return deepcopy(record)

    # -- batches ---------------------------------------------------------------------------

    def load(self, raw: bytes, value: bytes | None) -> None:
        """Take a record of the changelog; ``raw`` is its key after the prefix."""
        if not raw:
            self._summaries.load(raw, value)
        elif raw[:1] == _COHORT.encode():
            self._cohorts.load(raw, value)
        else:
            self.by_day.store.load(raw, value)

    def loaded(self) -> None:
        """All records were taken."""
        self._summaries.loaded()
        self.by_day.store.loaded()
        self._cohorts.loaded()

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """Changelog records of what the batch changed."""
        self._add_up()
        changes = self._summaries.take()
        changes += self.by_day.store.take()
        changes += self._cohorts.take()
        self._settle()
        return changes

    def _settle(self) -> None:
        self._touched = set()
        self._running = {}
        self.by_day.close()

    def collect(self) -> News:
        """What was counted since the last call."""
        self._add_up()
        return self.news.take()

    def install(self) -> None:
        """What was taken is committed."""
        self._summaries.install()
        self.by_day.store.install()
        self._cohorts.install()

    def rollback(self) -> None:
        """Forget everything since the last install."""
        self._summaries.rollback()
        self.by_day.store.rollback()
        self._cohorts.rollback()
        self.news.take()
        self._settle()
        self.publish_at = FOREVER


def _summary_of(_: bytes, value: bytes) -> Summary:
    return _decode_summary(value)


def _cohort_of(_: bytes, value: bytes) -> Cohort:
    return _decode_cohort(value)
