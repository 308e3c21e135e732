"""The reports of partitions: each waits until all partitions have passed its minutes.

partition 0   |--report--|--report--|--report--|
partition 1   |-------report-------|
              decided ─────────────^         the rest waits for partition 1
"""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from streamseg.core.alerting.records import Progress
from streamseg.core.identity.mail import Report
from streamseg.core.store import Store

MINUTE_MS: Final = 60_000
BLIND_MS: Final = 300_000  # of the wall clock that a minute may wait before it is told

Totals = dict[str, list[int]]  # by segment, as in a report; of all partitions together
_PROGRESS: Final = ""
_encode: Final = msgspec.msgpack.Encoder().encode
_decode_report: Final = msgspec.msgpack.Decoder(Report).decode
_decode_progress: Final = msgspec.msgpack.Decoder(Progress).decode


class Reports:
    """The reports that wait, and the progress of all ``partitions``."""

    def __init__(self, prefix: bytes, partitions: int) -> None:
        self._partitions = partitions
        self._waiting: Store[Report] = Store(prefix + b"r", _report_of, _encode)
        self._progress: Store[Progress] = Store(prefix + b"p", _progress_of, _encode)
        self._queues: dict[int, deque[int]] = {}  # by partition, the first minutes of its reports
        self._added: list[Report] = []  # as last added up
        self._totals: Totals = {}

    @property
    def progress(self) -> Progress:
        """The progress of all partitions; the caller changes it."""
        found = self._progress.live.get(_PROGRESS) or self._progress.get(_PROGRESS)
        if found is None:
            found = Progress()
            self._progress.add(_PROGRESS, found)
        return found

    def receive(self, report: Report) -> None:
        """Take a report; a repeat of minutes that were reported before is ignored."""
        heard, partition = self.progress.heard, report.partition
        before = heard.get(partition, -1)
        if partition >= self._partitions or report.last <= before:
            return
        if report.first <= before:
            report.first = before + MINUTE_MS
        heard[partition] = report.last
        self._waiting.add(_key(partition, report.first), report)
        self._queues.setdefault(partition, deque()).append(report.first)

    def missing(self) -> list[int]:
        """The partitions that hold back a minute which another partition has passed."""
        progress = self.progress
        heard = progress.heard
        if not heard:
            return []
        decided = -1 if progress.decided is None else progress.decided
        if max(heard.values()) <= decided:
            return []
        return [one for one in range(self._partitions) if heard.get(one, -1) <= decided]

    def come_to_next(self) -> int | None:
        """Advance to the next minute, and forget the reports of earlier minutes. None while a
        partition has not passed it.
        """
        progress = self.progress
        heard = progress.heard
        if len(heard) < self._partitions:
            return None
        if progress.decided is None:
            progress.decided = self._start()
        minute = progress.decided + MINUTE_MS
        if minute > min(heard.values()):
            return None
        progress.decided = minute
        for partition in range(self._partitions):
            while self._head(partition).last < minute:
                self._waiting.remove(_key(partition, self._queues[partition].popleft()))
        return minute

    def _start(self) -> int:
        """The minute before the first one that is decided.

        The first report of a partition without records covers all time. While no partition has
        counted anything, there is nothing to decide.
        """
        heads = [self._head(partition) for partition in range(self._partitions)]
        latest = max(one.first for one in heads)
        return latest - MINUTE_MS if latest > 0 else min(one.last for one in heads)

    def totals(self, minute: int) -> Totals:
        """The counts of all partitions together as of the last minute that was reached; empty if
        one of them has not reported.
        """
        found = [self._head(partition) for partition in range(self._partitions)]
        if any(one.first > minute for one in found):
            return {}
        if len(found) != len(self._added) or any(
            one is not other for one, other in zip(found, self._added, strict=True)
        ):
            self._added, self._totals = found, _added(found)
        return self._totals

    def _head(self, partition: int) -> Report:
        report = self._waiting.get(_key(partition, self._queues[partition][0]))
        assert report is not None
        return report

    # -- as a store ------------------------------------------------------------------------

    def load(self, kind: bytes, raw: bytes, value: bytes | None) -> None:
        """Take a record of the changelog; ``raw`` is its key after the kind."""
        (self._waiting if kind == b"r" else self._progress).load(raw, value)

    def loaded(self) -> None:
        """All records were taken."""
        self._waiting.loaded()
        self._progress.loaded()
        self._fill()

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """Changelog records of what the batch changed."""
        self._added, self._totals = [], {}
        return self._waiting.take() + self._progress.take()

    def install(self) -> None:
        """What was taken is committed."""
        self._waiting.install()
        self._progress.install()

    def rollback(self) -> None:
        """Forget everything since the last install."""
        self._waiting.rollback()
        self._progress.rollback()
        self._added, self._totals = [], {}
        self._fill()

    def _fill(self) -> None:
        self._queues = {}
        places = [raw.decode().split(".") for raw in self._waiting.resting]
        for partition, first in sorted((int(one), int(other)) for one, other in places):
            self._queues.setdefault(partition, deque()).append(first)


def _key(partition: int, first: int) -> str:
    return f"{partition}.{first}"


def _added(reports: list[Report]) -> Totals:
    """The sums of reports, for the segments that all of them have."""
    totals = {name: list(counts) for name, counts in reports[0].counts.items()}
    for report in reports[1:]:
        for name in list(totals):
            counts = report.counts.get(name)
            if counts is None:
                del totals[name]
                continue
            sums = totals[name]
            for place, count in enumerate(counts):
                sums[place] += count
    return totals


def _report_of(_: bytes, value: bytes) -> Report:
    return _decode_report(value)


def _progress_of(_: bytes, value: bytes) -> Progress:
    return _decode_progress(value)
