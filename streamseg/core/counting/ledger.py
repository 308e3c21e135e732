"""Keeps a partition's counters: sizes by now, figures by day (see `days`), cohorts by month.

Keys of changelog records, after ``m``: none (the summary), a date (a local day's figures), ``+``
and a month (a cohort).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
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
from streamseg.core.counting.running import RunningFigures, RunningSize
from streamseg.core.counting.running_summary import RunningSummary, bytes_of, summary_of
from streamseg.core.counting.terms import month_text
from streamseg.core.features.base import FOREVER
from streamseg.core.store import Store
from streamseg.core.values.zones import Zone

_SUMMARY: Final = ""
_COHORT: Final = "+"
PUBLISH_MS: Final = 60_000  # between two records of one figure

_encode: Final = msgspec.msgpack.Encoder().encode
_decode_cohort: Final = msgspec.msgpack.Decoder(Cohort).decode


class Ledger:
    """The counters, which are taken and installed as all state is; days are days of a zone.

    ``recent_sizes`` and ``recent_figures`` (of triggers) have what the batch has asked for last, by
    a segment's place in the file, of which there are so many ``places``.
    """

    def __init__(self, zone: Zone, places: int = 0) -> None:
        self.news = News()
        self.by_day = Days(zone)
        self._zone = zone
        self._summaries: Store[RunningSummary] = Store(
            PREFIX, summary_of, bytes_of, keeps_decoded=True
        )
        self._cohorts: Store[Cohort] = Store(PREFIX, _cohort_of, _encode)
        # By the batch, with segments; besides days and sizes that were asked for.
        self._touched: set[tuple[str, str]] = set()
        self._open: RunningSummary | None = None  # where the batch has asked for it
        self.recent_sizes: list[RunningSize | None] = [None] * places
        self.recent_figures: list[RunningFigures | None] = [None] * places
        self.publish_at = FOREVER  # when something is to be told next, at the earliest

    # -- what is counted -------------------------------------------------------------------

    def running_size(self, segment: str) -> RunningSize:
        """The size of a segment; the caller adds to it."""
        return self._summary().running(segment)

    def running_former(self, segment: str) -> RunningSize | None:
        """The same for a segment that the rules no longer have; None if it can have no members."""
        return self._summary().former.get(segment)

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
        self.running_size(segment).active += 1
        self.news.active[segment] = self.news.active.get(segment, 0) + 1

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
                summary.retire(name)
        for name in list(summary.former):
            if name in segments:
                self._touched.add((_SUMMARY, name))
                summary.revive(name)
        if not is_mixed:
            summary.former = {}
        if summary.unpublished:
            self.publish_at = summary.published_at + PUBLISH_MS
        return is_new

    def _summary(self) -> RunningSummary:
        summary = self._open
        if summary is None:
            summary = self._summaries.get(_SUMMARY)
            if summary is None:
                summary = RunningSummary(Summary([]))
                self._summaries.add(_SUMMARY, summary)
            self._open = summary
        return summary

    # -- what is there ---------------------------------------------------------------------

    @property
    def sizes(self) -> dict[str, Size]:
        """Copies of the sizes by segment."""
        return {segment: self.size(segment) for segment in self._summary().sizes}

    def size(self, segment: str) -> Size:
        """A copy of the size of a segment."""
        return self._summary().read(segment) or Size()

    def members(self, segment: str) -> int:
        """The number of members of a segment."""
        size = self._summary().sizes.get(segment)
        return 0 if size is None else size.members

    def days(self) -> Iterator[Day]:
        """Copies of the days that have counts, in order."""
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
        summary = self._summary()
        touched = self._touched | self.by_day.touched()
        touched.update([(_SUMMARY, size.segment) for size in summary.touched])
        for name, segment in sorted(touched):
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
            record.size = self._summary().read(segment)
        elif name.startswith(_COHORT):
            record.cohort = deepcopy(self._cohorts.get(name))
        else:
            day = self.by_day.store.get(name)
            if day is not None and segment == NO_SEGMENT:
                record.moves = deepcopy(day.moves)
            elif day is not None:
                record.figures = day.read(segment)
        return record

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
        changes = self._summaries.take()
        changes += self.by_day.store.take()
        changes += self._cohorts.take()
        self._settle()
        return changes

    def _settle(self) -> None:
        """The batch is over: add to the news, and forget what it has asked for."""
        if self._open is not None:
            self._open.settle(self.news.entered)
            self._open = None
        self._touched = set()
        self.by_day.settle(self.news)
        self.recent_sizes = [None] * len(self.recent_sizes)
        self.recent_figures = [None] * len(self.recent_figures)

    def collect(self) -> News:
        """What the batches that were taken since the last call have counted."""
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
        self._settle()
        self.news.take()
        self.publish_at = FOREVER


def _cohort_of(_: bytes, value: bytes) -> Cohort:
    return _decode_cohort(value)
