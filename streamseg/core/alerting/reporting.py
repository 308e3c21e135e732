"""A partition's part in alerts: it reports its counts as of each minute of its time.

The counts as of a minute include events of that very millisecond, so they are reported when ``now``
is past it. Consecutive minutes with the same counts share one report, and so does all the time
before a partition has counted anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamseg.core.alerting.reports import MINUTE_MS
from streamseg.core.alerting.watch import Watch
from streamseg.core.counting.ledger import Ledger
from streamseg.core.counting.terms import Alert
from streamseg.core.features.base import FOREVER
from streamseg.core.identity.mail import Mail, Report


class Reporting:
    """Reports the counts of a ledger; ``next`` is the next minute to report.

    Partition 0 has the watch, and decides alerts. The others send their reports to it.
    """

    def __init__(self, alerts: Sequence[Alert], ledger: Ledger) -> None:
        self.next = 0
        self._outcomes: list[Any] = []  # mail to partition 0
        self._alerts = alerts
        self._ledger = ledger
        self._segments = sorted({one.segment for one in alerts})
        self._number = 0
        self._watch: Watch | None = Watch(alerts, 1)

    def live_in(self, number: int, partitions: int) -> None:
        """Say that this is partition ``number`` of ``partitions``."""
        self._number = number
        self._watch = Watch(self._alerts, partitions) if number == 0 else None

    def begin(self, now: int) -> None:
        """Begin with the minutes from ``now`` on; in a partition that has never had a record, with
        all minutes.
        """
        self.next = 0 if now == -FOREVER else -(-now // MINUTE_MS) * MINUTE_MS
        if self._watch is not None:
            self._watch.begin()

    def tell(self, until: int, wall: int | None) -> None:
        """Report the counts as of all remaining minutes before an instant; there must be one."""
        first, last = self.next, (until - 1) // MINUTE_MS * MINUTE_MS
        self.next = last + MINUTE_MS
        counts: dict[str, list[int]] = {}
        for name in self._segments:
            size = self._ledger.size(name)
            counts[name] = [size.members, size.entered, size.fired, size.active]
        report = Report(self._number, first, last, counts)
        if self._watch is None:
            self._outcomes.append(Mail("", "", last, report))
        else:
            self._watch.receive(report, wall)

    def receive(self, report: Report, wall: int | None) -> None:
        """Take a report of another partition."""
        if self._watch is not None:
            self._watch.receive(report, wall)

    def raised(self) -> list[Alert]:
        """The alerts that are raised, as committed; only partition 0 knows of any."""
        return [] if self._watch is None else self._watch.raised()

    def collect(self) -> list[Any]:
        """The mail and alerts since the last call."""
        told, self._outcomes = self._outcomes, []
        if self._watch is not None:
            told += self._watch.outcomes
            self._watch.outcomes = []
        return told

    # -- as a store ------------------------------------------------------------------------

    def load(self, raw: bytes, value: bytes | None) -> bool:
        """Read a record of the changelog; returns whether this partition needs it."""
        if self._watch is not None:
            self._watch.load(raw, value)
        return self._watch is not None

    def loaded(self) -> None:
        """All records were taken."""
        if self._watch is not None:
            self._watch.loaded()

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """Changelog records of what the batch changed."""
        return [] if self._watch is None else self._watch.take()

    def install(self) -> None:
        """What was taken is committed."""
        if self._watch is not None:
            self._watch.install()

    def rollback(self) -> None:
        """Forget everything since the last install."""
        self._outcomes = []
        if self._watch is not None:
            self._watch.rollback()
